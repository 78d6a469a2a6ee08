/**
 * What the command exits with: an interface for scripts, so never renumber.
 *
 * | code | meaning |
 * |---|---|
 * | 0 | done; for `diff`: equal |
 * | 1 | failed; for `diff` also wrong usage, so that 2 means one thing |
 * | 2 | wrong usage or input; for `diff`: different |
 * | 3 | refused, or done in part: a person must decide |
 * | 130 | Ctrl-C at a prompt |
 *
 * `run` exits with the code of the command that it started, or 128 + the signal that ended it; 126 and 127 mean what
 * they mean in a shell: it cannot be started, it is not found.
 */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  different: 2,
  refused: 3,
  cannotStart: 126,
  notFound: 127,
  interrupted: 130,
} as const;
