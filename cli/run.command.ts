import type { Command } from "commander";
import type { CliContext } from "./context";
import { parseDuration } from "./duration";
import { deploymentOption, examples, jsonOption, onlyWorkspaceOption, storeOption } from "./options";

/** Options of `airflow-env run`. */
export interface RunOptions {
  store: string;
  workspace?: string;
  deployment: string;
  watch?: boolean;
  filesAt?: string;
  offline?: boolean;
  keepCopy?: boolean;
  /** Milliseconds. */
  maxAge: number;
}

const DEFAULT_MAX_AGE = "7d";

/** `airflow-env run -- COMMAND`. */
export function addRun(parent: Command, context: CliContext, exitWith: (code: number) => void): void {
  parent
    .command("run")
    .description("run a command with what one Deployment gets, on private files that are gone when it ends")
    .argument("<command...>", "the command and its arguments, after --")
    .passThroughOptions()
    .addOption(storeOption())
    .addOption(onlyWorkspaceOption())
    .addOption(deploymentOption())
    .option("--watch", "let the files follow the store while the command runs")
    .option("--files-at <path>", "where the command's containers see the folder AIRFLOW_ENV_FILES")
    .option("--keep-copy", "keep an encrypted copy of the files for --offline")
    .option("--offline", "use that copy; the store is not asked")
    .option("--max-age <duration>", "oldest copy that --offline takes", parseDuration, parseDuration(DEFAULT_MAX_AGE))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        [
          "airflow-env run --deployment dev -- airflow standalone",
          "airflow-env run --deployment dev --watch -- airflow dags test my_dag",
          "airflow-env run --deployment dev --files-at /run/airflow-env -- docker compose up",
        ],
        "Allowed only while the Deployment, or else its Workspace, is declared with secretsFetching: true. The command gets\n" +
          "Airflow's settings for LocalFilesystemBackend, AIRFLOW_ENV_FILES (the folder) and AIRFLOW_ENV_FILE (lines for\n" +
          "env_file in Compose). Signals are passed on. Exit code: the command's own, 128 + n after signal n, 127 when it is\n" +
          "not found; 1, 2 and 3 with an error: line when it was not started.",
      ),
    )
    .action(async (command: string[], options: RunOptions) => {
      const { runCommand } = await import("./run.js");
      exitWith(await runCommand(context, command, options));
    });
}
