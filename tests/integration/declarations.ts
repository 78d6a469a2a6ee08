import type { ResourceSpec } from "./engine";

type Args = Record<string, unknown>;

/** A Workspace `data`, which the other declarations of this module belong to. */
export function workspace(store: string, args: Args = {}, opts?: Args): ResourceSpec {
  return { kind: "workspace", name: "data", args: { store, ...args }, ...(opts && { opts }) };
}

/** A Deployment whose Secret is in a namespace, by default the one of its name. */
export function deployment(name: string, args: Args = {}, opts?: Args): ResourceSpec {
  const target = { kubernetes: { namespace: name } };
  return { kind: "deployment", name, args: { workspace: "$workspace:data", target, ...args }, ...(opts && { opts }) };
}

/** A Workspace-level connection. */
export function connection(name: string, args: Args = {}, opts?: Args): ResourceSpec {
  const given = { workspace: "$workspace:data", connType: "postgres", host: `${name}.internal`, ...args };
  return { kind: "connection", name, args: given, ...(opts && { opts }) };
}

/** A link of a connection of the same program. */
export function link(conn: string, to: string, args: Args = {}, opts?: Args): ResourceSpec {
  const pair = { connection: `$connection:${conn}`, deployment: `$deployment:${to}` };
  return { kind: "link", name: `${conn}-${to}`, args: { ...pair, ...args }, ...(opts && { opts }) };
}

/** A Workspace-level Variable. */
export function variable(name: string, args: Args, opts?: Args): ResourceSpec {
  return { kind: "variable", name, args: { workspace: "$workspace:data", ...args }, ...(opts && { opts }) };
}

/** A link of a Variable of the same program. */
export function variableLink(key: string, to: string, args: Args = {}): ResourceSpec {
  const pair = { variable: `$variable:${key}`, deployment: `$deployment:${to}` };
  return { kind: "variableLink", name: `${key}-${to}`, args: { ...pair, ...args } };
}

/** An Override of a connection of the same program. */
export function override(conn: string, to: string, fields: Args, args: Args = {}, opts?: Args): ResourceSpec {
  const pair = { connection: `$connection:${conn}`, deployment: `$deployment:${to}` };
  return {
    kind: "override",
    name: `${conn}-${to}-override`,
    args: { ...pair, fields, ...args },
    ...(opts && { opts }),
  };
}
