import { secretPaths } from "../../../catalog/lookup";
import { idSchema } from "../../../provider/resources/declaration/schemas";
import { formFields, ownFields, type FormField } from "./fields";

/** What was filled in, by the names of the form's inputs. */
export type Filled = Readonly<Record<string, string>>;

/** A field with what the program is to say. */
export interface Given {
  field: FormField;
  /** Undefined for a secret: the program refers to it, and nobody types it here. */
  value?: unknown;
}

/** A connection as the form describes it. */
export interface Draft {
  connType: string;
  connId: string;
  given: Given[];
  sharing: "Restricted" | "LinkedToAll";
  links: { deployment: string; given: Given[] }[];
}

/** What a form comes to. */
export interface ReadForm {
  draft: Draft;
  /** By the name of the input. */
  problems: Map<string, string>;
  /** Labels by input, of fields whose text looks like a secret: the program refers to them instead. */
  withheld: Map<string, string>;
}

/** Names of the form's inputs. */
export const inputs = {
  id: "id",
  sharing: "sharing",
  language: "language",
  value: ({ path }: FormField) => `value:${path}`,
  secret: ({ path }: FormField) => `secret:${path}`,
  link: (deployment: string) => `link:${deployment}`,
  ownValue: (deployment: string, { path }: FormField) => `own:${deployment}:${path}`,
  ownSecret: (deployment: string, { path }: FormField) => `own-secret:${deployment}:${path}`,
};

/**
 * Reads a form. Pure.
 *
 * @param connType - of the catalog.
 * @param deployments - of the Workspace.
 * @param taken - ids of connections that are there already.
 */
export function readForm(connType: string, filled: Filled, deployments: string[], taken: string[]): ReadForm {
  const fields = formFields(connType) ?? [];
  const reader = new Reader(connType, filled);
  const connId = reader.id(taken);
  const given = reader.given(fields, inputs.value, inputs.secret);
  const sharing = filled[inputs.sharing] === "LinkedToAll" ? "LinkedToAll" : "Restricted";
  const links = deployments
    .filter((deployment) => filled[inputs.link(deployment)] !== undefined)
    .map((deployment) => ({
      deployment,
      given: reader.given(
        ownFields(fields),
        (field) => inputs.ownValue(deployment, field),
        (field) => inputs.ownSecret(deployment, field),
      ),
    }));
  return {
    draft: { connType, connId, given, sharing, links },
    problems: reader.problems,
    withheld: reader.withheld,
  };
}

class Reader {
  readonly problems = new Map<string, string>();
  readonly withheld = new Map<string, string>();

  constructor(
    private readonly connType: string,
    private readonly filled: Filled,
  ) {}

  id(taken: string[]): string {
    const id = (this.filled[inputs.id] ?? "").trim();
    const { error } = idSchema.safeParse(id);
    if (error) this.problems.set(inputs.id, error.issues[0]?.message ?? "is no id");
    else if (taken.includes(id)) this.problems.set(inputs.id, "the Workspace has a connection of this id");
    return id;
  }

  given(
    fields: FormField[],
    nameOf: (field: FormField) => string,
    secretNameOf: (field: FormField) => string,
  ): Given[] {
    const given = fields.flatMap((field): Given[] => {
      if (field.isSecret) return this.filled[secretNameOf(field)] === undefined ? [] : [{ field }];
      const text = (this.filled[nameOf(field)] ?? "").trim();
      if (text === "") return [];
      const value = valueOf(field, text);
      if (value === undefined) this.problems.set(nameOf(field), `must be ${describeTypes(field)}`);
      return [{ field, value: value ?? text }];
    });
    const secret = this.#looksSecret(given);
    return given.map((one) => {
      // A switch holds no secret, whatever it is called.
      if (one.value === undefined || typeof one.value === "boolean" || !secret.has(one.field.path)) return one;
      this.withheld.set(nameOf(one.field), one.field.label);
      return { field: one.field };
    });
  }

  /** Somebody may paste a login in a URL, or a key, where none is asked for. */
  #looksSecret(given: Given[]): Set<string> {
    const plain = given.filter(({ value }) => value !== undefined);
    const extras = plain.filter(({ field }) => field.name !== field.path);
    const fields = {
      ...Object.fromEntries(
        plain.filter(({ field }) => field.name === field.path).map(({ field, value }) => [field.path, value]),
      ),
      ...(extras.length > 0 && {
        extra: Object.fromEntries(extras.map(({ field, value }) => [field.path.slice("extra.".length), value])),
      }),
    };
    const paths = secretPaths(this.connType, fields).map((path) => path.slice(0, 2).join("."));
    return new Set(paths.includes("extra") ? plain.map(({ field }) => field.path) : paths);
  }
}

/** @returns undefined for a text that is no value of the field. */
function valueOf({ types, choices, isOpen }: FormField, text: string): unknown {
  if (choices) {
    const chosen = choices.find((choice) => String(choice) === text);
    return chosen ?? (isOpen ? text : undefined);
  }
  if (types.length === 0) return parsed(text, "json") ?? text;
  for (const type of types) {
    const value = type === "string" ? undefined : parsed(text, type);
    if (value !== undefined) return value;
  }
  return types.includes("string") ? text : undefined;
}

function parsed(text: string, type: "json" | "boolean" | "integer" | "number" | "array" | "object"): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
  const kind = Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
  if (type === "json") return kind === "null" ? undefined : value;
  if (type === "integer") return Number.isSafeInteger(value) ? value : undefined;
  return kind === type ? value : undefined;
}

function describeTypes({ choices, types }: FormField): string {
  if (choices) return `one of ${choices.join(", ")}`;
  const words = {
    boolean: "true or false",
    integer: "a whole number",
    number: "a number",
    array: "a JSON list",
    object: "a JSON object",
    string: "a text",
  };
  return types.map((type) => words[type]).join(", or ");
}
