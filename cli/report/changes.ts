import { changedPaths } from "../../provider/environment/compare";
import type { DeploymentDocument, SharedDocument } from "../../provider/environment/documents";
import { effectiveObject, receives } from "../../provider/environment/receive";
import type { EffectiveObject } from "../../provider/objects/effective";
import { objectKinds } from "../../provider/objects/registry";
import { pathText } from "../../provider/path";
import type { CatalogFindings } from "../../provider/resources/catalog-findings";
import { declaredKinds } from "../../provider/resources/registry";
import { missingPackages } from "../../provider/resources/requirements";
import { declaredPart } from "../../provider/resources/record";
import type { Properties } from "../../provider/resources/declaration/values";
import type { Documents } from "./after";
import type { PreviewStep } from "./preview";

/** How a Deployment's connection or Variable becomes another one. */
export interface ObjectChange {
  kind: string;
  id: string;
  connType?: string;
  change: "added" | "changed" | "removed";
  /** Which fields become others, by path; never a value. Empty unless changed. */
  fields: string[];
}

/** What the change does to one Deployment. */
export interface DeploymentChange {
  name: string;
  change: "created" | "deleted" | "moved" | "changed" | "unchanged";
  /** The Deployment's own settings that become others. */
  settings: string[];
  objects: ObjectChange[];
  /** Objects that change for others and stay the same here, by values of its own. */
  untouched: { kind: string; id: string }[];
  /** How its target differs now from what was written last, as the preview says it. */
  drift: string[];
  /** Provider packages that it lacks afterwards and did not lack, or not need, before. */
  missing: { connType: string; packageName: string }[];
}

/** An object that reaches every Deployment, and changes. */
export interface SharedChange {
  kind: string;
  id: string;
  change: "added" | "changed" | "removed";
  deployments: string[];
}

/** What a change does to one Workspace. */
export interface Changes {
  /** All Deployments that something happens to; by name. */
  deployments: DeploymentChange[];
  /** How many Deployments there are afterwards. */
  total: number;
  sharedWithAll: SharedChange[];
  /** What was changed in the store by other means, and is brought back. */
  drift: { resource: string; drift: string[] }[];
}

/** Compares what each Deployment gets before and after. Pure; names and fields only. */
export function changesOf(
  before: Documents,
  after: Documents,
  steps: readonly PreviewStep[],
  catalog: Pick<CatalogFindings, "missingProvider">,
): Changes {
  const names = [...new Set([...before.deployments.keys(), ...after.deployments.keys()])].sort();
  const deployments = names
    .map((name) => changeOf(name))
    .filter(({ change, drift, missing }) => change !== "unchanged" || drift.length + missing.length > 0);
  return { deployments, total: after.deployments.size, sharedWithAll: sharedChanges(), drift: storeDrift(steps) };

  function changeOf(name: string): DeploymentChange {
    const [old, next] = [before.deployments.get(name), after.deployments.get(name)];
    const had = old ? received(before, name) : new Map<string, EffectiveObject>();
    const gets = next ? received(after, name) : new Map<string, EffectiveObject>();
    const objects = [...new Set([...had.keys(), ...gets.keys()])]
      .sort()
      .flatMap((key) => objectChange(had.get(key), gets.get(key)) ?? []);
    const step = steps.find(
      ({ kind, does, news }) => kind === "deployment" && does === "put" && news?.["name"] === name,
    );
    const settings = step && old ? settingsOf(step) : [];
    const isMoving = settings.includes("target");
    return {
      name,
      change: !old
        ? "created"
        : !next
          ? "deleted"
          : isMoving
            ? "moved"
            : objects.length > 0 || settings.length > 0
              ? "changed"
              : "unchanged",
      settings: settings.filter((setting) => setting !== "target"),
      objects,
      untouched: untouched(had, gets, objects),
      drift: textsIn(step?.news, "drift"),
      missing: missingAnew(),
    };

    function missingAnew(): DeploymentChange["missing"] {
      const known = old ? missingIn(old, had) : [];
      return (next ? missingIn(next, gets) : []).filter(
        ({ connType }) => !known.some((one) => one.connType === connType),
      );
    }
  }

  function missingIn(deployment: DeploymentDocument, gets: ReadonlyMap<string, EffectiveObject>) {
    const needs = [...gets.values()].flatMap(({ kind, id, value }) => {
      const connType = declaredKinds.get(kind.name)?.packageFor(value);
      return connType === undefined ? [] : [{ id, connType }];
    });
    const found = missingPackages(catalog, deployment, needs);
    return [...new Map(found.map(({ connType, packageName }) => [connType, { connType, packageName }])).values()];
  }

  function untouched(
    had: ReadonlyMap<string, EffectiveObject>,
    gets: ReadonlyMap<string, EffectiveObject>,
    objects: ObjectChange[],
  ) {
    return [...gets].flatMap(([key, { kind, id }]) => {
      if (!had.has(key) || objects.some((one) => one.kind === kind.name && one.id === id)) return [];
      const bases = [before, after].map((documents) => baseOf(documents, kind.name, id));
      return changedPaths(...(bases as [object | undefined, object | undefined])).length > 0
        ? [{ kind: kind.name, id }]
        : [];
    });
  }

  function sharedChanges(): SharedChange[] {
    const keys = [...new Set([...before.objects.keys(), ...after.objects.keys()])].sort();
    return keys.flatMap((key): SharedChange[] => {
      const [old, next] = [before.objects.get(key), after.objects.get(key)];
      const document = next ?? old;
      if (!document || ![old, next].some((one) => one?.sharing === "LinkedToAll")) return [];
      const reached = deployments.filter(({ objects }) =>
        objects.some((one) => one.kind === document.kind && one.id === document.id),
      );
      const change = !old ? "added" : !next ? "removed" : "changed";
      if (reached.length === 0) return [];
      return [{ kind: document.kind, id: document.id, change, deployments: reached.map(({ name }) => name) }];
    });
  }
}

function received(documents: Documents, deployment: string): Map<string, EffectiveObject> {
  const all = [...documents.objects.values()].filter((document) => receives(document, deployment));
  return new Map(all.map((document) => [`${document.kind}/${document.id}`, effective(document, deployment)]));
}

function effective(document: SharedDocument, deployment: string): EffectiveObject {
  const kind = objectKinds.get(document.kind);
  if (!kind) throw new Error(`no kind ${document.kind}`);
  return effectiveObject(kind, document, deployment);
}

function objectChange(had: EffectiveObject | undefined, gets: EffectiveObject | undefined): ObjectChange | undefined {
  const one = gets ?? had;
  if (!one) return undefined;
  const fields = had && gets ? changedPaths(had.value, gets.value).map(pathText) : [];
  if (had && gets && fields.length === 0) return undefined;
  const connType = declaredKinds.get(one.kind.name)?.packageFor(one.value);
  return {
    kind: one.kind.name,
    id: one.id,
    ...(connType !== undefined && { connType }),
    change: !had ? "added" : !gets ? "removed" : "changed",
    fields,
  };
}

function baseOf({ objects }: Documents, kind: string, id: string): object | undefined {
  return [...objects.values()].find((one) => one.kind === kind && one.id === id && one.deployment === undefined)?.base;
}

function settingsOf({ olds = {}, news = {} }: PreviewStep): string[] {
  const shown = (inputs: Properties) => {
    const { owner: _, workspace: __, name: ___, ...rest } = declaredPart(inputs);
    return rest;
  };
  return changedPaths(shown(olds), shown(news)).map(([name]) => String(name));
}

function storeDrift(steps: readonly PreviewStep[]): Changes["drift"] {
  return steps
    .filter(({ kind }) => kind !== "deployment")
    .map(({ resource, news }) => ({ resource, drift: textsIn(news, "drift") }))
    .filter(({ drift }) => drift.length > 0)
    .sort((a, b) => (a.resource < b.resource ? -1 : 1));
}

function textsIn(properties: Properties | undefined, name: string): string[] {
  const value = properties?.[name];
  return Array.isArray(value) ? value.map(String) : [];
}
