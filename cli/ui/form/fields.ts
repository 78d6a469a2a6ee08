import {
  findConnectionType,
  isSecretExtra,
  isSecretField,
  type ConnectionType,
  type ExtraField,
  type ExtraType,
  type FieldForm,
} from "../../../catalog/lookup";

/** A field of the form. */
export interface FormField {
  /** Of the input in the program, such as `sslmode`. */
  name: string;
  /** Airflow's, such as `extra.sslmode`. */
  path: string;
  label: string;
  help?: string;
  placeholder?: string;
  default?: string;
  /** JSON types that are accepted, the likeliest first; none when nothing is known. */
  types: readonly ExtraType[];
  choices?: readonly (string | number)[];
  /** Other values than the choices may do. */
  isOpen?: true;
  /** No form of Airflow's declares it: the provider's code reads it. */
  isUndeclared?: true;
  isSecret: boolean;
}

type Standard = "description" | "host" | "login" | "password" | "schema" | "port";

/** In the order of Airflow's own form. */
const STANDARD: [name: Standard, label: string, type: ExtraType][] = [
  ["description", "Description", "string"],
  ["host", "Host", "string"],
  ["login", "Login", "string"],
  ["password", "Password", "string"],
  ["schema", "Schema", "string"],
  ["port", "Port", "integer"],
];

/** Input names of a connection, which an extra's name must not take; catalog/render.py has the same. */
const TAKEN = new Set(
  (
    "connId connType workspace deployment description host login password schema port extra sharing exclude adopt " +
    "deployments id urn name owner fingerprints constructor"
  ).split(" "),
);

/** The fields that the class of a connection type has. Pure. @returns undefined for a type that is not in the catalog. */
export function formFields(connType: string): FormField[] | undefined {
  const type = findConnectionType(connType);
  if (!type) return undefined;
  return [
    ...STANDARD.filter(([name]) => isOffered(type, name)).map((standard) => standardField(type, standard)),
    ...type.extras.map((extra) => extraField(type, extra)),
  ];
}

/** Those that a Deployment is likely to have values of its own for. */
export function ownFields(fields: FormField[]): FormField[] {
  return fields.filter(({ name, path }) => name === path && name !== "description");
}

/** A class leaves out what Airflow's form hides, but for what a hook reads all the same. */
function isOffered(type: ConnectionType, name: Standard): boolean {
  const form = type.fields[name];
  return !form?.hidden || (type.inheritsFormFrom !== undefined && form.read === true);
}

function standardField(type: ConnectionType, [name, label, of]: (typeof STANDARD)[number]): FormField {
  const form: FieldForm = type.fields[name] ?? {};
  return {
    name,
    path: name,
    label: form.label ?? label,
    ...(form.placeholder !== undefined && { placeholder: form.placeholder }),
    types: [of],
    isSecret: isSecretField(type.id, name),
  };
}

function extraField(type: ConnectionType, extra: ExtraField): FormField {
  const { key, label, help, placeholder, types, enum: choices, source } = extra;
  return {
    name: inputName(key),
    path: `extra.${key}`,
    label,
    ...(help !== undefined && { help }),
    ...(placeholder !== undefined && { placeholder }),
    ...(extra.default !== undefined && { default: String(extra.default) }),
    types,
    ...(choices && { choices }),
    ...(choices && source !== undefined && { isOpen: true }),
    ...(source !== undefined && { isUndeclared: true }),
    isSecret: isSecretExtra(type.id, key),
  };
}

/** `deploy-mode` is `deployMode`, and `workspace`, which every connection has, `extraWorkspace`. */
function inputName(key: string): string {
  const parts = key.split(/[^A-Za-z0-9]+/).map((part) => part.slice(0, 1).toUpperCase() + part.slice(1));
  const pascal = parts.join("");
  const name = pascal.slice(0, 1).toLowerCase() + pascal.slice(1);
  return TAKEN.has(name) ? `extra${pascal}` : name;
}
