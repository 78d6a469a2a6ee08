import { PACKAGE } from "../kinds";
import { ANY, type FunctionSpec, type PropertySpec, type TypeSpec } from "./specs";
import { describe } from "./texts";

const WORKSPACE: TypeSpec = { $ref: `#/types/${PACKAGE}:index:WorkspaceReference` };
const STRING: TypeSpec = { type: "string" };
const STRINGS: TypeSpec = { type: "array", items: STRING };
const SECRET = ["password"];

/** Names and types of the arguments and results of each function; a `?` ends the name of what may be missing. */
const SIGNATURES: Record<string, { args: Record<string, TypeSpec>; results: Record<string, TypeSpec> }> = {
  getWorkspace: {
    args: { name: STRING, "store?": STRING },
    results: {
      name: STRING,
      store: STRING,
      uid: STRING,
      secretsFetching: { type: "boolean" },
      deployments: STRINGS,
      connections: STRINGS,
      variables: STRINGS,
    },
  },
  getConnection: {
    args: { workspace: WORKSPACE, connId: STRING, "deployment?": STRING },
    results: {
      connId: STRING,
      connType: STRING,
      "description?": STRING,
      "host?": STRING,
      "login?": STRING,
      "password?": STRING,
      "schema?": STRING,
      "port?": { type: "integer" },
      "extra?": { type: "object", additionalProperties: ANY },
    },
  },
  getEffectiveConnections: {
    args: { workspace: WORKSPACE, deployment: STRING },
    results: { connections: { type: "object", additionalProperties: ANY } },
  },
};

/** Functions of the package, by token. */
export function functions(): Record<string, FunctionSpec> {
  return Object.fromEntries(
    Object.entries(SIGNATURES).map(([name, { args, results }]) => [
      `${PACKAGE}:index:${name}`,
      { description: describe(name), inputs: objectOf(name, args), outputs: objectOf(name, results) },
    ]),
  );
}

function objectOf(of: string, members: Record<string, TypeSpec>): FunctionSpec["inputs"] {
  const entries = Object.entries(members).map(([member, type]): [string, PropertySpec] => {
    const name = member.replace("?", "");
    const isSecret = SECRET.includes(name) || (of === "getEffectiveConnections" && name === "connections");
    return [name, { ...type, description: describe(`${of}.${name}`), ...(isSecret && { secret: true }) }];
  });
  const required = Object.keys(members).filter((member) => !member.endsWith("?"));
  return { type: "object", properties: Object.fromEntries(entries), required };
}
