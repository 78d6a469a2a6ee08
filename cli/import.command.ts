import { Option, type Command } from "commander";
import type { CliContext } from "./context";
import type { SecretPlace } from "./import/program";
import { examples, jsonOption, SettingOption } from "./options";

/** Options of `airflow-env import`. */
export interface ImportOptions {
  connections?: string;
  variables?: string;
  airflowSettings?: string;
  envFile?: string;
  environment?: boolean;
  airflow?: string;
  kubernetes?: string;
  vault?: string;
  aws?: string;
  output: string;
  workspace?: string;
  store?: string;
  sharing: "LinkedToAll" | "Restricted";
  secrets: SecretPlace;
  stack?: string;
  dryRun?: boolean;
  json?: boolean;
}

/** `airflow-env import`. */
export function addImport(parent: Command, context: CliContext): void {
  parent
    .command("import")
    .description("write a program from connections and Variables that are elsewhere; the source is never changed")
    .option("--connections <file>", "what airflow connections export wrote: .json, .yaml or .env")
    .option("--variables <file>", "what airflow variables export wrote")
    .option("--airflow-settings <file>", "Astro's airflow_settings.yaml")
    .option("--env-file <file>", "AIRFLOW_CONN_… and AIRFLOW_VAR_… of a .env file")
    .option("--environment", "AIRFLOW_CONN_… and AIRFLOW_VAR_… of this process")
    .option("--airflow <url>", "a running Airflow, through its REST API; it gives no secrets")
    .option("--kubernetes <address>", "Secrets of Airflow's backends: kubernetes://NAMESPACE[/SECRET][?context=…]")
    .option("--vault <address>", "the paths of Airflow's VaultBackend: vault://MOUNT[/BASE]")
    .option("--aws <address>", "the secrets of Airflow's SecretsManagerBackend: aws-sm://BASE[?region=…]")
    .requiredOption(
      "--output <file>",
      "program to write, in the language of its ending (.ts, .py, .yaml); another one is never replaced",
    )
    .addOption(
      new SettingOption("workspace", "--workspace <name>", "Workspace in the program (default: airflow)", true),
    )
    .addOption(new SettingOption("store", "--store <address>", "the store, for --secrets store", true))
    .addOption(
      new Option("--sharing <sharing>", "who gets what is imported: all Deployments, or linked ones")
        .choices(["LinkedToAll", "Restricted"])
        .default("LinkedToAll"),
    )
    .addOption(
      new Option("--secrets <place>", "where secrets go: pulumi config set --secret, or values of the store")
        .choices(["pulumi", "store"])
        .default("pulumi"),
    )
    .option("--stack <name>", "stack whose configuration takes the secrets (default: the selected one)")
    .option("--dry-run", "write nothing; say what would happen")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        [
          "airflow connections export connections.json && airflow variables export variables.json",
          "airflow-env import --connections connections.json --variables variables.json --output index.ts",
          "AIRFLOW_API_TOKEN=… airflow-env import --airflow https://airflow.example.com --output index.ts --dry-run",
        ],
        "Secrets go through standard input to pulumi, or into the store; never into the program, arguments or output.\n" +
          "What cannot survive is listed by name with the reason. The same input gives the same program.\n" +
          "The API's login comes from AIRFLOW_API_TOKEN, or AIRFLOW_API_USERNAME and AIRFLOW_API_PASSWORD.\n" +
          "pulumi import, for the plugin, prints passwords in clear unless it is given --generate-code=false.",
      ),
    )
    .action(async (options: ImportOptions) => {
      const { importProgram } = await import("./import.js");
      await importProgram(context, options);
    });
}
