import * as z from "zod";

import { StoreUnavailableError, UnsupportedError } from "../../errors";
import { deflated, inflated } from "../shared/entries";
import { labelOf } from "./failures";

/** Keys of one index secret, each with the minute (since 1970) in which somebody last announced a create. */
export type IndexEntries = Map<string, number>;

const SCHEMA_VERSION = 1;
const envelope = z.object({ schemaVersion: z.number(), keys: z.string() });
const packedKeys = z.record(z.string(), z.number());

/** Text of an index secret: keys share long prefixes, so deflating holds about 4,000 of them in AWS's 64 KiB. */
export function encodeIndex(entries: IndexEntries): string {
  const sorted = Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
  const keys = deflated(JSON.stringify(sorted), "base64");
  return JSON.stringify({ schemaVersion: SCHEMA_VERSION, keys });
}

/**
 * Reads an index secret.
 *
 * @throws UnsupportedError if a newer release wrote it; StoreUnavailableError if it was changed by hand.
 */
export function decodeIndex(text: string, name: string): IndexEntries {
  const parsed = envelope.safeParse(parseJson(text));
  if (parsed.success && parsed.data.schemaVersion > SCHEMA_VERSION) {
    throw new UnsupportedError(
      `${labelOf(name)}: a newer release of pulumi-airflow-env wrote this index; update the package`,
    );
  }
  const keys = parsed.success ? packedKeys.safeParse(parseJson(inflated(parsed.data.keys, "base64"))) : undefined;
  if (keys?.success !== true) {
    throw new StoreUnavailableError(
      "corrupt",
      `${labelOf(name)}: this is not an index that airflow-env wrote; move AWSCURRENT back to AWSPREVIOUS, or delete the secret to have it rebuilt`,
    );
  }
  return new Map(Object.entries(keys.data));
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
