import type { Command } from "commander";
import type { CliContext } from "./context";
import { examples, jsonOption, onlyWorkspaceOption, storeOption } from "./options";

/** Options of `airflow-env diff` and `sync`. */
export interface TargetOptions {
  store: string;
  workspace?: string;
  /** All when undefined. */
  deployment?: string[];
  json?: boolean;
}

/** `airflow-env diff` and `airflow-env sync`. */
export function addSync(parent: Command, context: CliContext, exitWith: (code: number) => void): void {
  const several = ["--deployment <name...>", "only these Deployments (default: all)"] as const;
  const note =
    "Targets are reached as the store's documents say, with the kubeconfig and contexts of whoever runs this, never those\n" +
    "of a document; AIRFLOW_ENV_CONTEXTS=theirs=ours,… gives contexts your own names. A relative directory target starts\n" +
    "at the current folder.";
  parent
    .command("diff")
    .description("compare what the store says with what the Deployments' targets hold; names, never values")
    .addOption(storeOption())
    .addOption(onlyWorkspaceOption())
    .option(...several)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["airflow-env diff", "airflow-env diff --deployment dev prod --json"],
        `Exit codes: 0 equal, 2 different, 1 failed or wrong usage.\n${note}`,
      ),
    )
    .action(async (options: TargetOptions) => {
      const { diff } = await import("./diff.js");
      exitWith(await diff(context, options));
    });
  parent
    .command("sync")
    .description("write the targets again from the store, for a schedule or after a cluster was away")
    .addOption(storeOption())
    .addOption(onlyWorkspaceOption())
    .option(...several)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["airflow-env sync", "airflow-env sync --deployment prod --json"],
        `Exit codes: 0 all are up to date, 1 some are not. A place without the mark of its Deployment is never written:\npulumi up makes it.\n${note}`,
      ),
    )
    .action(async (options: TargetOptions) => {
      const { sync } = await import("./sync.js");
      exitWith(await sync(context, options));
    });
}
