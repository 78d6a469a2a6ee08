import { parseYaml } from "../settings";
import { addConnectionRecord, addConnectionText } from "./connection-record";
import { sourceText } from "./file-text";
import { nothing, type Imported } from "./imported";
import { addVariable } from "./variable-record";

/**
 * Astro's `airflow_settings.yaml`.
 *
 * @see https://www.astronomer.io/docs/astro/cli/develop-project#configure-airflow_settingsyaml-local-development-only
 */
export async function readAirflowSettings(path: string): Promise<Imported> {
  const imported = nothing();
  const { airflow } = await parseYaml(path, await sourceText(path));
  for (const item of itemsOf(airflow, "connections")) addConnection(imported, item);
  for (const { variable_name: key, variable_value: value } of itemsOf(airflow, "variables"))
    if (typeof key === "string" && key !== "") addVariable(imported, key, value ?? "");
  const pools = itemsOf(airflow, "pools").filter(({ pool_name: name }) => name);
  if (pools.length > 0)
    imported.losses.push({ kind: "source", id: path, reason: `${pools.length} pools: a store keeps no pools` });
  return imported;
}

function addConnection(imported: Imported, item: Record<string, unknown>): void {
  const { conn_id: id, conn_uri: uri, conn_type: type } = item;
  // The file that Astro makes has an empty item to be filled in.
  if (typeof id !== "string" || id === "") return;
  if (typeof uri === "string" && uri !== "") return addConnectionText(imported, id, uri);
  const record = Object.fromEntries(
    ["host", "schema", "login", "password", "port", "extra"]
      .map((field): [string, unknown] => [field, item[`conn_${field}`]])
      .filter(([, value]) => value !== "" && value !== null && value !== undefined),
  );
  addConnectionRecord(imported, id, { conn_type: type, ...record });
}

function itemsOf(airflow: unknown, name: string): Record<string, unknown>[] {
  if (typeof airflow !== "object" || airflow === null) return [];
  const items = (airflow as Record<string, unknown>)[name];
  if (!Array.isArray(items)) return [];
  return items.filter((item): item is Record<string, unknown> => typeof item === "object" && item !== null);
}
