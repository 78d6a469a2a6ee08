import type { Command } from "commander";
import type { CliContext } from "./context";
import { examples, jsonOption } from "./options";

/** `airflow-env version`. */
export function addVersion(parent: Command, context: CliContext): void {
  parent
    .command("version")
    .description("print the version")
    .addOption(jsonOption())
    .addHelpText("after", examples(["airflow-env version", "airflow-env version --json"]))
    .action(async (options: { json?: boolean }) => {
      const { printVersion } = await import("./version.js");
      await printVersion(context, options);
    });
}
