import { deflateSync, inflateSync } from "node:zlib";
import * as z from "zod";

import { UnsupportedError } from "../../errors";
import { MAX_PAYLOAD_BYTES } from "./capabilities";
import { labelOf } from "./failures";

/**
 * What the index knows of one document. Without `id` it announces a create: from number `n` on there may be one that its
 * writer did not live to write down.
 */
export interface IndexRow {
  key: string;
  n: number;
  id: string;
  /** JSON text without secrets; undefined when the document is deleted, or announced only. */
  metadata: string | undefined;
}

/** One version of the index: some rows, or a part of all rows as they were at number `covers`. */
export interface IndexEntry {
  rows: IndexRow[];
  snapshot?: { id: string; part: number; parts: number; covers: number; floor: number };
}

const SCHEMA_VERSION = 1;
const form = z.object({
  airflowEnvIndex: z.number(),
  rows: z.array(z.tuple([z.string(), z.number(), z.string(), z.string().nullable()])),
  snapshot: z
    .object({ id: z.string(), part: z.number(), parts: z.number(), covers: z.number(), floor: z.number() })
    .optional(),
});

/** Rows that are newer win; the order in which they are read does not matter. */
export function mergeRow(rows: Map<string, IndexRow>, row: IndexRow): void {
  const known = rows.get(row.key);
  const isNewer = known === undefined || known.n < row.n || (known.n === row.n && known.id === "");
  if (isNewer) rows.set(row.key, row);
}

/** Whether a document may be there that its row does not name. */
export function isAnnounced(row: IndexRow | undefined): boolean {
  return row?.id === "";
}

/** A payload, deflated: keys and metadata are much alike. */
export function encodeIndex({ rows, snapshot }: IndexEntry): Buffer {
  const tuples = rows.map(({ key, n, id, metadata }) => [key, n, id, metadata ?? null]);
  return deflateSync(JSON.stringify({ airflowEnvIndex: SCHEMA_VERSION, rows: tuples, snapshot }), { level: 9 });
}

/**
 * Reads a payload.
 *
 * @returns undefined for what airflow-env did not write.
 * @throws UnsupportedError if a newer release wrote it.
 */
export function decodeIndex(data: Buffer, secret: string): IndexEntry | undefined {
  const parsed = form.safeParse(inflated(data));
  if (!parsed.success) return undefined;
  if (parsed.data.airflowEnvIndex > SCHEMA_VERSION) {
    throw new UnsupportedError(
      `${labelOf(secret)}: a newer release of pulumi-airflow-env wrote this index; update the package`,
    );
  }
  const rows = parsed.data.rows.map(([key, n, id, metadata]) => ({ key, n, id, metadata: metadata ?? undefined }));
  return { rows, ...(parsed.data.snapshot === undefined ? {} : { snapshot: parsed.data.snapshot }) };
}

/**
 * Divides rows so that each part fits into one version.
 *
 * @param most - bytes of a payload.
 * @throws UnsupportedError if one row alone is too large.
 */
export function divide(rows: IndexRow[], secret: string, most = MAX_PAYLOAD_BYTES - 512): IndexRow[][] {
  if (encodeIndex({ rows }).length <= most) return [rows];
  if (rows.length === 1) {
    throw new UnsupportedError(
      `${labelOf(secret)}: the metadata of document "${rows[0]?.key ?? ""}" does not fit into one version; ` +
        "share it with all Deployments instead of linking each, or divide it",
    );
  }
  const half = Math.ceil(rows.length / 2);
  return [...divide(rows.slice(0, half), secret, most), ...divide(rows.slice(half), secret, most)];
}

function inflated(data: Buffer): unknown {
  try {
    return JSON.parse(inflateSync(data).toString("utf8"));
  } catch (error) {
    const isDamage = error instanceof SyntaxError || /^Z_|^ERR_/.test(String((error as { code?: unknown }).code));
    if (isDamage) return undefined;
    throw error;
  }
}
