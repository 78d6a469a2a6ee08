import { pathText } from "../../provider/path";
import { changedPaths } from "../../provider/environment/compare";
import { type Document, type WorkspaceDocument } from "../../provider/environment/documents";
import { ABSENT, type StoredText } from "../../provider/stores/store";
import { decodeDocument, encodeDocument } from "../../provider/environment/codec";
import { documentKeys } from "../../provider/environment/keys";
import { metadataOf } from "../../provider/environment/metadata";

/** One document to write, with the target's version that was seen. */
export interface PlannedWrite extends StoredText {
  metadata: string;
}

/** What a copy of one Workspace has to do. */
export interface CopyPlan {
  workspace: string;
  /** The source's documents as read. */
  source: StoredText[];
  /** Documents to write, the Workspace's own aside; `version` is the one to expect in the target. */
  writes: PlannedWrite[];
  /** The Workspace's own document, written last; undefined if the source has none. */
  own: PlannedWrite | undefined;
  /** The Workspace's own document in the target, as read; undefined if there is none. */
  ownThere: WorkspaceDocument | undefined;
  equal: string[];
  /** Documents in both stores that are not the same, with the top-level names of what differs. */
  differing: { key: string; fields: string[] }[];
  onlyInTarget: string[];
  /** Owner of the target's Workspace of the same name, when that is another Workspace. */
  otherWorkspace: string | undefined;
}

/** Set in the target's Workspace document while a copy over an earlier one is under way. */
export interface CopyMark {
  copying?: boolean;
  movedTo?: string;
}

/**
 * Compares two stores. Pure.
 *
 * @throws UnsupportedError for a document that this release cannot read.
 */
export function planCopy(workspace: string, source: StoredText[], target: StoredText[]): CopyPlan {
  const there = new Map(target.map((stored) => [stored.key, stored]));
  const plan: CopyPlan = {
    workspace,
    source,
    writes: [],
    own: undefined,
    ownThere: undefined,
    equal: [],
    differing: [],
    onlyInTarget: [...there.keys()].filter((key) => !source.some((stored) => stored.key === key)).sort(),
    otherWorkspace: undefined,
  };
  for (const stored of [...source].sort((a, b) => (a.key < b.key ? -1 : 1))) addDocument(plan, stored, there);
  return plan;
}

/** How many documents a plan writes; none when all is there already. */
export function countWrites({ writes, own, equal }: CopyPlan): number {
  return writes.length + (own && !equal.includes(own.key) ? 1 : 0);
}

/** Whether two stored texts are the same document; a copy's mark is part of it. */
export function isSameDocument(key: string, a: string, b: string): boolean {
  return a === b || encodeDocument(decodeDocument(key, a)) === encodeDocument(decodeDocument(key, b));
}

/** Text of a Workspace document marked as being copied to. */
export function markedText(document: WorkspaceDocument): string {
  return encodeDocument({ ...document, copying: true });
}

/** Whether a copy to this store was begun and has not ended. */
export function isMarked(document: Document | undefined): boolean {
  return (document as CopyMark | undefined)?.copying === true;
}

/** Whether the Workspace had moved away from here, and may now come back. */
function hasLeft(document: Document): boolean {
  return (document as CopyMark).movedTo !== undefined;
}

function addDocument(plan: CopyPlan, { key, text }: StoredText, there: Map<string, StoredText>): void {
  const document = decodeDocument(key, text);
  const other = there.get(key);
  const current = other && decodeDocument(key, other.text);
  const write = { key, text, metadata: metadataOf(document), version: other?.version ?? ABSENT };
  const fields = current ? changedPaths(document, withoutMark(current)).map(pathText) : [];
  const isEqual = current !== undefined && fields.length === 0 && !isMarked(current) && !hasLeft(current);
  if (fields.length > 0) plan.differing.push({ key, fields });
  if (isEqual) plan.equal.push(key);
  if (key === documentKeys.workspace(plan.workspace)) addOwn(plan, write, document, current);
  else if (!isEqual) plan.writes.push(write);
}

function addOwn(plan: CopyPlan, write: PlannedWrite, document: Document, current: Document | undefined): void {
  plan.own = write;
  if (!current) return;
  plan.ownThere = current as WorkspaceDocument;
  if (plan.ownThere.uid !== (document as WorkspaceDocument).uid) plan.otherWorkspace = current.owner;
}

function withoutMark(document: Document): Document {
  const { copying: _, movedTo: __, ...rest } = document as Document & CopyMark;
  return rest;
}
