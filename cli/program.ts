import { Command, CommanderError } from "commander";
import type { CliContext } from "./context";
import { EXIT } from "./exit-codes";
import { describeFailure, exitCodeOf, oneLine } from "./failure";
import { examples } from "./options";
import { MASK } from "../provider/redact";
import { addCompletion } from "./completion.command";
import { addFetch } from "./fetch.command";
import { addImport } from "./import.command";
import { addReport } from "./report.command";
import { addRun } from "./run.command";
import { addList } from "./list.command";
import { addSync } from "./sync.command";
import { addStoreCopy } from "./store-copy.command";
import { addStoreList } from "./store-list.command";
import { addUi } from "./ui.command";
import { addValue } from "./value.command";
import { addValues } from "./values.command";
import { addVersion } from "./version.command";

/**
 * Runs one command line.
 *
 * @param args - without the program's own name.
 * @returns the exit code, one of `EXIT`; never throws.
 */
export async function runCli(args: string[], context: CliContext): Promise<number> {
  const { terminal } = context;
  let code: number = EXIT.ok;
  try {
    const isVersion = args[0] === "--version" || args[0] === "-V";
    const root = program(context, (own) => (code = own));
    await root.parseAsync(isVersion ? ["version", ...args.slice(1)] : args, { from: "user" });
    return code;
  } catch (error) {
    // What follows -- is not ours.
    // The code that a wrong usage has elsewhere means "different" there.
    const usage = args[0] === "diff" ? EXIT.failure : EXIT.usage;
    const asJson = args.slice(0, args.includes("--") ? args.indexOf("--") : undefined).includes("--json");
    if (error instanceof CommanderError) {
      // Commander has printed its own message for people, or the help that was asked for.
      if (error.exitCode === 0) return EXIT.ok;
      if (asJson) terminal.out(JSON.stringify({ error: { code: "usage", message: usageMessage(error) } }));
      return usage;
    }
    terminal.endProgress();
    const failure = describeFailure(error);
    if (asJson) terminal.out(JSON.stringify({ error: failure }));
    terminal.note(`${terminal.bad("error:")} ${failure.message}`);
    const own = exitCodeOf(error);
    return own === EXIT.usage ? usage : own;
  }
}

/** @param exitWith - for verbs whose success has several codes. */
function program(context: CliContext, exitWith: (code: number) => void): Command {
  const { terminal } = context;
  const root = new Command("airflow-env")
    .description("Look at, move and use the stores of pulumi-airflow-env. Declarations are changed with pulumi up.")
    .option("-V, --version", "print the version, as the command does")
    .exitOverride()
    .enablePositionalOptions()
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
          "airflow-env run --store local:.airflow-env --deployment dev -- airflow standalone",
          "airflow-env fetch --store local:.airflow-env --deployment dev --format env --output .env",
        ],
        "Flags come first, then AIRFLOW_ENV_STORE, _WORKSPACE and _DEPLOYMENT, then the nearest airflow-env.yaml with store,\n" +
          "workspace and deployment, then the Pulumi project of the current folder.\n" +
          "A relative local path starts at the current folder here, and at the program's folder in a program.\n" +
          "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused (a person must decide), 130 interrupted.",
      ),
    );
  const store = root.command("store").description("look into a store, or copy a Workspace to another store");
  addStoreCopy(store, context);
  addStoreList(store, context);
  addValue(root, context);
  addRun(root, context, exitWith);
  addList(root, context);
  addUi(root, context);
  addSync(root, context, exitWith);
  addFetch(root, context);
  addValues(root, context);
  addReport(root, context, exitWith);
  addImport(root, context);
  addCompletion(root, context);
  addVersion(root, context);
  root.hook("preAction", async (_, verb) => {
    const { fillSettings } = await import("./settings.js");
    await fillSettings(verb, context);
  });
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
    .replace(/argument '([\s\S]*)' is invalid/, (whole, value: string) =>
      // A short word is a mistyped choice, and worth showing.
      /^[a-z]{1,12}$/.test(value) ? whole : `argument '${MASK}' is invalid`,
    );
}
