import { Option, type Command } from "commander";
import type { CliContext } from "./context";
import { describeDuration, parseDuration } from "./duration";
import { examples, jsonOption, onlyWorkspaceOption, storeOption } from "./options";

/** Options of `airflow-env ui`. */
export interface UiOptions {
  store: string;
  /** All when undefined. */
  workspace?: string;
  /** The server ends after so long without a request. */
  idle: number;
  /** A file is written instead. */
  output?: string;
  /** The file says too what differs in the targets. */
  compare?: boolean;
  json?: boolean;
}

const IDLE_MS = 30 * 60_000;

/** `airflow-env ui`. */
export function addUi(parent: Command, context: CliContext): void {
  parent
    .command("ui")
    .description("show who gets what as a page in the browser, on this machine alone; never a value")
    .addOption(storeOption())
    .addOption(onlyWorkspaceOption())
    .addOption(
      new Option("--idle <time>", "end after so long without a request")
        .default(IDLE_MS, describeDuration(IDLE_MS))
        .argParser(parseDuration),
    )
    .option("--output <path>", "write one HTML file that stands alone instead, for a wiki or an artifact")
    .option("--compare", "with --output: compare the targets too, which reads secrets")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        [
          "airflow-env ui",
          "airflow-env ui --store local:.airflow-env --workspace data",
          "airflow-env ui --output report.html --compare",
        ],
        "Prints an address to open, and serves it until Ctrl-C. Reads metadata only: where the store keeps it apart, no\n" +
          "right to read secrets is needed. Changes nothing.",
      ),
    )
    .action(async (options: UiOptions) => {
      const { ui } = await import("./ui.js");
      await ui(context, options);
    });
}
