import { Option } from "commander";

/** The store of a verb that works on one; `AIRFLOW_ENV_STORE` spares the typing. */
export function storeOption(): Option {
  return new Option("--store <address>", "address of the store, such as local:.airflow-env")
    .env("AIRFLOW_ENV_STORE")
    .makeOptionMandatory();
}

/** The Workspace of a verb that works on one; `AIRFLOW_ENV_WORKSPACE` spares the typing. */
export function workspaceOption(): Option {
  return new Option("--workspace <name>", "name of the Workspace").env("AIRFLOW_ENV_WORKSPACE").makeOptionMandatory();
}

/** Machine-readable results on standard output; failures too, as `{"error": {"code", "message"}}`. */
export function jsonOption(): Option {
  return new Option("--json", "print the result, or the failure, as one line of JSON");
}

/** The end of a help text. */
export function examples(lines: string[], note?: string): string {
  return ["", "Examples:", ...lines.map((line) => `  $ ${line}`), ...(note === undefined ? [] : ["", note])].join("\n");
}
