import type { Command } from "commander";
import type { CliContext } from "./context";
import { examples, jsonOption, storeOption, workspaceOption } from "./options";

/** Options of all `airflow-env value` verbs. */
export interface ValueOptions {
  store: string;
  workspace: string;
  json?: boolean;
}

/** Options of the verbs that change a value. */
export interface ValueChangeOptions extends ValueOptions {
  adopt?: boolean;
}

/** Options of `airflow-env value set`. */
export interface ValueSetOptions extends ValueChangeOptions {
  exact?: boolean;
}

/** `airflow-env value set | remove | list`. */
export function addValue(parent: Command, context: CliContext): void {
  const value = parent
    .command("value")
    .description('keep secret texts in the store, for fields given as { valueFrom: { store: "NAME" } }');
  value
    .command("set")
    .description("write one value, from standard input or a hidden prompt; never from the command line")
    .argument("<name>", "name that valueFrom refers to")
    .addOption(storeOption())
    .addOption(workspaceOption())
    .option("--exact", "keep a newline at the end of the input (default: one is taken off)")
    .option("--adopt", "replace a value that was not written by this command")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        [
          "airflow-env value set warehouse-password --store local:.airflow-env --workspace data",
          "airflow-env value set gcp-key --store vault://secret/airflow --workspace data --exact < key.json",
        ],
        "A changed value reaches Airflow with the next pulumi up of the stacks that refer to it.",
      ),
    )
    .action(async (name: string, options: ValueSetOptions) => {
      const { valueSet } = await import("./value-set.js");
      await valueSet(context, name, options);
    });
  value
    .command("remove")
    .description("remove one value; connections that still refer to it fail at their next pulumi up")
    .argument("<name>", "name that valueFrom refers to")
    .addOption(storeOption())
    .addOption(workspaceOption())
    .option("--adopt", "remove a value that was not written by this command")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(["airflow-env value remove warehouse-password --store local:.airflow-env --workspace data"]),
    )
    .action(async (name: string, options: ValueChangeOptions) => {
      const { valueRemove } = await import("./value-remove.js");
      await valueRemove(context, name, options);
    });
  value
    .command("list")
    .description("list names and owners of the values; reads metadata only")
    .addOption(storeOption())
    .addOption(workspaceOption())
    .addOption(jsonOption())
    .addHelpText("after", examples(["airflow-env value list --store local:.airflow-env --workspace data"]))
    .action(async (options: ValueOptions) => {
      const { valueList } = await import("./value-list.js");
      await valueList(context, options);
    });
}
