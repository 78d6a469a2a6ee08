import { canonicalJson } from "../provider/airflow/json";
import type { EffectiveConnection } from "./effective";
import type { LeftOut } from "./env-file";

const HEADER = "# Written by airflow-env fetch: run it again instead of changing this file.\n";

/**
 * Writes what a Deployment gets as Astro's `airflow_settings.yaml`.
 *
 * @returns the text, and what that file has no field for.
 * @see https://www.astronomer.io/docs/astro/cli/develop-project#configure-airflow_settingsyaml-local-development-only
 */
export async function airflowSettings(
  connections: EffectiveConnection[],
  variables: Record<string, string>,
): Promise<{ text: string; leftOut: LeftOut[] }> {
  const { dump, CORE_SCHEMA } = await import("js-yaml");
  const content = {
    airflow: {
      connections: connections.map((connection) =>
        withoutUnset({
          conn_id: connection.connId,
          conn_type: connection.connType,
          conn_host: connection.host,
          conn_schema: connection.schema,
          conn_login: connection.login,
          conn_password: connection.password,
          conn_port: connection.port,
          conn_extra: connection.extra && canonicalJson(connection.extra),
        }),
      ),
      pools: [],
      variables: Object.entries(variables)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => ({ variable_name: key, variable_value: value })),
    },
  };
  const text = HEADER + dump(content, { schema: CORE_SCHEMA, forceQuotes: true, quotingType: '"', lineWidth: -1 });
  const leftOut = connections
    .filter(({ description }) => description)
    .map(({ connId }) => ({
      kind: "connection" as const,
      id: connId,
      reason: "airflow_settings.yaml has no description",
    }));
  return { text, leftOut };
}

/** Whether a text was written by `airflowSettings`. */
export function isAirflowSettings(text: string): boolean {
  return text.startsWith(HEADER);
}

function withoutUnset(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
