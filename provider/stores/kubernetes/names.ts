import { createHash } from "node:crypto";
import type { V1ObjectMeta } from "@kubernetes/client-node" with { "resolution-mode": "import" };

const MANAGED_BY = { "app.kubernetes.io/managed-by": "pulumi-airflow-env" };
const COMPONENT = { "app.kubernetes.io/component": "store" };
const WORKSPACE = "pulumi-airflow-env/workspace";

/** The document's key: names of objects are too short and too poor for keys. */
export const KEY = "pulumi-airflow-env/key";
/** Differs with every write: so a write of equal content changes the version, and one whose reply was lost is found. */
export const WRITE_ID = "pulumi-airflow-env/write-id";
/** On the Secret: the document's metadata, readable by listing without data. */
export const METADATA = "pulumi-airflow-env/metadata";
/** On the ConfigMap: the resourceVersion of the Secret that its metadata belongs to. */
export const DOCUMENT_VERSION = "pulumi-airflow-env/document-version";

const SLUG_LENGTH = 100;
const LABEL_VALUE = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

/** Name of the Secret, and of the ConfigMap, of a document: readable, and unique by a digest of the key. */
export function objectName(key: string): string {
  const slug = key
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, SLUG_LENGTH)
    .replace(/^-|-$/g, "");
  return ["airflow-env", slug, digest(key)].filter((part) => part !== "").join("-");
}

/** Labels of a document's objects. */
export function labelsOf(key: string): Record<string, string> {
  return { ...MANAGED_BY, ...COMPONENT, [WORKSPACE]: workspaceLabel(key) };
}

/** Selector of all documents below a prefix, and of others, which `keyOf` and the prefix tell apart. */
export function selectorOf(prefix: string): string {
  const labels = { ...MANAGED_BY, ...COMPONENT, ...(prefix === "" ? {} : { [WORKSPACE]: workspaceLabel(prefix) }) };
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}

/** The key of an object of ours, or undefined for anybody else's, even if it took over our labels. */
export function keyOf(metadata: V1ObjectMeta | undefined): string | undefined {
  const key = metadata?.annotations?.[KEY];
  if (key === undefined || metadata?.name !== objectName(key)) return undefined;
  const labels = metadata.labels ?? {};
  return Object.entries({ ...MANAGED_BY, ...COMPONENT }).every(([name, value]) => labels[name] === value)
    ? key
    : undefined;
}

function workspaceLabel(keyOrPrefix: string): string {
  const workspace = keyOrPrefix.split("/", 1)[0] ?? "";
  return LABEL_VALUE.test(workspace) ? workspace : `digest-${digest(workspace)}`;
}

/** 128 bits of a name's digest; names are no secrets. */
function digest(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, 32);
}
