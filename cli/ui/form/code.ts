import { requiredProviderPackage } from "../../../catalog/lookup";
import { classNameOf, literal, property } from "../../typescript";
import type { Draft, Given } from "./draft";
import type { FormField } from "./fields";

/** What the form comes to. */
export interface WrittenCode {
  /** A TypeScript module; no secret is in it. */
  text: string;
  /** Commands that ask for the secrets that it refers to, and set what else it needs. */
  commands: string[];
  /** What the Deployments' Airflow needs for this type. */
  providerPackage: string | undefined;
}

/** Of which Workspace, and where that is kept. */
export interface Place {
  workspace: string;
  /** Address of the store. */
  store: string;
}

/** Writes the program of a connection and its links. Pure. */
export function writeCode({ connType, connId, given, sharing, links }: Draft, place: Place): WrittenCode {
  const secrets = new Set<string>();
  const fieldsOf = (of: Given[], path: string[]) => fieldLines(of, path, secrets);
  const fields = fieldsOf(given, [connId]);
  const linkCode = links.map(({ deployment, given: own }) => {
    const overrides = fieldsOf(own, [connId, deployment]).map((line) => `    ${line},\n`);
    return `new airflow.ConnectionLink(${literal(`${connId}-${deployment}`)}, {
  connection,
  deployment: ${literal(deployment)},
${overrides.length > 0 ? `  overrides: {\n${overrides.join("")}  },\n` : ""}});
`;
  });
  const isLocal = place.store.startsWith("local:");
  const usesPulumi = secrets.size > 0 || isLocal;
  // A relative path starts at another folder in a program.
  const store = isLocal ? `new pulumi.Config("airflow-env").require("store")` : literal(place.store);
  const text = `${usesPulumi ? `import * as pulumi from "@pulumi/pulumi";\n` : ""}import * as airflow from "pulumi-airflow-env";

${secrets.size > 0 ? "const config = new pulumi.Config();\n" : ""}// In the program that declares the Workspace and the Deployments, name its own resources instead.
const workspace = { name: ${literal(place.workspace)}, store: ${store} };

${links.length > 0 ? "const connection = " : ""}new airflow.connections.${classNameOf(connType)}(${literal(connId)}, {
  workspace,
${fields.map((line) => `  ${line},\n`).join("")}  sharing: ${literal(sharing)},
});
${linkCode.map((code) => `\n${code}`).join("")}`;
  const commands = [...secrets].map((name) => `pulumi config set --secret ${name}`);
  return {
    text,
    commands: isLocal ? [`pulumi config set airflow-env:store ${STORE_EXAMPLE}`, ...commands] : commands,
    providerPackage: requiredProviderPackage(connType),
  };
}

const STORE_EXAMPLE = "local:.airflow-env   # from the program's folder; not needed where it is set";

function fieldLines(given: Given[], path: string[], secrets: Set<string>): string[] {
  return given.map(({ field, value }) => {
    if (value !== undefined) return `${property(field.name)}: ${literal(value)}`;
    const name = secretName(path, field);
    secrets.add(name);
    return `${property(field.name)}: config.${getterOf(field)}(${literal(name)})`;
  });
}

/** Name of a secret in the stack's configuration, as `airflow-env import` names it. */
export function secretName(path: string[], { path: field }: Pick<FormField, "path">): string {
  const parts = field.startsWith("extra.") ? ["extra", field.slice("extra.".length)] : [field];
  return ["connection", ...path, ...parts].map(encodeURIComponent).join("/");
}

function getterOf({ types }: FormField): string {
  if (types.length === 0 || types.includes("string")) return "requireSecret";
  if (types[0] === "boolean") return "requireSecretBoolean";
  return types[0] === "integer" || types[0] === "number" ? "requireSecretNumber" : "requireSecretObject";
}
