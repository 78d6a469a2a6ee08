import type { Step } from "./engine-model";
import { changedFields, differingAt, wasUpToDate, type Picture } from "./picture";

/** What `appliesTo` says. */
interface Said {
  /** Deployments that get other values, or the object for the first time, or no longer. */
  affected: string[];
  /** Those that get it and keep what they have, because of values of their own. */
  overridden: string[];
  /** Undefined where nothing changes. */
  fields: string[] | undefined;
}

export function saidBy({ inputs }: Pick<Step, "inputs">): Said {
  const text = String(inputs["appliesTo"]);
  const change = / \(change \d+(?:: (.*))?\)$/.exec(text);
  const parts = text.replace(/ \(change .*\)$/, "").split("; ");
  const listIn = (prefix: string) =>
    parts.filter((part) => part.startsWith(prefix)).flatMap((part) => part.slice(prefix.length).split(", "));
  const [getting = ""] = parts;
  const first = getting.replace("every Deployment: ", "");
  const names = first === "no Deployment" ? [] : first.split(", ");
  return {
    affected: change ? [...names, ...listIn("no longer ")] : [],
    overridden: listIn("unchanged by overrides: "),
    fields: change ? (change[1] ?? "").split(", ").filter((field) => field !== "") : undefined,
  };
}

/** What a preview looks at. */
export interface Looked {
  /** Deployments that the program declares: the targets of no others are compared. */
  compared: ReadonlySet<string>;
}

/** How what an operation did differs from what the preview said of it; empty when it does not. */
export function differences(step: Step, before: Picture, after: Picture, { compared }: Looked): string[] {
  const { kind, inputs, op } = step;
  const found: string[] = [];
  const isKnown = (name: string) => compared.has(name) || wasUpToDate(before, name);
  const id = String(inputs["connId"] ?? inputs["key"]);
  const own = inputs["key"] === undefined ? `connection ${id}` : `variable ${id}`;
  const deployment = kind === "deployment" ? String(inputs["name"]) : undefined;

  const beside = differingAt(before, after, (entry) => deployment !== undefined || entry !== own).filter(
    (name) => name !== deployment && wasUpToDate(before, name),
  );
  if (beside.length > 0) found.push(`changes other things in ${beside.join(", ")}`);
  if (kind === "workspace" || kind === "deployment" || op === "same") return found;

  const changed = differingAt(before, after, (entry) => entry === own)
    .filter(isKnown)
    .sort();
  const isObject = kind === "connection" || kind === "variable";
  if (op === "delete") {
    // What a preview shows of a delete is what was recorded.
    const getting = isObject ? receiversSaid(step) : [String(inputs["deployment"])];
    // Who gets it later is meant too: other stacks' Deployments come without this stack's knowing.
    const isForAll = String(inputs["appliesTo"]).startsWith("every Deployment");
    for (const name of changed)
      if (!isForAll && !getting.includes(name)) found.push(`removes it from ${name}, recorded ${getting.join()}`);
    return found;
  }
  if (!isObject && op !== "update") {
    for (const name of changed) if (name !== inputs["deployment"]) found.push(`changes ${name}`);
    return found;
  }
  const said = saidBy(step);
  const affected = said.affected.filter(isKnown).sort();
  if (inputs["appliesTo"] !== undefined || changed.length > 0)
    if (affected.join() !== changed.join())
      found.push(`changes [${changed.join()}], said ${String(inputs["appliesTo"])}`);
  if (!isObject) return found;
  for (const name of said.overridden) {
    const document = after.documents.get(
      step.kind === "connection" ? `data/connections/${id}` : `data/variables/${id}`,
    );
    const isOwnValue = document && "links" in document && (document.overrides[name] ?? document.links[name]);
    if (!isOwnValue) found.push(`nothing overrides in ${name}`);
  }
  if (op === "update") {
    const key = String(step.old?.id);
    const fields = said.fields ?? [];
    for (const field of changedFields(before, after, key))
      if (!fields.includes(field)) found.push(`changes ${field}, said ${String(inputs["appliesTo"])}`);
  }
  return found;
}

/** Who got it, by what was recorded. */
export function receiversSaid({ inputs }: Pick<Step, "inputs">): string[] {
  const text = String(inputs["appliesTo"]).replace(/ \(change .*\)$/, "");
  return text
    .split("; ")
    .filter((part) => !part.startsWith("no longer"))
    .flatMap((part) => part.replace(/^(every Deployment|unchanged by overrides|unchanged): /, "").split(", "));
}
