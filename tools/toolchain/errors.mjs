// @ts-check

/** A failure whose message alone tells the user what to do; printed without a stack. */
export class ToolchainError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "ToolchainError";
  }
}
