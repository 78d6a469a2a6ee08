import type { ListedObject, ListedWorkspace } from "./inventory";

/** How a Deployment gets an object: by a link, because it is linked to all, or because it is its own. */
export type Through = "link" | "all" | "own";

/** An object of a Workspace, whatever its kind. */
export interface NamedObject extends ListedObject {
  kind: "connection" | "variable";
  id: string;
  connType?: string;
}

/** An object as one Deployment gets it, without values. */
export interface Received {
  kind: "connection" | "variable";
  id: string;
  connType?: string;
  through: Through;
  /** By name, the piece that the field's value comes from: the last of base, link and Override that sets it. */
  fields: Record<string, "base" | "link" | "override">;
}

/** All objects, connections first, each kind by id. Pure. */
export function objectsOf({ connections, variables }: ListedWorkspace): NamedObject[] {
  const byId = (a: NamedObject, b: NamedObject) => (a.id < b.id ? -1 : 1);
  return [
    ...connections.map(({ connId, ...rest }): NamedObject => ({ kind: "connection", id: connId, ...rest })).sort(byId),
    ...variables.map(({ key, ...rest }): NamedObject => ({ kind: "variable", id: key, ...rest })).sort(byId),
  ];
}

/** What of the object a Deployment gets; undefined when it does not get it. Pure. */
export function receivedBy(object: NamedObject, deployment: string): Received | undefined {
  const through = throughOf(object, deployment);
  if (through === undefined) return undefined;
  const { kind, id, connType, fields, links, overrides } = object;
  const sources = [
    ...fields.map((field) => [field, "base"] as const),
    ...(own(links, deployment) ?? []).map((field) => [field, "link"] as const),
    ...(own(overrides, deployment) ?? []).map((field) => [field, "override"] as const),
  ];
  return { kind, id, ...(connType !== undefined && { connType }), through, fields: Object.fromEntries(sources) };
}

function throughOf(
  { deployment: only, links, sharing, exclude }: NamedObject,
  deployment: string,
): Through | undefined {
  if (only !== undefined) return only === deployment ? "own" : undefined;
  if (own(links, deployment)) return "link";
  return sharing === "LinkedToAll" && !exclude.includes(deployment) ? "all" : undefined;
}

function own<T>(record: Record<string, T>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
