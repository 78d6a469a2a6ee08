import { ConflictError } from "../errors";

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
export function requireOwnership(piece: { owner: string } | undefined, claim: Claim, what: string): void {
  if (!piece || isOwner(piece, claim) || claim.adopt) return;
  throw new ConflictError(
    `${what} already exists and belongs to ${piece.owner}; remove it there, use another name, ` +
      `or set adopt: true here to take it over`,
  );
}

/** Whether the claimant owns a piece without adopting it. */
export function isOwner(piece: { owner: string }, claim: Claim): boolean {
  return piece.owner === claim.owner || (claim.previousOwner !== undefined && piece.owner === claim.previousOwner);
}
