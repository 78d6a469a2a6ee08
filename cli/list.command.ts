import type { Command } from "commander";
import type { CliContext } from "./context";
import { examples, jsonOption, onlyWorkspaceOption, SettingOption, storeOption } from "./options";

/** Options of `airflow-env list` and `show`. */
export interface ListOptions {
  store: string;
  workspace?: string;
  deployment?: string;
  json?: boolean;
}

/** `airflow-env list` and `airflow-env show ID`. */
export function addList(parent: Command, context: CliContext): void {
  const one = (description: string) => new SettingOption("deployment", "--deployment <name>", description, true);
  parent
    .command("list")
    .description("list who gets what: objects by Deployments, or what one Deployment gets; never a value")
    .addOption(storeOption())
    .addOption(onlyWorkspaceOption())
    .addOption(one("only what this Deployment gets, and where each field comes from"))
    .option("--all", "all Deployments, also where a setting names one")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["airflow-env list", "airflow-env list --deployment dev"],
        "Reads metadata only: where the store keeps it apart, no right to read secrets is needed.",
      ),
    )
    .action(async ({ all, ...options }: ListOptions & { all?: boolean }) => {
      const { list } = await import("./list.js");
      await list(context, all ? { ...options, deployment: undefined } : options);
    });
  parent
    .command("show")
    .description("show one connection or Variable: which fields are set, and by what; never a value")
    .argument("<id>", "id of the connection, or key of the Variable")
    .addOption(storeOption())
    .addOption(onlyWorkspaceOption())
    .addOption(one("as this Deployment gets it"))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(["airflow-env show warehouse", "airflow-env show warehouse --deployment prod"], "Reads metadata only."),
    )
    .action(async (id: string, options: ListOptions) => {
      const { show } = await import("./list.js");
      await show(context, id, options);
    });
}
