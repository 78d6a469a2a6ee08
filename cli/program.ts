import { Command, CommanderError } from "commander";
import type { CliContext } from "./context";
import { describeFailure, EXIT, exitCodeOf, oneLine } from "./failure";
import { examples } from "./options";
import { MASK } from "../provider/redact";
import { addRender } from "./render.spec";
import { addStoreCopy } from "./store-copy.spec";
import { addStoreList } from "./store-list.spec";
import { addValue } from "./value.spec";
import { addVersion } from "./version.spec";

/**
 * Runs one command line.
 *
 * @param args - without the program's own name.
 * @returns the exit code, one of `EXIT`; never throws.
 */
export async function runCli(args: string[], context: CliContext): Promise<number> {
  const { terminal } = context;
  try {
    const isVersion = args[0] === "--version" || args[0] === "-V";
    await program(context).parseAsync(isVersion ? ["version", ...args.slice(1)] : args, { from: "user" });
    return EXIT.ok;
  } catch (error) {
    const asJson = args.includes("--json");
    if (error instanceof CommanderError) {
      // Commander has printed its own message for people, or the help that was asked for.
      if (error.exitCode === 0) return EXIT.ok;
      if (asJson) terminal.out(JSON.stringify({ error: { code: "usage", message: usageMessage(error) } }));
      return EXIT.usage;
    }
    terminal.endProgress();
    const failure = describeFailure(error);
    if (asJson) terminal.out(JSON.stringify({ error: failure }));
    terminal.note(`${terminal.bad("error:")} ${failure.message}`);
    return exitCodeOf(error);
  }
}

function program(context: CliContext): Command {
  const { terminal } = context;
  const root = new Command("airflow-env")
    .description("Look at, move and use the stores of pulumi-airflow-env. Declarations are changed with pulumi up.")
    .option("-V, --version", "print the version, as the command does")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.outRaw(text),
      writeErr: (text) => terminal.note(text.trimEnd()),
      outputError: (text, write) => write(withoutOptionValues(text)),
    })
    .showHelpAfterError("(add --help for the options and examples)")
    .addHelpText(
      "after",
      examples(
        [
          "airflow-env store list local:examples/quickstart/.airflow-env",
          'airflow-env store copy local:.airflow-env "vault://secret/airflow" --dry-run',
          "airflow-env value set warehouse-password --store local:.airflow-env --workspace data < password.txt",
          "airflow-env render --store local:.airflow-env --workspace data --deployment dev --output connections.json",
        ],
        "A relative local path starts at the current folder here, and at the program's folder in a program.\n" +
          "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused (a person must decide), 130 interrupted.",
      ),
    );
  const store = root.command("store").description("look into a store, or copy a Workspace to another store");
  addStoreCopy(store, context);
  addStoreList(store, context);
  addValue(root, context);
  addRender(root, context);
  addVersion(root, context);
  return root;
}

function usageMessage(error: CommanderError): string {
  // Every verb takes --json: where it is unknown, or Commander just answers with the help, no verb was given.
  if (error.code === "commander.help" || error.message === "error: unknown option '--json'")
    return "a command is missing; add --help for the commands";
  return oneLine(
    withoutOptionValues(error.message)
      .replace(/^error: /, "")
      .replace("\n(", " ("),
  );
}

/** Commander repeats an unknown option with its value, and someone may have tried `--value=…` or `-p…`. */
function withoutOptionValues(text: string): string {
  return text
    .replace(/(--?[\w-]+=)[\s\S]*/, `$1${MASK}'`)
    .replace(/'(-\w)[^'][\s\S]*/, `'$1${MASK}'`)
    .replace(/argument '[\s\S]*' is invalid/, `argument '${MASK}' is invalid`);
}
