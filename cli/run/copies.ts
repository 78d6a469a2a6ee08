import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { encodeDocument, decodeDocument } from "../../provider/environment/codec";
import { isShared } from "../../provider/environment/documents";
import { documentKeys } from "../../provider/environment/keys";
import { metadataOf } from "../../provider/environment/metadata";
import { ProviderError, SecretNotFoundError } from "../../provider/errors";
import { ABSENT, type SecretsStore } from "../../provider/stores/store";
import type { CliContext } from "../context";
import { describeDuration } from "../duration";
import { RefusedError } from "../failure";
import type { RunTexts } from "./files";

/** What a copy is of: the settings of the run, as they were given. */
export interface CopyOf {
  store: string;
  workspace: string | undefined;
  deployment: string;
}

/** Files as they were at the last run that kept a copy. */
interface Copy {
  /** Milliseconds since 1970. */
  savedAt: number;
  texts: RunTexts;
}

/** The part of a store's keys that a Workspace's name would have. */
const COPIES = "copies";

/** Keeps the files for `--offline`, in an encrypted local store of its own: its key is the user's own for all local stores. */
export async function saveCopy(context: CliContext, of: CopyOf, texts: RunTexts, now: number): Promise<void> {
  await withCopies(context, async (store) => {
    const key = keyOf(of);
    const copy: Copy = { savedAt: now, texts };
    const document = { kind: "value" as const, name: nameOf(of), owner: "cli/run", value: JSON.stringify(copy) };
    const current = await store.find(key);
    await store.put(key, encodeDocument(document), metadataOf(document), current?.version ?? ABSENT);
  });
}

/**
 * Files of the last run with a copy.
 *
 * @throws SecretNotFoundError when there is none, RefusedError when it is older than allowed.
 */
export async function findCopy(
  context: CliContext,
  of: CopyOf,
  limits: { maxAgeMs: number; now: number },
): Promise<{ texts: RunTexts; ageMs: number }> {
  const copy = existsSync(folderOf(context)) ? await withCopies(context, (store) => readCopy(store, of)) : undefined;
  if (!copy)
    throw new SecretNotFoundError(
      "there is no copy of this Deployment; run it once with --keep-copy while the store answers",
    );
  const ageMs = Math.max(0, limits.now - copy.savedAt);
  if (ageMs <= limits.maxAgeMs) return { texts: copy.texts, ageMs };
  throw new RefusedError(
    `the copy is ${describeDuration(ageMs)} old, more than the ${describeDuration(limits.maxAgeMs)} allowed; run without ` +
      "--offline, or allow more with --max-age",
  );
}

/** Takes a copy away: its owner has switched fetching off. */
export async function removeCopy(context: CliContext, of: CopyOf): Promise<void> {
  if (!existsSync(folderOf(context))) return;
  await withCopies(context, async (store) => {
    const current = await store.find(keyOf(of));
    if (current) await store.delete(current.key, current.version);
  });
}

async function readCopy(store: SecretsStore, of: CopyOf): Promise<Copy | undefined> {
  const key = keyOf(of);
  const stored = await store.find(key);
  if (!stored) return undefined;
  const document = decodeDocument(key, stored.text);
  if (isShared(document) || document.kind !== "value")
    throw new ProviderError("failed", `the copy at ${store.address} was not written by airflow-env run`);
  return JSON.parse(document.value) as Copy;
}

async function withCopies<T>(context: CliContext, work: (store: SecretsStore) => Promise<T>): Promise<T> {
  const store = await context.openStore(`local:${folderOf(context)}`);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

function folderOf({ environment }: CliContext): string {
  const cache = environment["XDG_CACHE_HOME"] || join(environment["HOME"] || homedir(), ".cache");
  return join(cache, "airflow-env", COPIES);
}

/** Addresses hold characters that keys do not. */
function nameOf({ store, workspace, deployment }: CopyOf): string {
  return createHash("sha256")
    .update(JSON.stringify([store, workspace ?? null, deployment]))
    .digest("hex");
}

function keyOf(of: CopyOf): string {
  return documentKeys.value(COPIES, nameOf(of));
}
