import { resolve } from "node:path";
import * as catalog from "../catalog/lookup";
import { SecretNotFoundError } from "../provider/errors";
import type { SecretsStore } from "../provider/stores/store";
import { WorkspaceStore } from "../provider/workspace/workspace-store";
import { withStores, type CliContext } from "./context";
import { EXIT } from "./exit-codes";
import { oneLine, shortList, UsageError } from "./failure";
import { sourceText } from "./import/file-text";
import type { ReportOptions } from "./report.command";
import { documentsAfter, type Documents } from "./report/after";
import { changesOf, type Changes } from "./report/changes";
import { markdownOf } from "./report/markdown";
import { parseRules, refusedBy } from "./report/policy";
import { isPlan, parsePlan } from "./report/plan";
import { parsePreview, workspaceNameOf, type Preview, type PreviewStep } from "./report/preview";
import { describeAbsence, requireWorkspace } from "./whereabouts";
import { writeOutput } from "./written-file";

/**
 * Prints what a preview would do to each Deployment, as a comment for a pull request.
 *
 * @returns the exit code.
 */
export async function report(context: CliContext, file: string | undefined, options: ReportOptions): Promise<number> {
  const { terminal, workingFolder } = context;
  const rules = parseRules(options.failOn ?? "");
  const { steps, errors } = await readPreview(await previewText(context, file), options.state);
  const { workspace, changes } = await withStores(context, [options.store], async (store) => {
    // The engine prints nothing of what stays as it is.
    const name = workspaceOf(steps, options.workspace) ?? (await requireWorkspace(store, options.workspace));
    const own = steps.filter((step) => workspaceNameOf(step) === name);
    return { workspace: name, changes: await compare(store, name, own) };
  });
  const refused = refusedBy(rules, changes);
  const text = markdownOf({ workspace, changes, errors, refused }, options.maxLength);
  if (options.output !== undefined) await writeOutput(resolve(workingFolder, options.output), text);
  if (options.json) terminal.out(JSON.stringify({ workspace, ...changes, errors, refused }));
  else if (options.output === undefined) terminal.outRaw(text);
  for (const one of [...errors.map((error) => `the preview failed: ${oneLine(error)}`), ...refused])
    terminal.note(`${terminal.bad("error:")} ${one}`);
  return errors.length > 0 ? EXIT.failure : refused.length > 0 ? EXIT.refused : EXIT.ok;
}

async function readPreview(text: string, state: string | undefined): Promise<Preview> {
  if (!isPlan(text)) return parsePreview(text);
  if (state !== undefined) return parsePlan(text, await sourceText(state));
  throw new UsageError("a saved plan holds differences alone; pass --state FILE too, what pulumi stack export printed");
}

async function previewText({ terminal }: CliContext, file: string | undefined): Promise<string> {
  if (file !== undefined && file !== "-") return sourceText(file);
  if (terminal.inputIsTerminal)
    throw new UsageError("pass a file, or pipe it in: pulumi preview --json | airflow-env report");
  return (await terminal.readInput()).toString("utf8");
}

function workspaceOf(steps: PreviewStep[], named: string | undefined): string | undefined {
  const names = [...new Set(steps.flatMap((step) => workspaceNameOf(step) ?? []))].sort();
  if (named !== undefined && names.length > 0 && !names.includes(named))
    throw new UsageError(`the preview has no Workspace "${named}"; it has ${shortList(names)}`);
  if (named === undefined && names.length > 1)
    throw new UsageError(`which Workspace is meant? The preview has ${shortList(names)}; pass --workspace`);
  return named ?? names[0];
}

async function compare(store: SecretsStore, workspace: string, steps: PreviewStep[]): Promise<Changes> {
  const documents = new WorkspaceStore(workspace, store);
  const { deployments, workspace: own } = await documents.snapshot();
  const isNew = steps.length > 0 && steps.every(({ olds }) => olds === undefined);
  if (!own && !isNew) throw new SecretNotFoundError(await describeAbsence(store, workspace));
  const before: Documents = { objects: new Map(documents.objectsByKey()), deployments };
  return changesOf(before, documentsAfter(before, steps, own?.fingerprintKey), steps, catalog);
}
