import type { Command } from "commander";
import type { CliContext } from "./context";
import { examples, jsonOption } from "./options";

/** Options of `airflow-env store copy`. */
export interface StoreCopyOptions {
  workspace?: string;
  merge?: boolean;
  overwrite?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

/** `airflow-env store copy FROM TO`. */
export function addStoreCopy(parent: Command, context: CliContext): void {
  parent
    .command("copy")
    .description("copy Workspaces to another store, verified by reading back; the source is never changed")
    .argument("<from>", "address of the store to read")
    .argument("<to>", "address of the store to write")
    .option("--workspace <name>", "copy only this Workspace (default: all)")
    .option("--merge", "go on although the target holds other documents of the Workspace, and keep those")
    .option("--overwrite", "as --merge, and replace documents that differ")
    .option("--dry-run", "write nothing; say what would happen")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        [
          'airflow-env store copy local:.airflow-env "kubernetes://airflow-env?context=prod" --dry-run',
          'airflow-env store copy local:.airflow-env "aws-sm://airflow?region=eu-west-1" --workspace data',
        ],
        "An interrupted copy goes on when the same command is run again. The Workspace's own document is written last, so\n" +
          "pulumi refuses to move to an unfinished copy. Let no pulumi up run on the Workspace meanwhile.\n" +
          "Exit codes: 0 copied and verified, 1 failed, 2 wrong usage, 3 refused because of what the target holds or\n" +
          "because a store changed meanwhile.",
      ),
    )
    .action(async (from: string, to: string, options: StoreCopyOptions) => {
      const { storeCopy } = await import("./store-copy.js");
      await storeCopy(context, from, to, options);
    });
}
