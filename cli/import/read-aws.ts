import { InputError } from "../../provider/errors";
import { awsClient, type AwsClient } from "../../provider/stores/aws-secrets-manager/client";
import { parseAwsOptions } from "../../provider/stores/aws-secrets-manager/options";
import { addConnectionRecord, addConnectionText, jsonObject } from "./connection-record";
import { nothing, type Imported } from "./imported";
import { addVariable } from "./variable-record";

/** Other names that Airflow's backend takes for a field; the first in the secret's own order counts. */
const ALIASES: Record<string, string[]> = {
  login: ["login", "user", "username", "user_name"],
  password: ["password", "pass", "key"],
  host: ["host", "remote_host", "server"],
  port: ["port"],
  schema: ["database", "schema"],
  conn_type: ["conn_type", "conn_id", "connection_type", "engine"],
  extra: ["extra"],
};
const PAGE_SIZE = 100;

/**
 * The secrets of Airflow's SecretsManagerBackend.
 *
 * @param address - `aws-sm://BASE[?region=…]`, below which are `connections` and `variables`, with a store's query.
 * @see https://airflow.apache.org/docs/apache-airflow-providers-amazon/stable/secrets-backends/aws-secrets-manager.html
 */
export async function readAws(address: string): Promise<Imported> {
  if (!address.startsWith("aws-sm://"))
    throw new InputError("--aws takes aws-sm://BASE[?region=…], such as aws-sm://airflow");
  const options = parseAwsOptions(address);
  const client = awsClient(options);
  const imported = nothing();
  try {
    for (const { id, text } of await secretsOf(client, `${options.prefix}/connections/`, imported)) {
      const record = text.trim().startsWith("{") ? jsonObject(text) : undefined;
      if (record) addConnectionRecord(imported, id, standardised(record, id, imported));
      else addConnectionText(imported, id, text);
    }
    for (const { id, text } of await secretsOf(client, `${options.prefix}/variables/`, imported))
      addVariable(imported, id, text);
  } finally {
    await client.close();
  }
  return imported;
}

function standardised(record: Record<string, unknown>, id: string, { losses }: Imported): Record<string, unknown> {
  const known = new Set(Object.values(ALIASES).flat());
  for (const field of Object.keys(record))
    if (!known.has(field)) losses.push({ kind: "connection", id, field, reason: "is ignored by Airflow's backend" });
  return Object.fromEntries(
    Object.entries(ALIASES).map(([field, names]) => [
      field,
      Object.entries(record).find(([name]) => names.includes(name))?.[1],
    ]),
  );
}

async function secretsOf(
  client: AwsClient,
  prefix: string,
  { losses }: Imported,
): Promise<{ id: string; text: string }[]> {
  const names: string[] = [];
  let token: string | undefined;
  do {
    const page = await client.call({ action: "ListSecrets", name: prefix }, (sdk) =>
      sdk.listSecrets({
        Filters: [{ Key: "name", Values: [prefix] }],
        MaxResults: PAGE_SIZE,
        ...(token !== undefined && { NextToken: token }),
      }),
    );
    names.push(...(page.SecretList ?? []).flatMap(({ Name }) => (Name?.startsWith(prefix) ? [Name] : [])));
    token = page.NextToken;
  } while (token !== undefined && token !== "");
  const secrets: { id: string; text: string }[] = [];
  for (const name of [...new Set(names)].sort()) {
    const { SecretString: text } = await client.call({ action: "GetSecretValue", name }, (sdk) =>
      sdk.getSecretValue({ SecretId: name }),
    );
    if (text === undefined) losses.push({ kind: "source", id: name, reason: "is binary; left out" });
    else secrets.push({ id: name.slice(prefix.length), text });
  }
  return secrets;
}
