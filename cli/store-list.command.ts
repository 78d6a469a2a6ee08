import type { Command } from "commander";
import type { CliContext } from "./context";
import { examples, jsonOption, SettingOption } from "./options";

/** Options of `airflow-env store list`. */
export interface StoreListOptions {
  store?: string;
  workspace?: string;
  json?: boolean;
}

/** `airflow-env store list ADDRESS`. */
export function addStoreList(parent: Command, context: CliContext): void {
  parent
    .command("list")
    .description("list what a store holds: names, types, sharing, links, which fields are set; never a value")
    .argument("[address]", "address of the store; also as --store, or as the other verbs find it")
    .addOption(new SettingOption("store", "--store <address>", "address of the store", true))
    .option("--workspace <name>", "list only this Workspace (default: all)")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        [
          "airflow-env store list local:examples/quickstart/.airflow-env",
          'airflow-env store list "kubernetes://airflow-env" --workspace data --json | jq ".workspaces[].connections[].connId"',
        ],
        "Reads metadata only: where the store keeps it apart, no right to read secrets is needed.\n" +
          "A relative local path starts at the current folder here, and at the program's folder in a program.",
      ),
    )
    .action(async (address: string | undefined, options: StoreListOptions) => {
      const { storeList } = await import("./store-list.js");
      await storeList(context, address, options);
    });
}
