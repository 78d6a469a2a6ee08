import { InputError, UnsupportedError } from "../errors";
import type { StoreCapabilities } from "./store";

const SEGMENT = /^[A-Za-z0-9_.-]{1,200}$/;
/** Some HTTP stacks resolve such a path segment away, and another document would be read. */
const ONLY_DOTS = /^\.+$/;

/**
 * Refuses a key that some store could not keep apart from others.
 *
 * @throws InputError unless `key` is `a/b/c` with segments of 1 to 200 of `A-Z a-z 0-9 _ . -`, not dots alone.
 */
export function assertKey(key: string): void {
  for (const segment of key.split("/")) {
    if (!SEGMENT.test(segment) || ONLY_DOTS.test(segment)) {
      throw new InputError(
        `store key ${JSON.stringify(key)}: each part must be 1 to 200 of A-Z a-z 0-9 _ . - and not dots alone`,
      );
    }
  }
}

/**
 * @throws InputError unless `prefix` is empty or a key followed by `/`.
 */
export function assertPrefix(prefix: string): void {
  if (prefix === "") return;
  if (!prefix.endsWith("/")) throw new InputError(`store prefix ${JSON.stringify(prefix)} must end with "/"`);
  assertKey(prefix.slice(0, -1));
}

/**
 * Refuses a document before anything is sent.
 *
 * @throws UnsupportedError if `text` has more UTF-8 bytes than the store takes, or is not well-formed Unicode (a lone
 *   surrogate has no UTF-8 form, so it would come back changed).
 */
export function assertFits(
  store: { kind: string; capabilities: Pick<StoreCapabilities, "maxBytes"> },
  key: string,
  text: string,
): void {
  if (/\p{Surrogate}/u.test(text)) {
    throw new UnsupportedError(`store "${store.kind}": document "${key}" is not well-formed Unicode (lone surrogate)`);
  }
  const bytes = Buffer.byteLength(text, "utf8");
  if (bytes > store.capabilities.maxBytes) {
    throw new UnsupportedError(
      `store "${store.kind}": document "${key}" has ${bytes} bytes, the most is ${store.capabilities.maxBytes}; ` +
        "shorten its largest field, or move the Workspace to a store with a higher limit",
    );
  }
}
