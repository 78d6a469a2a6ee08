import { InputError, SecretNotFoundError } from "../provider/errors";
import type { SecretsStore } from "../provider/stores/store";
import { withStores, type CliContext } from "./context";
import { executeCopy } from "./copy/execute";
import { countWrites, planCopy, type CopyPlan } from "./copy/plan";
import { requireAllowed } from "./copy/refusal";
import { shortList } from "./failure";
import { requireName } from "./names";
import type { StoreCopyOptions } from "./store-copy.command";
import type { Terminal } from "./terminal";
import { describeAbsence, missingLocalStore } from "./whereabouts";
import { documentKeys } from "../provider/environment/keys";

/**
 * Copies Workspaces from one store to another. All of them are judged before the first is written.
 *
 * @throws InputError if both addresses are the same store.
 * @throws SecretNotFoundError if the source does not hold what is asked for.
 */
export async function storeCopy(
  context: CliContext,
  fromAddress: string,
  toAddress: string,
  options: StoreCopyOptions,
): Promise<void> {
  const { terminal } = context;
  if (options.workspace !== undefined) requireName("Workspace", options.workspace);
  await withStores(context, [fromAddress, toAddress], async (from, to) => {
    if (from.address === to.address) throw new InputError(`FROM and TO are the same store "${from.address}"`);
    const plans: CopyPlan[] = [];
    for (const workspace of await workspacesToCopy(from, options.workspace)) {
      terminal.progress(`reading Workspace "${workspace}"`);
      const prefix = documentKeys.all(workspace);
      const [source, target] = await Promise.all([from.list(prefix), to.list(prefix)]);
      if (source.length === 0) throw new SecretNotFoundError(await notThere(from, workspace));
      plans.push(planCopy(workspace, source, target));
    }
    terminal.endProgress();
    for (const plan of plans) requireAllowed(plan, from, to, options);
    if (!options.dryRun) for (const plan of plans) await executeShown(plan, from, to, terminal);
    report(plans, from, to, options, terminal);
  });
}

async function workspacesToCopy(from: SecretsStore, named: string | undefined): Promise<string[]> {
  if (named !== undefined) return [named];
  const names = await workspaceNames(from);
  if (names.length === 0) throw new SecretNotFoundError(await describeAbsence(from));
  return names;
}

async function workspaceNames(store: SecretsStore): Promise<string[]> {
  const keys = await store.keys("");
  return [...new Set(keys.filter((key) => key.includes("/")).map((key) => key.slice(0, key.indexOf("/"))))].sort();
}

async function notThere(from: SecretsStore, workspace: string): Promise<string> {
  const absence = await describeAbsence(from, workspace);
  if ((await missingLocalStore(from)) !== undefined) return absence;
  const names = await workspaceNames(from);
  const others = names.length === 0 ? "it is empty" : `it holds ${shortList(names.map((name) => `"${name}"`))}`;
  return `${absence}; ${others}`;
}

async function executeShown(plan: CopyPlan, from: SecretsStore, to: SecretsStore, terminal: Terminal): Promise<void> {
  const total = countWrites(plan);
  let written = 0;
  try {
    await executeCopy(plan, from, to, () =>
      terminal.progress(`copying Workspace "${plan.workspace}": ${Math.min(++written, total)} of ${total} documents`),
    );
  } finally {
    terminal.endProgress();
  }
}

function report(
  plans: CopyPlan[],
  from: SecretsStore,
  to: SecretsStore,
  { dryRun = false, json }: StoreCopyOptions,
  terminal: Terminal,
): void {
  if (json) {
    const workspaces = plans.map((plan) => ({
      name: plan.workspace,
      copied: copiedKeys(plan),
      replaced: plan.differing.map(({ key }) => key),
      equal: plan.equal,
      onlyInTarget: plan.onlyInTarget,
    }));
    terminal.out(JSON.stringify({ from: from.address, to: to.address, dryRun, workspaces }));
    return;
  }
  for (const plan of plans) terminal.out(summary(plan, dryRun, terminal));
  if (dryRun) terminal.out("Nothing was written (dry run).");
  else {
    terminal.out(`Next: set the store of the Workspace to "${to.address}" in your program, and run pulumi preview.`);
    terminal.out(`The source is unchanged; remove it when every stack that uses it has moved.`);
  }
}

function copiedKeys(plan: CopyPlan): string[] {
  const keys = plan.writes.map(({ key }) => key);
  return plan.own && !plan.equal.includes(plan.own.key) ? [...keys, plan.own.key] : keys;
}

function summary(plan: CopyPlan, dryRun: boolean, terminal: Terminal): string {
  const copied = countWrites(plan);
  const parts = [dryRun ? `${copied} to copy` : terminal.good(`${copied} copied and verified`)];
  if (plan.differing.length > 0) parts.push(`${plan.differing.length} of them replaced`);
  parts.push(`${plan.equal.length} there already`);
  if (plan.onlyInTarget.length > 0) parts.push(`${plan.onlyInTarget.length} kept that only the target has`);
  const keys = dryRun ? copiedKeys(plan).map((key) => `\n  + ${key}`) : [];
  return `Workspace "${plan.workspace}": ${parts.join(", ")}${keys.join("")}`;
}
