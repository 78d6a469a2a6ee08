import { InputError } from "../../provider/errors";
import { KubernetesSecrets, textOf } from "../../provider/kubernetes/secrets";
import { addConnectionRecord, addConnectionText, jsonObject } from "./connection-record";
import { parseExactJson } from "./exact-json";
import { nothing, type Imported } from "./imported";
import { addVariable, addVariableRecord } from "./variable-record";

const CONNECTION_LABEL = "airflow.apache.org/connection-id";
const VARIABLE_LABEL = "airflow.apache.org/variable-key";
/** A Secret may have 1 MiB. */
const PAGE_SIZE = 50;

/**
 * Secrets of a namespace: one that is mounted for LocalFilesystemBackend when it is named, else the labelled ones of
 * KubernetesSecretsBackend.
 *
 * @param address - `kubernetes://NAMESPACE[/SECRET][?context=…&kubeconfig=…]`.
 */
export async function readKubernetes(address: string): Promise<Imported> {
  const { namespace, name, access } = parseAddress(address);
  const secrets = await KubernetesSecrets.open(access);
  const place = { namespace, cluster: secrets.cluster, address: `kubernetes:${secrets.cluster}/${namespace}` };
  if (name !== undefined) {
    const secret = await secrets.find(place, name);
    if (!secret) throw new InputError(`${place.address}: there is no Secret "${name}"`);
    return mounted(`${place.address}/${name}`, textOf(secret, "connections.json"), textOf(secret, "variables.json"));
  }
  const imported = nothing();
  const labelled = async (labels: string) => {
    try {
      return await secrets.list({ labels, pageSize: PAGE_SIZE }, namespace);
    } catch (error) {
      throw secrets.explained(place, error);
    }
  };
  for (const secret of await labelled(CONNECTION_LABEL))
    addLabelled(imported, "connection", secret.metadata?.labels?.[CONNECTION_LABEL], textOf(secret, "value"));
  for (const secret of await labelled(VARIABLE_LABEL))
    addLabelled(imported, "variable", secret.metadata?.labels?.[VARIABLE_LABEL], textOf(secret, "value"));
  return imported;
}

function addLabelled(imported: Imported, kind: "connection" | "variable", id: string | undefined, text?: string): void {
  if (id === undefined) return;
  if (text === undefined) imported.losses.push({ kind, id, reason: "its Secret has no key `value`; left out" });
  else if (kind === "connection") addConnectionText(imported, id, text);
  else addVariable(imported, id, text);
}

/** The two files of LocalFilesystemBackend. */
function mounted(address: string, connections: string | undefined, variables: string | undefined): Imported {
  const imported = nothing();
  if (connections === undefined && variables === undefined)
    throw new InputError(`${address}: has neither connections.json nor variables.json`);
  for (const [id, entry] of Object.entries(objectOf(address, connections, JSON.parse))) {
    const record = typeof entry === "object" && entry !== null ? (entry as Record<string, unknown>) : undefined;
    if (record) addConnectionRecord(imported, id, record);
    else addConnectionText(imported, id, String(entry));
  }
  for (const [key, value] of Object.entries(objectOf(address, variables, parseExactJson)))
    addVariableRecord(imported, key, value);
  return imported;
}

function objectOf(address: string, text: string | undefined, parse: (text: string) => unknown): object {
  if (text === undefined) return {};
  if (!jsonObject(text)) throw new InputError(`${address}: holds a file that is no JSON object`);
  return parse(text) as object;
}

function parseAddress(address: string): {
  namespace: string;
  name: string | undefined;
  access: { context?: string; kubeconfig?: string };
} {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const [, name, ...more] = url?.pathname.split("/") ?? [];
  const { context, kubeconfig, ...others } = Object.fromEntries(url?.searchParams ?? []);
  if (url?.protocol !== "kubernetes:" || url.host === "" || more.length > 0 || Object.keys(others).length > 0)
    throw new InputError("--kubernetes takes kubernetes://NAMESPACE[/SECRET][?context=…&kubeconfig=…]");
  const access = { ...(context !== undefined && { context }), ...(kubeconfig !== undefined && { kubeconfig }) };
  return { namespace: url.host, name: name || undefined, access };
}
