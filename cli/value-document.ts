import { UnsupportedError } from "../provider/errors";
import { isShared, type ValueDocument } from "../provider/environment/documents";
import type { SecretsStore } from "../provider/stores/store";
import { RefusedError } from "./failure";
import { decodeFound } from "../provider/environment/codec";
import { documentKeys } from "../provider/environment/keys";

/** Owners of values written by hand begin so; whoever may write the store may replace each other's. */
const OWNER_PREFIX = "cli/";

/** `cli/<user>`, who wrote the value last. */
export function cliOwner(userName: string): string {
  return OWNER_PREFIX + userName.replace(/[^A-Za-z0-9_.@-]/g, "_");
}

/** Reads a value document with its version. */
export async function findValue(
  store: SecretsStore,
  workspace: string,
  name: string,
): Promise<{ document: ValueDocument; version: string } | undefined> {
  const key = documentKeys.value(workspace, name);
  const stored = await store.find(key);
  if (!stored) return undefined;
  const document = decodeFound(key, stored.text);
  if (isShared(document) || document.kind !== "value")
    throw new UnsupportedError(`document "${key}" is not a value, but a ${document.kind}`);
  return { document, version: stored.version };
}

/** @throws RefusedError if something else than this command owns the value. */
export function requireCliOwned(document: ValueDocument, adopt: boolean | undefined): void {
  if (adopt || document.owner.startsWith(OWNER_PREFIX)) return;
  throw new RefusedError(`value "${document.name}" belongs to ${document.owner}; change it there, or pass --adopt`);
}
