import { z } from "zod";
import { UnsupportedError } from "../errors";
import type { ObjectKind, ObjectKinds } from "../objects/kind";
import { objectKinds } from "../objects/registry";
import { onceFor } from "../once-for";
import { pathText } from "../path";
import { isPrintable } from "../printable";
import { isShared, SCHEMA_VERSION, type Document } from "./documents";
import { documentKeys, upgradedKey, workspaceOfKey } from "./keys";

/** Longer than any owner or path that somebody has; messages repeat it. */
const MAX_SHOWN = 4_096;
const isShowable = (value: unknown): boolean =>
  typeof value !== "string" || (value.length <= MAX_SHOWN && isPrintable(value));

const shown = z.string().refine(isShowable);
const owned = { owner: shown, instance: z.string().optional() };
const targetSpec = z.record(z.string(), z.record(z.string(), z.unknown().refine(isShowable)));

const workspaceSchema = z.object({
  kind: z.literal("workspace"),
  ...owned,
  name: z.string(),
  uid: z.string(),
  fingerprintKey: z.string(),
  secretsFetching: z.boolean(),
  copying: z.boolean().optional(),
  movedTo: shown.optional(),
});

const deploymentSchema = z.object({
  kind: z.literal("deployment"),
  ...owned,
  name: z.string(),
  target: targetSpec,
  retired: z.array(targetSpec).optional(),
  airflowVersion: z.string().optional(),
  runtimeVersion: z.string().optional(),
  providers: z.array(z.string()).optional(),
  strict: z.boolean().optional(),
  secretsFetching: z.boolean().optional(),
});

const valueSchema = z.object({
  kind: z.literal("value"),
  name: z.string(),
  owner: shown,
  value: z.string(),
});

/** Stored text of a document; equal documents give equal text. */
export function encodeDocument(document: Document): string {
  return JSON.stringify(sorted({ schemaVersion: SCHEMA_VERSION, ...document }));
}

/**
 * Reads stored text.
 *
 * @param kinds - of shared objects that may be among the documents.
 * @throws UnsupportedError naming key and field, never a value, for a document of a newer release, a damaged one, or
 *   text that is no document of ours.
 */
export function decodeDocument(key: string, text: string, kinds: ObjectKinds = objectKinds): Document {
  const parsed = parse(key, text);
  const version = parsed["schemaVersion"];
  const kind = parsed["kind"];
  if (typeof version !== "number" || typeof kind !== "string")
    throw new UnsupportedError(`document "${key}" was not written by airflow-env; move it out of the Workspace's path`);
  if (version > SCHEMA_VERSION)
    throw new UnsupportedError(
      `document "${key}" has schema version ${version}, this release reads up to ${SCHEMA_VERSION}; ` +
        `upgrade the npm package pulumi-airflow-env`,
    );
  const schema = schemaOf(kind, kinds);
  if (!schema)
    throw new UnsupportedError(
      `document "${key}" is of a kind that this release does not know; upgrade the npm package pulumi-airflow-env`,
    );
  const document = upgrade(parsed, version);
  const result = schema.safeParse(document);
  // Not zod's copy, which lacks keys called `__proto__`, and fields that a later release of this schema version has
  // added: they must survive a rewrite by this one.
  if (result.success) return document as Document;
  const damaged = result.error.issues.map((issue) => pathText(issue.path.map(keyOfPath)) || "the document");
  throw new UnsupportedError(
    `document "${key}" is damaged (${[...new Set(damaged)].slice(0, 5).join(", ")} is missing or of another type); ` +
      `restore it from the store's history, or remove it and run pulumi up`,
  );
}

/**
 * As `decodeDocument`, for what was found under its key: that says too what a document is and is called. Whoever may
 * write one document must not shadow another one with it, for many stores give rights by key.
 *
 * @throws UnsupportedError also for a document that belongs under another key.
 */
export function decodeFound(key: string, text: string, kinds: ObjectKinds = objectKinds): Document {
  const document = decodeDocument(key, text, kinds);
  if (keyOf(workspaceOfKey(key), document, kinds) === (upgradedKey(key) ?? key)) return document;
  throw new UnsupportedError(
    `document "${key}" is damaged (its kind or name is that of another key); ` +
      `restore it from the store's history, or remove it and run pulumi up`,
  );
}

function keyOf(workspace: string, document: Document, kinds: ObjectKinds): string | undefined {
  if (isShared(document)) {
    const kind = kinds.get(document.kind);
    return kind && documentKeys.object(workspace, kind, document.id, document.deployment);
  }
  if (document.kind === "workspace") return documentKeys.workspace(document.name);
  if (document.kind === "deployment") return documentKeys.deployment(workspace, document.name);
  return documentKeys.value(workspace, document.name);
}

function schemaOf(name: string, kinds: ObjectKinds): z.ZodType<Document> | undefined {
  if (name === "workspace") return workspaceSchema;
  if (name === "deployment") return deploymentSchema;
  if (name === "value") return valueSchema;
  const kind = kinds.get(name);
  return kind && objectSchemaOf(kind);
}

// Zod prepares a schema at its first use, which takes longer than to parse many documents with it.
const objectSchemaOf = onceFor((kind: ObjectKind) =>
  z.object({
    ...owned,
    kind: z.string(),
    id: z.string(),
    deployment: z.string().optional(),
    base: kind.baseSchema,
    sharing: z.enum(["Restricted", "LinkedToAll"]),
    exclude: z.array(z.string()),
    links: z.record(z.string(), z.object({ ...owned, overrides: kind.patchSchema })),
    overrides: z.record(z.string(), z.object({ ...owned, fields: kind.patchSchema })),
  }),
);

/** Version 0 (pre-release) kept no empty parts of a connection; version 1 called its id `connId`. */
function upgrade(parsed: Record<string, unknown>, version: number): object {
  const { schemaVersion: _, ...document } = parsed;
  if (version >= 2 || document["kind"] !== "connection") return document;
  const { connId, ...rest } = document;
  return { sharing: "Restricted", exclude: [], links: {}, overrides: {}, ...rest, id: connId };
}

function parse(key: string, text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    // V8 quotes the text in its message, and the text holds secrets.
    if (!(error instanceof SyntaxError)) throw error;
    throw new UnsupportedError(`document "${key}" is not JSON; it was not written by airflow-env`);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new UnsupportedError(`document "${key}" is not a JSON object; it was not written by airflow-env`);
  return parsed as Record<string, unknown>;
}

function keyOfPath(key: PropertyKey): string | number {
  return typeof key === "number" ? key : String(key);
}

/** Deep copy with sorted keys, so that equal documents are equal bytes whatever order they were built in. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, item]) => [key, sorted(item)]),
  );
}
