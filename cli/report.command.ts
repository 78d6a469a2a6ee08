import { InvalidArgumentError, type Command } from "commander";
import type { CliContext } from "./context";
import { examples, jsonOption, onlyWorkspaceOption, storeOption } from "./options";

/** Options of `airflow-env report`. */
export interface ReportOptions {
  store: string;
  workspace?: string;
  state?: string;
  failOn?: string;
  maxLength: number;
  output?: string;
  json?: boolean;
}

/** GitHub refuses comments above 65,536 characters. */
const GITHUB_CHARACTERS = 65_000;

/** `airflow-env report`. */
export function addReport(parent: Command, context: CliContext, exitWith: (code: number) => void): void {
  parent
    .command("report")
    .description("turn pulumi preview --json into a comment for a pull request: who gets, loses and sees changed what")
    .argument("[file]", "what pulumi preview --json printed, or a saved plan (default: standard input)")
    .addOption(storeOption())
    .addOption(onlyWorkspaceOption())
    .option(
      "--fail-on <rules>",
      "exit with 3 for: change, delete, drift, linked-to-all, missing-package; …-in=DEPLOYMENT",
    )
    .option("--state <file>", "what pulumi stack export printed; for a plan of pulumi preview --save-plan")
    .option("--max-length <characters>", "leave out what does not fit, and say so", wholeNumber, GITHUB_CHARACTERS)
    .option("--output <file>", "write the comment to a file instead of standard output")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        [
          "pulumi preview --json | airflow-env report",
          "pulumi stack export --file state.json && airflow-env report plan.json --state state.json",
          "airflow-env report preview.json --fail-on delete-in=prod,drift,missing-package --output comment.md",
        ],
        "Reads the store as the preview did, to say what each Deployment gets before and after; prints names and fields,\n" +
          "never a value. Exit codes: 0 done, 1 the preview failed, 2 wrong usage or input, 3 refused by --fail-on.",
      ),
    )
    .action(async (file: string | undefined, options: ReportOptions) => {
      const { report } = await import("./report.js");
      exitWith(await report(context, file, options));
    });
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1000)
    throw new InvalidArgumentError("It must be a whole number from 1000.");
  return number;
}
