import { InputError } from "../provider/errors";
import { type ValueDocument } from "../provider/environment/documents";
import { ABSENT } from "../provider/stores/store";
import { withStores, type CliContext } from "./context";
import { requireName, requireValueName } from "./names";
import { cliOwner, findValue, requireCliOwned } from "./value-document";
import type { ValueSetOptions } from "./value.command";
import { describeUndeclared, missingLocalStore } from "./whereabouts";
import { encodeDocument } from "../provider/environment/codec";
import { documentKeys } from "../provider/environment/keys";
import { metadataOf } from "../provider/environment/metadata";

/**
 * Writes one value.
 *
 * @throws InputError if the input is empty or no UTF-8 text.
 * @throws ConflictError if somebody else wrote the value at the same time.
 */
export async function valueSet(context: CliContext, name: string, options: ValueSetOptions): Promise<void> {
  const { terminal } = context;
  const { workspace } = options;
  requireName("Workspace", workspace);
  requireValueName(name);
  const value = await readValue(context, options.exact ?? false);
  await withStores(context, [options.store], async (store) => {
    const madeAt = await missingLocalStore(store);
    const current = await findValue(store, workspace, name);
    if (current) requireCliOwned(current.document, options.adopt);
    const document: ValueDocument = { kind: "value", name, owner: cliOwner(context.userName()), value };
    const outcome = !current ? "created" : current.document.value === value ? "unchanged" : "replaced";
    if (outcome !== "unchanged") {
      const key = documentKeys.value(workspace, name);
      await store.put(key, encodeDocument(document), metadataOf(document), current?.version ?? ABSENT);
    }
    if (options.json) terminal.out(JSON.stringify({ workspace, name, outcome }));
    else {
      terminal.out(`value "${name}" ${terminal.good(outcome)}`);
      if (outcome === "created") terminal.note(`Refer to it with { valueFrom: { store: "${name}" } }.`);
      if (outcome === "replaced") terminal.note("Run pulumi up on the stacks that refer to it.");
    }
    // With --json too: a value at the wrong place looks like success, and only a person can tell.
    if (madeAt !== undefined) terminal.note(`A new store was made at ${madeAt}`);
    const undeclared = await describeUndeclared(store, workspace);
    if (undeclared !== undefined) terminal.note(undeclared);
  });
}

async function readValue({ terminal }: CliContext, exact: boolean): Promise<string> {
  const text = terminal.inputIsTerminal ? await prompt(terminal) : decode(await terminal.readInput());
  // The same rule as for `valueFrom: { file }`: editors and `echo` end text with a newline.
  const value = exact || terminal.inputIsTerminal ? text : text.replace(/\r?\n$/, "");
  if (value === "") throw new InputError("the value is empty; give it on standard input, for example < FILE");
  return value;
}

async function prompt(terminal: CliContext["terminal"]): Promise<string> {
  const [first, second] = await terminal.readHidden(["Value (not shown): ", "Again: "]);
  if (first === undefined || first !== second) throw new InputError("the two inputs differ; nothing was written");
  return first;
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new InputError("the value is not UTF-8 text; encode it, for example with base64");
  }
}
