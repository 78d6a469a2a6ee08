import { Option, type Command } from "commander";
import type { CliContext } from "./context";
import { examples, jsonOption, storeOption, workspaceOption } from "./options";

/** Options of `airflow-env render`. */
export interface RenderOptions {
  store: string;
  workspace: string;
  deployment: string;
  output?: string;
  stdout?: boolean;
  format: "json" | "env";
  json?: boolean;
}

/** `airflow-env render`. */
export function addRender(parent: Command, context: CliContext): void {
  parent
    .command("render")
    .description("write the connections that one Deployment gets to a private file, for local development")
    .addOption(storeOption())
    .addOption(workspaceOption())
    .requiredOption("--deployment <name>", "name of the Deployment")
    .option("--output <file>", "file to write, readable by you alone (0600); an existing file is replaced")
    .addOption(new Option("--stdout", "print the secrets to standard output instead").conflicts(["output", "json"]))
    .addOption(
      new Option(
        "--format <format>",
        "json: for LocalFilesystemBackend; env: one AIRFLOW_CONN_… per line, for containers",
      )
        .choices(["json", "env"])
        .default("json"),
    )
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        [
          "airflow-env render --store local:.airflow-env --workspace data --deployment dev --output connections.json",
          "airflow-env render --store local:.airflow-env --workspace data --deployment dev --format env --output .env",
        ],
        "Allowed only while the Workspace is declared with secretsFetching: true. Airflow reads the file with\n" +
          "  AIRFLOW__SECRETS__BACKEND=airflow.secrets.local_filesystem.LocalFilesystemBackend\n" +
          `  AIRFLOW__SECRETS__BACKEND_KWARGS='{"connections_file_path": "/path/to/connections.json"}'`,
      ),
    )
    .action(async (options: RenderOptions) => {
      const { render } = await import("./render.js");
      await render(context, options);
    });
}
