import * as z from "zod";

import { UnsupportedError } from "../../errors";
import { MAX_HEADER_BYTES } from "./capabilities";
import { labelOf } from "./failures";

/** A version of the log: its number, and the random id in it that tells it from all others. */
export interface Position {
  n: number;
  id: string;
}

/** What a new version says of itself. */
export interface NewEntry {
  id: string;
  key: string;
  /** Accepted versions before this one, the newest first; the first is what its writer saw. Empty: there was none. */
  ancestors: Position[];
  /** Numbers after the first ancestor that its writer found destroyed at the end of the log. */
  voids: number[];
  /** All numbers below it are destroyed. */
  floor: number;
  /** Undefined: the document is deleted. */
  text: string | undefined;
}

/** One version of a document's log. */
export type Entry = NewEntry & { n: number };

/** How many accepted versions an entry names, so that a slow writer finds its own among them. */
export const ANCESTORS = 8;

const SCHEMA_VERSION = 1;
const position = z.tuple([z.number(), z.string()]);
const header = z.object({
  airflowEnv: z.number(),
  key: z.string(),
  id: z.string(),
  ancestors: z.array(position),
  voids: z.array(z.number()),
  floor: z.number(),
  gone: z.boolean(),
});

/**
 * A payload: one line that says what it is, and the text as it is.
 *
 * @throws UnsupportedError if the key leaves no room in the line.
 */
export function encodeEntry({ text, ancestors, ...rest }: NewEntry, secret: string): Buffer {
  const line = JSON.stringify({
    airflowEnv: SCHEMA_VERSION,
    ...rest,
    ancestors: ancestors.slice(0, ANCESTORS).map(({ n, id }) => [n, id]),
    gone: text === undefined,
  });
  if (Buffer.byteLength(line) + 1 > MAX_HEADER_BYTES) {
    throw new UnsupportedError(
      `${labelOf(secret)}: the document's key needs more room than its secret leaves for it; use shorter names`,
    );
  }
  return Buffer.from(`${line}\n${text ?? ""}`);
}

/**
 * Reads a payload.
 *
 * @param key - of the document whose log this is.
 * @returns undefined for what airflow-env did not write for this document.
 * @throws UnsupportedError if a newer release wrote it.
 */
export function decodeEntry(data: Buffer, n: number, key: string, secret: string): Entry | undefined {
  const end = data.indexOf("\n");
  const parsed = end < 0 ? undefined : header.safeParse(parseJson(data.subarray(0, end).toString("utf8")));
  if (parsed?.success !== true || parsed.data.key !== key) return undefined;
  const { airflowEnv, ancestors, gone, ...rest } = parsed.data;
  if (airflowEnv > SCHEMA_VERSION) {
    throw new UnsupportedError(
      `${labelOf(secret)}: a newer release of pulumi-airflow-env wrote this; update the package`,
    );
  }
  return {
    n,
    ...rest,
    ancestors: ancestors.map(([number, id]) => ({ n: number, id })),
    text: gone ? undefined : data.subarray(end + 1).toString("utf8"),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's own message quotes the text.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
