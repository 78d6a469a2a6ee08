/** Begins at `://` and never looks back: linear also for long texts that nearly match. */
const LOGIN_IN_URL = /:\/\/[^/\s@:]*:[^/\s@]+@/;

/**
 * Whether a text has a URL with a password in it, such as `https://user:password@host`. What is kept secret elsewhere
 * must not become readable because it was written into a URL.
 */
export function holdsLogin(value: unknown): boolean {
  return typeof value === "string" && LOGIN_IN_URL.test(value);
}
