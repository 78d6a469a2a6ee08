import { ConflictError } from "../errors";
import type { Owned } from "../model/documents";
import type { Properties } from "./handler";

/** Of the random part of an instance. */
export const INSTANCE_BYTES = 9;

/** Who wants a stored piece, and by what right. */
export interface Claim {
  owner: string;
  /** Owner in the recorded state, when it changed with a stack's or resource's name: proof of the right to the piece. */
  previousOwner?: string | undefined;
  adopt?: boolean | undefined;
}

/**
 * Makes sure that a stored piece may be written by the claimant.
 *
 * @param piece - the stored piece, or undefined if there is none.
 * @param what - names the piece in the message, for example `connection "warehouse"`.
 * @throws ConflictError if somebody else owns it.
 */
export function requireOwnership(piece: Owned | undefined, claim: Claim, what: string): void {
  if (!piece || isOwner(piece, claim) || claim.adopt) return;
  throw new ConflictError(
    `${what} already exists and belongs to ${piece.owner}; remove it there, use another name, ` +
      `or set adopt: true here to take it over`,
  );
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
export function isSameStack(a: Owned | undefined, b: Owned): boolean {
  return a?.owner.split("::", 1)[0] === b.owner.split("::", 1)[0];
}
