import { createHash, hkdfSync, randomBytes, scrypt } from "node:crypto";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { z } from "zod";
import { StoreUnavailableError } from "../../errors";
import { keyFilePath, readKeyFile, removeKeyFile, unreadable, writeKeyFile } from "./key-file";
import { corrupt } from "./sqlite";
import { KEY_BYTES, seal, SealBrokenError, unseal } from "./seal";

/** RFC 7914 parameters: 128 MiB and about 0.4 s, once per process. */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1 };
/** Twice ours: the header is not sealed, and whoever can write it must not make us use all memory, or hours. */
const MAX_SCRYPT_BYTES = 256 * 2 ** 20;
const MAX_SCRYPT_RUNS = 4;
/** Less would open to a fast search for the passphrase; no release has made such a store. */
const MIN_SCRYPT_N = 2 ** 14;
const PASSPHRASE = "AIRFLOW_ENV_PASSPHRASE";
const PASSPHRASE_FILE = "AIRFLOW_ENV_PASSPHRASE_FILE";

const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/);

/** What a store says about its own key, readable without it. */
export const keyHeaderSchema = z.strictObject({
  storeId: z.uuid(),
  /** How the key that wraps the data key is had. */
  from: z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("passphrase"),
      salt: base64,
      N: z.number().int(),
      r: z.number().int(),
      p: z.number().int(),
    }),
    z.strictObject({ kind: z.literal("key-file") }),
  ]),
  wrappedKey: base64,
});

export type KeyHeader = z.infer<typeof keyHeaderSchema>;

/** A new store's key. */
export interface NewKey {
  header: KeyHeader;
  dataKey: Buffer;
  /** Removes the key file again, when another process made the store first. */
  discard(): void;
}

/** Data keys opened by this process: scrypt is slow on purpose, and every Workspace of a run would pay for it. */
const opened = new Map<string, Promise<Buffer>>();

/**
 * Makes a random data key, wrapped with the passphrase from the environment, else with a new key file.
 *
 * @throws StoreUnavailableError `missing` if a passphrase is announced but empty or its file unreadable, `denied` if the
 *   key file cannot be written.
 */
export async function createKey(store: string, storeId: string): Promise<NewKey> {
  const dataKey = randomBytes(KEY_BYTES);
  const passphrase = configuredPassphrase(store);
  if (passphrase !== undefined) {
    const from = { kind: "passphrase" as const, salt: randomBytes(16).toString("base64"), ...SCRYPT };
    const header = wrap(storeId, from, await stretch(passphrase, from), dataKey);
    opened.set(cacheKey(header, passphrase), Promise.resolve(dataKey));
    return { header, dataKey, discard: () => undefined };
  }
  const path = keyFilePath(storeId);
  const secret = randomBytes(KEY_BYTES);
  writeKeyFile(store, path, secret);
  return {
    header: wrap(storeId, { kind: "key-file" }, keyFromFile(secret, storeId), dataKey),
    dataKey,
    discard: () => removeKeyFile(path),
  };
}

/**
 * Opens a store's data key.
 *
 * @throws StoreUnavailableError `missing` if the passphrase or key file is not there, `wrong-key` if it is another one.
 */
export async function openKey(store: string, header: KeyHeader): Promise<Buffer> {
  if (header.from.kind === "key-file") {
    const path = keyFilePath(header.storeId);
    const secret = readKeyFile(store, path);
    if (secret.length !== KEY_BYTES) throw wrongKey(store, `key file ${path}`);
    return unwrap(header, keyFromFile(secret, header.storeId), () => wrongKey(store, `key file ${path}`));
  }
  const passphrase = configuredPassphrase(store);
  if (passphrase === undefined) {
    throw new StoreUnavailableError(
      "missing",
      `store "${store}" is sealed with a passphrase; set ${PASSPHRASE} or ${PASSPHRASE_FILE}`,
    );
  }
  assertReasonable(store, header.from);
  const key = cacheKey(header, passphrase);
  let dataKey = opened.get(key);
  if (!dataKey) {
    dataKey = stretch(passphrase, header.from).then((wrapping) =>
      unwrap(header, wrapping, () => wrongKey(store, `passphrase in ${PASSPHRASE} or ${PASSPHRASE_FILE}`)),
    );
    opened.set(key, dataKey);
    // A wrong passphrase stays wrong: kept, so that each of hundreds of resources says so at once.
    dataKey.catch((error: unknown) => error instanceof StoreUnavailableError || opened.delete(key));
  }
  return dataKey;
}

function configuredPassphrase(store: string): string | undefined {
  const passphrase = process.env[PASSPHRASE];
  if (passphrase !== undefined) {
    // A secret that a CI system did not hand over arrives as an empty variable: never seal with a throw-away key then.
    if (passphrase !== "") return passphrase;
    throw new StoreUnavailableError("missing", `store "${store}": ${PASSPHRASE} is set but empty; set or unset it`);
  }
  const path = process.env[PASSPHRASE_FILE];
  if (path === undefined) return undefined;
  // Editors end a file with a line break; nobody means it as part of the passphrase.
  const first = readPassphraseFile(store, path).replace(/\r?\n$/, "");
  if (first !== "") return first;
  throw new StoreUnavailableError("missing", `store "${store}": the passphrase file in ${PASSPHRASE_FILE} is empty`);
}

/** May be a pipe, and anybody's: systems that hand out secrets do as they like. */
function readPassphraseFile(store: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw unreadable(store, `the passphrase file in ${PASSPHRASE_FILE}`, error);
  }
}

async function stretch(passphrase: string, { salt, N, r, p }: { salt: string } & typeof SCRYPT): Promise<Buffer> {
  // Composed characters: the same passphrase typed on another system must open the store.
  const text = passphrase.normalize("NFC");
  const maxmem = 256 * N * r;
  return promisify<string, Buffer, number, object, Buffer>(scrypt)(text, Buffer.from(salt, "base64"), KEY_BYTES, {
    N,
    r,
    p,
    maxmem,
  });
}

function assertReasonable(store: string, { N, r, p }: typeof SCRYPT): void {
  const isPower = N >= MIN_SCRYPT_N && N <= MAX_SCRYPT_BYTES && (N & (N - 1)) === 0;
  const isBounded = r >= 1 && 128 * N * r <= MAX_SCRYPT_BYTES && p >= 1 && p <= MAX_SCRYPT_RUNS;
  if (!isPower || !isBounded)
    throw corrupt(store, `its header has unreasonable parameters (N ${N}, r ${r}, p ${p}): refused`);
}

function keyFromFile(secret: Buffer, storeId: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, storeId, "airflow-env/1 key file", KEY_BYTES));
}

function wrap(storeId: string, from: KeyHeader["from"], wrapping: Buffer, dataKey: Buffer): KeyHeader {
  return { storeId, from, wrappedKey: seal(wrapping, dataKey, ["data key", storeId]).toString("base64") };
}

function unwrap(header: KeyHeader, wrapping: Buffer, wrong: () => Error): Buffer {
  try {
    return unseal(wrapping, Buffer.from(header.wrappedKey, "base64"), ["data key", header.storeId]);
  } catch (error) {
    if (error instanceof SealBrokenError) throw wrong();
    throw error;
  }
}

function wrongKey(store: string, what: string): StoreUnavailableError {
  return new StoreUnavailableError(
    "wrong-key",
    `store "${store}": the ${what} does not open it; use the one it was made with. Nothing was changed`,
  );
}

function cacheKey(header: KeyHeader, passphrase: string): string {
  return createHash("sha256")
    .update(JSON.stringify([header, passphrase]))
    .digest("hex");
}
