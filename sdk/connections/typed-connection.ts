import * as pulumi from "@pulumi/pulumi";
import { Connection, type ConnectionArgs, type ConnectionScopeArgs } from "../connection";
import type { Extra, OverrideFields, Text } from "../secrets";
import { checkedArgs } from "../arguments";
import { ProgramError } from "../program-error";

/** Inputs that every typed connection has; each adds the standard fields and the extras of its type. */
export interface TypedConnectionArgs extends ConnectionScopeArgs {
  description?: Text;
  /** Keys of Airflow's `extra` for which this class has no input of its own, in Airflow's spelling. */
  extra?: pulumi.Input<Extra>;
}

/** camelCase input to the key in Airflow's `extra`. */
type ExtraKeys = Readonly<Record<string, string>>;

/** Carries the extras of a class in its type; at run time there is no such property. */
declare const extrasOf: unique symbol;

/** The types and keys of the typed connections of this process, for their links and Overrides. */
const typed = new WeakMap<object, { connType: string; extraKeys: ExtraKeys }>();

/** A connection of one type, whose extras are inputs: the base of the generated classes. */
export class TypedConnection<Extras> extends Connection {
  declare readonly [extrasOf]: Extras;

  constructor(
    connType: string,
    extraKeys: ExtraKeys,
    name: string,
    args: TypedConnectionArgs,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(name, connectionArgs(connType, extraKeys, args), opts);
    typed.set(this, { connType, extraKeys });
  }
}

/**
 * What a link or an Override of a connection takes: the standard fields, and of a typed connection its extras too, under
 * the names of the inputs of its class.
 */
export type FieldsOf<Of> =
  Of extends TypedConnection<infer Extras>
    ? OverrideFields & { [Name in keyof Extras]?: Extras[Name] | null }
    : OverrideFields;

/**
 * Moves the typed extras of a link or an Override into `extra`, under Airflow's names.
 *
 * @param connection - the connection that they belong to; of one that is not typed the fields stay as they are.
 * @throws ProgramError when `extra` repeats a key that was given as a field of its own.
 */
export function overrideFields(connection: object, fields: object): Record<string, unknown> {
  const known = typed.get(connection);
  return known === undefined ? { ...fields } : moveExtras(known.connType, known.extraKeys, fields);
}

/**
 * Turns the inputs of a typed connection into those of the generic one.
 *
 * @param extraKeys - camelCase input to the key in Airflow's `extra`.
 * @throws ProgramError when `extra` repeats a key that has an input of its own and was given there.
 */
export function connectionArgs(connType: string, extraKeys: ExtraKeys, args: TypedConnectionArgs): ConnectionArgs {
  // Which of Workspace and Deployment is given shows at run time: the constructor says so.
  const given = checkedArgs(`${connType} connection`, args);
  return { ...moveExtras(connType, extraKeys, given), connType } as ConnectionArgs;
}

function moveExtras(connType: string, extraKeys: ExtraKeys, args: object): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  const typedExtra: Extra = {};
  let open: unknown;
  for (const [name, value] of Object.entries(args) as [string, pulumi.Input<unknown>][]) {
    const key = Object.hasOwn(extraKeys, name) ? extraKeys[name] : undefined;
    if (value === undefined) continue;
    if (name === "extra") open = value;
    else if (key === undefined) fields[name] = value;
    else typedExtra[key] = value;
  }
  const merge = (extra: Extra): Extra => {
    for (const [name, key] of Object.entries(extraKeys)) {
      if (key in typedExtra && Object.hasOwn(extra, key)) {
        throw new ProgramError(
          `${connType} connection: "${name}" and "extra.${key}" are the same field; give one of them`,
        );
      }
    }
    return { ...extra, ...typedExtra };
  };
  if (Object.keys(typedExtra).length === 0) return open === undefined ? fields : { ...fields, extra: open };
  if (open === undefined) return { ...fields, extra: typedExtra };
  if (open === null) throw new ProgramError(`${connType} connection: extra: null clears all extras; leave out the others, or null`);
  // A plain object stays one, so that a secret in it hides only its own key.
  const isPlain = typeof open === "object" && !pulumi.Output.isInstance(open) && !(open instanceof Promise);
  const extra = isPlain ? merge(open as Extra) : pulumi.output(open as pulumi.Input<Extra>).apply(merge);
  return { ...fields, extra };
}
