import type { ConnectionType, ExtraField, StandardField } from "../../../catalog/lookup";
import { inputNameOf } from "../typed";
import { ANY, type PropertySpec, type ResourceSpec, type TypeSpec } from "./specs";
import { TEXT } from "./property";

/** Standard fields that a form may hide or call otherwise. */
const FORM_FIELDS = ["host", "login", "password", "schema", "port"] as const satisfies StandardField[];

/** Outputs that other resources refer to; the rest is what the program says itself. */
const OUTPUTS = ["workspace", "connId", "connType", "deployment", "deployments"];

/** Inputs of any connection that a class of one type has not, or not under that name. */
const NOT_TYPED = ["connType", "uri", ...FORM_FIELDS];

/**
 * The resource of one connection type: a connection whose extras are inputs.
 *
 * @param connection - the resource of any type.
 */
export function typedConnection(type: ConnectionType, connection: ResourceSpec, aliases: string[]): ResourceSpec {
  const scope = Object.entries(connection.inputProperties).filter(([name]) => !NOT_TYPED.includes(name));
  const fields = FORM_FIELDS.filter((field) => isOffered(type, field)).flatMap((field): [string, PropertySpec][] => {
    const spec = connection.inputProperties[field];
    return spec ? [[field, fieldOf(type, field, spec)]] : [];
  });
  const extras = type.extras.map((extra) => [inputNameOf(extra.key), extraOf(extra)] as const);
  const required = type.extras.filter((extra) => extra.required).map(({ key }) => inputNameOf(key));
  return {
    description: `${type.displayName}: an Airflow connection of type \`${type.id}\`. Needs the provider package \`${type.providerPackage}\` (described here: ${type.providerVersion}).`,
    properties: Object.fromEntries(Object.entries(connection.properties).filter(([name]) => OUTPUTS.includes(name))),
    required: connection.required,
    inputProperties: Object.fromEntries([...scope, ...fields, ...extras]),
    requiredInputs: [...(connection.requiredInputs ?? []), ...required],
    aliases: aliases.map((one) => ({ type: one })),
  };
}

/** Whether a class offers a standard field: those of the form, and where the form is another type's, those that are read. */
function isOffered({ fields, inheritsFormFrom }: ConnectionType, field: StandardField): boolean {
  const form = fields[field];
  return form?.hidden !== true || (inheritsFormFrom !== undefined && form.read === true);
}

function fieldOf({ fields }: ConnectionType, field: StandardField, spec: PropertySpec): PropertySpec {
  const { label, placeholder, secret } = fields[field] ?? {};
  const text = label === undefined ? spec.description : sentence(label);
  const described = { ...spec, description: withExample(text, placeholder) };
  return secret ? { ...described, secret: true } : described;
}

function extraOf(extra: ExtraField): PropertySpec {
  const { label, help, placeholder, key } = extra;
  const values = extra.enum ? ` One of ${extra.enum.map((value) => `\`${value}\``).join(", ")}.` : "";
  const text = `${sentence(label)}${help === undefined ? "" : ` ${sentence(help)}`}${values}`;
  const description = `${withExample(text, placeholder)} Airflow: \`extra.${key}\`.`;
  return { ...typeOf(extra), description, ...(extra.secret && { secret: true }) };
}

function typeOf({ types, enum: values, itemType }: ExtraField): TypeSpec {
  const [only, ...more] = types;
  if (only === undefined || more.length > 0) return ANY;
  if (only === "string") return values ? { type: "string" } : TEXT;
  if (only === "object") return { type: "object", additionalProperties: ANY };
  if (only !== "array") return { type: only };
  const isPlain = itemType !== undefined && itemType !== "array" && itemType !== "object";
  return { type: "array", items: isPlain ? { type: itemType } : ANY };
}

function withExample(text: string, placeholder: string | undefined): string {
  return placeholder === undefined ? text : `${text} Example: ${placeholder.replace(/\s+/g, " ").trim()}`;
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return trimmed === "" || /[.!?:]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
