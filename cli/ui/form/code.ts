import { requiredProviderPackage } from "../../../catalog/lookup";
import { languages, type Language } from "../../program/languages";
import { expressionsOf, type ConfigType, type Field, type Program } from "../../program/program";
import type { Draft, Given } from "./draft";
import type { FormField } from "./fields";

/** What the form comes to. */
export interface WrittenCode {
  /** A program; no secret is in it. */
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
export function writeCode(draft: Draft, place: Place, language: Language = "typescript"): WrittenCode {
  const program = programOf(draft, place);
  const names = expressionsOf(program).flatMap((value) => ("config" in value ? [value.config] : []));
  const commands = [...new Set(names)].map((name) => `pulumi config set --secret ${name}`);
  return {
    text: languages[language].write(program),
    commands: isLocal(place) ? [`pulumi config set airflow-env:store ${STORE_EXAMPLE}`, ...commands] : commands,
    providerPackage: requiredProviderPackage(draft.connType),
  };
}

function programOf({ connType, connId, given, sharing, links }: Draft, place: Place): Program {
  return {
    workspace: { referred: place.workspace, store: isLocal(place) ? undefined : place.store },
    objects: [
      {
        kind: "connection",
        id: connId,
        connType,
        isTyped: true,
        fields: given.map((one) => fieldOf(one, [connId])),
        sharing,
        links: links.map(({ deployment, given: own }) => ({
          deployment,
          overrides: own.map((one) => fieldOf(one, [connId, deployment])),
        })),
      },
    ],
  };
}

/** A local store's address depends on the folder: the stack's configuration names it. */
function isLocal({ store }: Place): boolean {
  return store.startsWith("local:");
}

const STORE_EXAMPLE = "local:.airflow-env   # from the program's folder; not needed where it is set";

function fieldOf({ field, value }: Given, path: string[]): Field {
  const { path: airflowPath, name: input } = field;
  if (value !== undefined) return { path: airflowPath, input, value: { literal: value } };
  return { path: airflowPath, input, value: { config: secretName(path, field), type: configTypeOf(field) } };
}

/** Name of a secret in the stack's configuration, as `airflow-env import` names it. */
export function secretName(path: string[], { path: field }: Pick<FormField, "path">): string {
  const parts = field.startsWith("extra.") ? ["extra", field.slice("extra.".length)] : [field];
  return ["connection", ...path, ...parts].map(encodeURIComponent).join("/");
}

function configTypeOf({ types }: FormField): ConfigType {
  if (types.length === 0 || types.includes("string")) return "string";
  if (types[0] === "boolean") return "boolean";
  return types[0] === "integer" || types[0] === "number" ? "number" : "object";
}
