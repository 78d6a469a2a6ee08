import { isDeepStrictEqual } from "node:util";
import { EMPTY_FILE_BYTES, LINE_MARGIN_BYTES } from "../airflow/file";
import { canonicalJson } from "../airflow/json";
import type { DeploymentDocument, SharedDocument } from "../environment/documents";
import { documentKeys } from "../environment/keys";
import { effectiveObject, receives, receivers, resolveDeployment } from "../environment/receive";
import type { InputProblem } from "../errors";
import type { ObjectKind } from "../objects/kind";
import { limitsOf } from "../targets/limits";
import type { TargetLimits } from "../targets/target";
import type { WorkspaceStore } from "../workspace/workspace-store";
import { lineBytesOf, planDeployment, planProblemText, problemsOf, sizeProblems } from "./plan";

/** More than these are counted, not listed. */
const MAX_LISTED = 5;

/** A document that this process is about to store, and what it replaces. */
interface InFlight {
  replaced: SharedDocument | undefined;
  next: SharedDocument;
}

/** Sizes that hold for one state of the documents. */
interface Sizes {
  /** No file is larger than all objects together. */
  bound: number;
  /** Bytes of the files of each Deployment that had to be looked at. */
  files: Map<string, number>;
}

/** Problems of a change, or what takes it off the books again when it has been stored or has failed. */
export type Admitted = { problems: InputProblem[] } | { problems: []; release: () => void };

/**
 * Judges what is about to be stored by what it would bring to the targets: once it is stored, one bad entry keeps every
 * later change from its Deployments, other teams' included.
 *
 * Only what a change itself would bring is held against it. What is in the store already, and what other processes
 * store at the same moment, is for the projection to report.
 */
export class Admission {
  readonly #inFlight = new Map<string, InFlight>();
  readonly #sizes = new WeakMap<readonly SharedDocument[], Sizes>();

  constructor(private readonly documents: WorkspaceStore) {}

  /**
   * What an object's document would bring to the Deployments that get it, as far as they are known.
   *
   * @param current - the document that it replaces.
   * @param deployments - the only ones that the change concerns; all by default.
   * @returns problems with path, rule, remedy and Deployments, never a value.
   */
  problemsOf(
    next: SharedDocument,
    current: SharedDocument | undefined,
    deployments?: Iterable<string>,
  ): InputProblem[] {
    const cached = this.documents.cached.deployments;
    const others = this.#othersInFlight(this.#keyOf(next));
    const where = new Map<string, { problem: InputProblem; names: string[] }>();
    for (const name of receivers(next, deployments ?? cached.keys())) {
      const deployment = cached.get(name);
      for (const problem of deployment ? this.#broughtTo(deployment, next, current, others) : []) {
        const key = JSON.stringify(problem);
        where.set(key, { problem, names: [...(where.get(key)?.names ?? []), name] });
      }
    }
    const problems = [...where.values()].map(({ problem: { path, reason }, names }) => ({
      path,
      reason: `${reason} (Deployment ${listed(names.map((name) => `"${name}"`)).join(", ")})`,
    }));
    return limited(problems);
  }

  /** The same right before the document is stored; when all is well it counts until it is released. */
  admit(next: SharedDocument, current: SharedDocument | undefined, deployments?: Iterable<string>): Admitted {
    const problems = this.problemsOf(next, current, deployments);
    if (problems.length > 0) return { problems };
    const key = this.#keyOf(next);
    const change = { replaced: this.documents.peekShared(key), next };
    this.#inFlight.set(key, change);
    const release = () => {
      if (this.#inFlight.get(key) === change) this.#inFlight.delete(key);
    };
    return { problems: [], release };
  }

  /** Which of the objects that a Deployment gets now its target could not take, if it is another one than before. */
  problemsOfTarget(wanted: DeploymentDocument, current: DeploymentDocument | undefined): InputProblem[] {
    if (current && isDeepStrictEqual(current.target, wanted.target)) return [];
    const before = current ? this.#refusedBy(limitsOf(current.target), wanted.name) : [];
    const problems = this.#refusedBy(limitsOf(wanted.target), wanted.name).filter((reason) => !before.includes(reason));
    return limited(problems.map((reason) => ({ path: ["target"], reason })));
  }

  #broughtTo(
    deployment: DeploymentDocument,
    next: SharedDocument,
    current: SharedDocument | undefined,
    others: InFlight[],
  ): readonly InputProblem[] {
    const limits = limitsOf(deployment.target);
    const kind = this.#kindOf(next);
    const after = problemsOf(effectiveObject(kind, next, deployment.name), limits);
    if (after.length === 0) return this.#fileProblems(deployment, next, others, limits);
    if (!current || !receives(current, deployment.name)) return after;
    const before = problemsOf(effectiveObject(kind, current, deployment.name), limits);
    return after.filter((problem) => !before.some((known) => isDeepStrictEqual(known, problem)));
  }

  /** A file that is too large already stays the projection's business: a smaller object must get through. */
  #fileProblems(
    { name }: DeploymentDocument,
    next: SharedDocument,
    others: InFlight[],
    limits: TargetLimits,
  ): InputProblem[] {
    const { maxBytes } = limits;
    if (maxBytes === Infinity) return [];
    const key = this.#keyOf(next);
    const pending = [...others.map((change) => change.next), next];
    const { objects } = this.documents.cached;
    const sizes = this.#sizesOf(objects);
    if (sizes.bound + sum(pending.map(largestLineBytes)) <= maxBytes) return [];
    const growth = (after: SharedDocument, replaced: SharedDocument | undefined) =>
      this.#lineBytesIn(after, name) - this.#lineBytesIn(replaced, name);
    const stored =
      sizes.files.get(name) ?? 2 * EMPTY_FILE_BYTES + sum(objects.map((one) => this.#lineBytesIn(one, name)));
    sizes.files.set(name, stored);
    const before = stored + sum(others.map((change) => growth(change.next, change.replaced)));
    const after = before + growth(next, this.documents.peekShared(key));
    // The sums take it that there are Variables; near the limit it counts whether there are.
    if (after <= maxBytes || before - EMPTY_FILE_BYTES > maxBytes) return [];
    const problemsWith = (changes: SharedDocument[]) => {
      const documents = new Map([...objects, ...changes].map((document) => [this.#keyOf(document), document]));
      return sizeProblems(resolveDeployment(this.documents.kinds, name, documents.values()), maxBytes);
    };
    return problemsWith(others.map((change) => change.next)).length > 0 ? [] : problemsWith(pending);
  }

  #refusedBy(limits: TargetLimits, name: string): string[] {
    // What Airflow refuses anywhere is not the target's fault.
    const isSound = (document: SharedDocument) =>
      !receives(document, name) || effectiveObject(this.#kindOf(document), document, name).problems.length === 0;
    const documents = this.documents.cached.objects.filter(isSound);
    return planDeployment(this.documents.kinds, name, documents, limits).problems.map(planProblemText);
  }

  /** Changes that are under way; one whose document has changed since is stored, or will be judged anew. */
  #othersInFlight(own: string): InFlight[] {
    return [...this.#inFlight].flatMap(([key, change]) =>
      key === own || this.documents.peekShared(key) !== change.replaced ? [] : [change],
    );
  }

  #sizesOf(objects: readonly SharedDocument[]): Sizes {
    const sizes = this.#sizes.get(objects) ?? {
      bound: 2 * EMPTY_FILE_BYTES + sum(objects.map(largestLineBytes)),
      files: new Map<string, number>(),
    };
    this.#sizes.set(objects, sizes);
    return sizes;
  }

  #lineBytesIn(document: SharedDocument | undefined, deployment: string): number {
    if (!document || !receives(document, deployment)) return 0;
    return lineBytesOf(effectiveObject(this.#kindOf(document), document, deployment));
  }

  #kindOf(document: SharedDocument): ObjectKind {
    const kind = this.documents.kinds.get(document.kind);
    if (!kind) throw new Error(`no kind ${document.kind}`);
    return kind;
  }

  #keyOf(document: SharedDocument): string {
    return documentKeys.object(this.documents.name, this.#kindOf(document), document.id, document.deployment);
  }
}

/** Names in an entry may be a few characters longer as Airflow spells them. */
const NAME_MARGIN_BYTES = 16;
const largestLines = new WeakMap<SharedDocument, number>();

/** At least what the object adds to any file, without rendering it for each. */
function largestLineBytes(document: SharedDocument): number {
  const known = largestLines.get(document);
  if (known !== undefined) return known;
  const { id, base, links, overrides } = document;
  const largest = (pieces: object[]) => pieces.reduce((most, piece) => Math.max(most, canonicalJson(piece).length), 0);
  const bytes =
    LINE_MARGIN_BYTES +
    NAME_MARGIN_BYTES +
    id.length +
    canonicalJson(base).length +
    largest(Object.values(links).map((link) => link.overrides)) +
    largest(Object.values(overrides).map((override) => override.fields));
  largestLines.set(document, bytes);
  return bytes;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function listed(names: string[]): string[] {
  const left = names.length - MAX_LISTED;
  return left > 0 ? [...names.slice(0, MAX_LISTED), `${left} more`] : names;
}

function limited(problems: InputProblem[]): InputProblem[] {
  const [first, ...more] = problems.slice(MAX_LISTED);
  if (!first) return problems;
  const rest = { path: first.path, reason: `${more.length + 1} more problems like these` };
  return [...problems.slice(0, MAX_LISTED), rest];
}
