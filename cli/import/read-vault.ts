import { InputError, StoreUnavailableError } from "../../provider/errors";
import { vaultClient, type VaultClient } from "../../provider/stores/vault/client";
import { processLogin } from "../../provider/stores/vault/login";
import { parseVaultOptions } from "../../provider/stores/vault/options";
import { addConnectionRecord, addConnectionText } from "./connection-record";
import { nothing, type Imported } from "./imported";
import { addVariable } from "./variable-record";

/**
 * The paths of Airflow's VaultBackend with a KV engine of version 2.
 *
 * @param address - `vault://MOUNT[/BASE]`, below which are `connections` and `variables`, with the same query as a store.
 * @see https://airflow.apache.org/docs/apache-airflow-providers-hashicorp/stable/secrets-backends/hashicorp-vault.html
 */
export async function readVault(address: string): Promise<Imported> {
  const [, mount = "", base = "", query = ""] = /^vault:\/\/([^/?]+)\/?([^?]*)(\?.*)?$/.exec(address) ?? [];
  if (mount === "") throw new InputError("--vault takes vault://MOUNT[/BASE][?address=…&namespace=…]");
  const under = (part: string) => (base === "" ? part : `${base.replace(/\/$/, "")}/${part}`);
  const options = parseVaultOptions(`vault://${mount}/${under("connections")}${query}`);
  const client = vaultClient(options, processLogin);
  const imported = nothing();
  try {
    for (const { id, content } of await secretsOf(client, options.mount, under("connections"), imported)) {
      const { conn_uri: uri, ...fields } = content;
      if (typeof uri === "string") addConnectionText(imported, id, uri);
      else addConnectionRecord(imported, id, fields);
    }
    for (const { id, content } of await secretsOf(client, options.mount, under("variables"), imported))
      if (content["value"] === undefined)
        imported.losses.push({ kind: "variable", id, reason: "its secret has no key `value`; left out" });
      else addVariable(imported, id, content["value"]);
  } finally {
    client.close();
  }
  return imported;
}

interface Secret {
  id: string;
  content: Record<string, unknown>;
}

async function secretsOf(client: VaultClient, mount: string, path: string, { losses }: Imported): Promise<Secret[]> {
  const listed = await client.call({ method: "GET", path: `${mount}/metadata/${path}?list=true` });
  const keys = listed.status === 404 ? [] : field(field(listed.body, "data"), "keys");
  if (!Array.isArray(keys)) throw new StoreUnavailableError("failed", `Vault did not list "${mount}/${path}"`);
  const secrets: Secret[] = [];
  for (const id of keys.map(String)) {
    if (id.endsWith("/")) {
      losses.push({ kind: "source", id: `${mount}/${path}/${id}`, reason: "is a folder, where Airflow does not look" });
      continue;
    }
    const reply = await client.call({ method: "GET", path: `${mount}/data/${path}/${encodeURIComponent(id)}` });
    const content = field(field(reply.body, "data"), "data");
    if (typeof content === "object" && content !== null) secrets.push({ id, content: content as Secret["content"] });
    else losses.push({ kind: "source", id: `${mount}/${path}/${id}`, reason: "is deleted; left out" });
  }
  return secrets;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
