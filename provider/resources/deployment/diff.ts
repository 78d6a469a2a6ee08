import { resolve } from "node:path";
import { changedFields } from "../../model/compare";
import type { DeploymentDocument, TargetSpec } from "../../model/documents";
import type { Rendered, TargetState } from "../../targets/target";
import type { DiffResult, Properties } from "../handler";
import { recorded } from "../operation";
import { hasUnknown } from "../unknowns";
import type { DeploymentInputs } from "./inputs";

/**
 * The stored document that a declaration wants; `retired` is kept by the handler.
 *
 * @param folder - relative paths start here. They are stored absolute, because stacks that run elsewhere project the
 *   Deployment too.
 */
export function documentOf(inputs: DeploymentInputs, folder: string): DeploymentDocument {
  const { name, owner, airflowVersion, runtimeVersion, providers, strict } = inputs;
  const target = absolutePaths(inputs.target, folder);
  return {
    kind: "deployment",
    name,
    owner,
    target,
    ...(airflowVersion !== undefined && { airflowVersion }),
    ...(runtimeVersion !== undefined && { runtimeVersion }),
    ...(providers !== undefined && { providers: sorted(providers) }),
    ...(strict !== undefined && { strict }),
  };
}

/** A list that is not known yet is text, not a list. */
function sorted(providers: string[]): string[] {
  return hasUnknown(providers) ? providers : [...providers].sort();
}

function absolutePaths(target: TargetSpec, folder: string): TargetSpec {
  const path = target["directory"]?.["path"];
  return typeof path === "string" ? { directory: { ...target["directory"], path: resolve(folder, path) } } : target;
}

/** What differs between declaration, record and the stored document; `actual` undefined: recorded state only. */
export function compareDeployment(
  olds: Properties,
  news: Properties,
  actual: { document: DeploymentDocument | undefined } | undefined,
  folder: string,
): { changed: string[]; drift: string[]; replaces: string[] } {
  const isNew = olds["name"] === undefined;
  if (isNew) return { changed: [], drift: [], replaces: [] };
  const workspaceOf = (inputs: Properties) => (inputs["workspace"] as { name?: unknown } | undefined)?.name;
  const replaces = [
    ...(olds["name"] === news["name"] ? [] : ["name"]),
    ...(workspaceOf(olds) === workspaceOf(news) ? [] : ["workspace"]),
  ];
  const changed = changedFields(recorded(olds), recorded(news));
  if (!actual || replaces.length > 0) return { changed, drift: [], replaces };
  if (!actual.document) return { changed, drift: ["the Deployment is gone from the store"], replaces };
  const { retired, instance: _, ...stored } = actual.document;
  const wanted = documentOf(news as unknown as DeploymentInputs, folder);
  const last = documentOf(olds as unknown as DeploymentInputs, folder);
  const differing = changedFields(stored, wanted);
  const drift = changedFields(last, stored)
    .filter((field) => differing.includes(field))
    .map((field) => `${field}: changed outside Pulumi`);
  if (retired?.length) drift.push("the place it moved away from is not cleared yet");
  return { changed: [...new Set([...changed, ...differing])].sort(), drift, replaces };
}

/**
 * Pulumi's answer. Two Deployments cannot share a target, so a renamed one gives it up before it takes it again; but not
 * for a Workspace that is not there: the create would fail when the target is gone.
 */
export function diffDeployment(
  difference: { changed: string[]; drift: string[]; replaces: string[]; isWorkspaceThere: boolean },
  olds: Properties,
  news: Properties,
): DiffResult {
  const { changed, drift, replaces, isWorkspaceThere } = difference;
  const isSafe = isWorkspaceThere || !replaces.includes("workspace");
  return {
    changes: changed.length + drift.length + replaces.length > 0 || hasUnknown(recorded(news)),
    replaces,
    deleteBeforeReplace:
      replaces.length > 0 && isSafe && changedFields({ t: olds["target"] }, { t: news["target"] }).length === 0,
  };
}

/**
 * How a target differs from what it should hold, by connection and field, never by value.
 *
 * @param where - the target's address.
 */
export function targetDrift(actual: TargetState | undefined, rendered: Rendered, where: string): string[] {
  if (!actual) return [`${where}: missing`];
  if (actual.marks && actual.text === undefined) return [`${where}: its content is missing`];
  if (!actual.marks) return [`${where}: not marked as managed by airflow-env`];
  if (actual.text === rendered.text) return [];
  const stored = parseEntries(actual.text);
  if (!stored) return [`${where}: changed outside Pulumi, not readable as connections`];
  const drift: string[] = [];
  for (const connId of new Set([...Object.keys(rendered.entries), ...stored.keys()])) {
    const wanted = rendered.entries[connId];
    if (wanted === undefined) drift.push(`"${connId}": not declared`);
    else if (!stored.has(connId)) drift.push(`"${connId}": missing`);
    else {
      const entry = stored.get(connId);
      // Airflow also takes URIs and lists.
      const isObject = typeof entry === "object" && entry !== null && !Array.isArray(entry);
      if (!isObject) drift.push(`"${connId}": written in another form`);
      const fields = isObject ? changedFields(entry, JSON.parse(wanted) as object) : [];
      drift.push(...fields.map((field) => `"${connId}": ${field} differs from the store`));
    }
  }
  if (drift.length === 0) drift.push("changed outside Pulumi (formatting)");
  return drift.sort().map((text) => `${where}: ${text}`);
}

function parseEntries(text: string | undefined): Map<string, unknown> | undefined {
  if (text === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? new Map(Object.entries(parsed)) : undefined;
  } catch (error) {
    // Whoever changed it may have left no JSON; that is the drift we report.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
