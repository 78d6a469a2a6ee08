import { Option, type Command } from "commander";
import type { CliContext } from "./context";
import { deploymentOption, examples, jsonOption, onlyWorkspaceOption, storeOption } from "./options";

/** Forms of the files that `airflow-env fetch` writes. */
export type FetchFormat = "json" | "env" | "airflow-settings";

/** Options of `airflow-env fetch`. */
export interface FetchOptions {
  store: string;
  workspace?: string;
  /** False for `--no-deployment`. */
  deployment: string | false;
  output?: string;
  variables?: string;
  stdout?: boolean;
  format: FetchFormat;
  json?: boolean;
}

/** `airflow-env fetch`, and `airflow-env render`, its former name. */
export function addFetch(parent: Command, context: CliContext): void {
  parent
    .command("fetch")
    .alias("render")
    .description("write what one Deployment gets to a private file, for local development")
    .addOption(storeOption())
    .addOption(onlyWorkspaceOption())
    .addOption(deploymentOption())
    .option("--no-deployment", "the Workspace's shared objects with their own values, of no Deployment")
    .option("--output <file>", "file to write, readable by you alone (0600); somebody else's file is never replaced")
    .option("--variables <file>", "with --format json: file for the Variables")
    .addOption(new Option("--stdout", "print the secrets to standard output instead").conflicts(["output", "json"]))
    .addOption(
      new Option(
        "--format <format>",
        "json: for LocalFilesystemBackend and airflow connections import; env: AIRFLOW_CONN_… and AIRFLOW_VAR_… lines, " +
          "put into a marked block of a .env file; airflow-settings: Astro's airflow_settings.yaml",
      )
        .choices(["json", "env", "airflow-settings"])
        .default("json"),
    )
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        [
          "airflow-env fetch --store local:.airflow-env --deployment dev --output connections.json --variables variables.json",
          "airflow-env fetch --deployment dev --format env --output .env",
          "airflow-env fetch --deployment dev --format airflow-settings --output airflow_settings.yaml",
        ],
        "Allowed only while the Deployment, or else its Workspace, is declared with secretsFetching: true. A path that git\n" +
          "would commit is refused. Exit code 3 also when a part has no place in the chosen format: it is named, the rest\n" +
          "is written. Airflow reads the json files with\n" +
          "  AIRFLOW__SECRETS__BACKEND=airflow.secrets.local_filesystem.LocalFilesystemBackend\n" +
          `  AIRFLOW__SECRETS__BACKEND_KWARGS='{"connections_file_path": "/path/to/connections.json"}'`,
      ),
    )
    .action(async (options: FetchOptions) => {
      const { fetchFiles } = await import("./fetch.js");
      await fetchFiles(context, options);
    });
}
