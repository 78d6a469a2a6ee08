import { ConflictError } from "../errors";
import type { Owned } from "../environment/documents";
import { pathText, type Path } from "../path";
import type { Properties } from "./declaration/values";

/** Of the random part of an instance. */
export const INSTANCE_BYTES = 9;

/** Who wants a stored piece, and by what right. */
export interface Claim {
  owner: string;
  /** Owner in the recorded state, when it changed with a stack's or resource's name: proof of the right to the piece. */
  previousOwner?: string | undefined;
  adopt?: boolean;
}

/**
 * Makes sure that a stored piece may be written by the claimant.
 *
 * @param piece - the stored piece, or undefined if there is none.
 * @param what - names the piece in the message, for example `connection "warehouse"`.
 * @throws ConflictError if somebody else owns it.
 */
export function requireOwnership(piece: Owned | undefined, claim: Claim, what: string): void {
  const problem = ownershipProblem(piece, claim);
  if (problem !== undefined) throw new ConflictError(`${what} ${problem}`);
}

/** Why a stored piece may not be written by the claimant, to be read after its name; undefined if it may. */
export function ownershipProblem(piece: Owned | undefined, claim: Claim): string | undefined {
  if (!piece || isOwner(piece, claim) || claim.adopt) return undefined;
  // Pulumi creates what has a new name before it deletes what had the old one.
  const remedy = isSameStack(piece, claim)
    ? `if that resource is this one under its earlier name, give this one aliases: [{ name: "${resourceOf(piece.owner)}" }]; ` +
      `else use another name, or set adopt: true here to take it over`
    : `remove it there, use another name, or set adopt: true here to take it over`;
  return `already exists and belongs to ${piece.owner}; ${remedy}`;
}

/**
 * What a preview shows of `adopt: true`: whose piece is taken over, and which of its fields become others.
 *
 * @param changes - where the piece differs from what is declared, owners aside.
 * @returns nothing where nothing is taken over.
 */
export function takeover(piece: Owned | undefined, claim: Claim, changes: Path[]): { takesOver?: string } {
  if (!piece || isOwner(piece, claim) || !claim.adopt) return {};
  const fields = changes.filter(([field]) => field !== "owner").map(pathText);
  return {
    takesOver: `from ${piece.owner}; ${fields.length > 0 ? `changes ${fields.join(", ")}` : "changes nothing"}`,
  };
}

/** Whether the claimant owns a piece without adopting it. */
export function isOwner(piece: Owned, claim: Claim): boolean {
  return piece.owner === claim.owner || (claim.previousOwner !== undefined && piece.owner === claim.previousOwner);
}

/**
 * Whether a delete may remove a piece. Pulumi creates first and deletes last: when a resource is replaced, or moves below
 * a component, the piece belongs to a later create of the same owner by then.
 *
 * @param props - the recorded outputs of what is deleted.
 */
export function mayRemove(piece: Owned, claim: Claim, props: Properties): boolean {
  const { instance } = props;
  return (
    isOwner(piece, claim) && (piece.instance === undefined || instance === undefined || piece.instance === instance)
  );
}

/**
 * The instance that a write gives a piece.
 *
 * @param olds - the recorded outputs; undefined for a create.
 * @param fresh - random.
 */
export function instanceOf(current: Owned | undefined, olds: Properties | undefined, fresh: string): string {
  if (!olds) return fresh;
  const { instance } = olds;
  return current?.instance ?? (typeof instance === "string" ? instance : fresh);
}

/** Whether two pieces belong to resources of one stack. */
export function isSameStack(a: Pick<Owned, "owner"> | undefined, b: Pick<Owned, "owner">): boolean {
  return a !== undefined && stackOf(a.owner) === stackOf(b.owner);
}

function stackOf(owner: string): string {
  return owner.slice(0, Math.max(0, owner.indexOf("::")));
}

function resourceOf(owner: string): string {
  return owner.slice(owner.indexOf("::") + 2);
}
