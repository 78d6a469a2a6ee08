import { z } from "zod";
import type { ObjectKinds } from "../objects/kind";
import { objectKinds } from "../objects/registry";
import { isShared, type Document, type SharedDocument } from "./documents";

/** Raised when the meaning of metadata changes. Release 0.1.0 wrote none. */
const METADATA_VERSION = 2;

/** Names of fields by Deployment. */
const piecesSchema = z.union([
  z.record(z.string(), z.array(z.string())),
  // Release 0.1.0 named the Deployments only.
  z.array(z.string()).transform((names) => Object.fromEntries(names.map((name): [string, string[]] => [name, []]))),
]);

const common = { metadataVersion: z.number().optional(), owner: z.string().optional() };

const OWN_KINDS = ["workspace", "deployment", "value"];

const metadataSchema = z.union([
  z.object({ ...common, kind: z.literal("workspace"), secretsFetching: z.boolean().optional() }),
  z.object({
    ...common,
    kind: z.literal("deployment"),
    target: z.string().optional(),
    airflowVersion: z.string().optional(),
    runtimeVersion: z.string().optional(),
    secretsFetching: z.boolean().optional(),
  }),
  z.object({ ...common, kind: z.literal("value") }),
  z.looseObject({
    ...common,
    kind: z.string().refine((kind) => !OWN_KINDS.includes(kind)),
    deployment: z.string().optional(),
    sharing: z.string().optional(),
    exclude: z.array(z.string()).default([]),
    /** Names of the fields that are set. */
    fields: z.array(z.string()).default([]),
    /** By Deployment with a link, the fields that the link sets. */
    links: piecesSchema.default({}),
    /** By Deployment with an Override, the fields that it sets. */
    overrides: piecesSchema.default({}),
  }),
]);

/** What may be known of a document without reading secrets. */
export type Metadata = z.output<typeof metadataSchema>;
/** Metadata of a shared object; what its kind shows besides, such as `connType`, lies beside these. */
export type ObjectMetadata = Extract<Metadata, { links: unknown }>;

/** What may be shown of a document to someone who may not read secrets: names, types and which fields are set. */
export function metadataOf(document: Document, kinds: ObjectKinds = objectKinds): string {
  return JSON.stringify({ metadataVersion: METADATA_VERSION, ...shownOf(document, kinds) });
}

/** Reads stored metadata; undefined for text that is none. */
export function readMetadata(text: string): Metadata | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
  return metadataSchema.safeParse(parsed).data;
}

/** Whether metadata is that of a shared object. */
export function isObjectMetadata(metadata: Metadata): metadata is ObjectMetadata {
  return "links" in metadata;
}

function shownOf(document: Document, kinds: ObjectKinds): object {
  const { kind, owner } = document;
  if (isShared(document)) return { kind, owner, ...shownOfObject(document, kinds) };
  if (document.kind === "workspace") return { kind, owner, secretsFetching: document.secretsFetching };
  if (document.kind === "value") return { kind, owner };
  const { airflowVersion, runtimeVersion, secretsFetching } = document;
  return { kind, owner, target: Object.keys(document.target)[0], airflowVersion, runtimeVersion, secretsFetching };
}

function shownOfObject(document: SharedDocument, kinds: ObjectKinds): object {
  const shown = kinds.get(document.kind)?.publicFieldsOf(document.base) ?? {};
  const { deployment, sharing, exclude, links, overrides } = document;
  return {
    ...shown,
    deployment,
    sharing,
    ...(exclude.length > 0 && { exclude }),
    fields: Object.keys(document.base)
      .filter((field) => !Object.hasOwn(shown, field))
      .sort(),
    links: mapValues(links, (link) => setFieldsOf(link.overrides)),
    overrides: mapValues(overrides, (override) => setFieldsOf(override.fields)),
  };
}

/** Names of the fields of a patch; of `extra` the keys too, which are no secrets. */
function setFieldsOf(patch: object): string[] {
  return Object.entries(patch)
    .filter(([, value]) => value !== undefined)
    .flatMap(([field, value]: [string, unknown]) =>
      field === "extra" && typeof value === "object" && value !== null
        ? Object.keys(value).map((key) => `extra.${key}`)
        : [field],
    )
    .sort();
}

function mapValues<A, B>(record: Record<string, A>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
