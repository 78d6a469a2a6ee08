import { InvalidArgumentError, Option, type Command } from "commander";
import type { CliContext } from "./context";
import { deploymentOption, examples, jsonOption, onlyWorkspaceOption, storeOption } from "./options";

/** What `airflow-env values` can write. */
export const VALUE_FORMATS = ["helm", "pod", "env", "cfg", "rbac"] as const;

/** Options of `airflow-env values`. */
export interface ValuesOptions {
  store: string;
  workspace?: string;
  deployment: string;
  format: (typeof VALUE_FORMATS)[number];
  mountPath?: string;
  variables?: boolean;
  json?: boolean;
}

/** `airflow-env values`. */
export function addValues(parent: Command, context: CliContext): void {
  parent
    .command("values")
    .description("print the settings that make a Deployment's Airflow read its target; names, never a value")
    .addOption(storeOption())
    .addOption(onlyWorkspaceOption())
    .addOption(deploymentOption())
    .addOption(
      new Option("--format <format>", "Helm values, a patch of a pod, variables, airflow.cfg, a Kubernetes Role")
        .choices(VALUE_FORMATS)
        .default("helm"),
    )
    .option("--mount-path <folder>", "where pods see the mounted files", absoluteFolder)
    .option("--variables", "for Variables too (default: while the Deployment gets any)")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        [
          "airflow-env values --deployment prod > airflow-values.yaml",
          "airflow-env values --deployment prod --format rbac | kubectl apply -f -",
          "airflow-env values --deployment dev --format env",
        ],
        "helm: for the official chart, 1.22 or newer. In a program the same is airflow.helmValues(deployment).",
      ),
    )
    .action(async (options: ValuesOptions) => {
      const { values } = await import("./values.js");
      await values(context, options);
    });
}

function absoluteFolder(text: string): string {
  if (!/^\/[^\p{Cc}]*$/u.test(text)) throw new InvalidArgumentError("It must be an absolute path in the container.");
  return text;
}
