import * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs, ConnectionScopeArgs } from "../connection";
import type { Extra, Text } from "../secrets";

/** Inputs that every typed connection has; each adds the standard fields and the extras of its type. */
export interface TypedConnectionArgs extends ConnectionScopeArgs {
  description?: Text;
  /** Keys of Airflow's `extra` for which this class has no input of its own, in Airflow's spelling. */
  extra?: pulumi.Input<Extra>;
}

/**
 * Turns the inputs of a typed connection into those of the generic one.
 *
 * @param extraKeys - camelCase input to the key in Airflow's `extra`.
 * @throws Error when `extra` repeats a key that has an input of its own and was given there.
 */
export function connectionArgs(
  connType: string,
  extraKeys: Readonly<Record<string, string>>,
  args: TypedConnectionArgs,
): ConnectionArgs {
  const fields: Record<string, unknown> = { connType };
  const typed: Extra = {};
  for (const [name, value] of Object.entries(args)) {
    if (name === "extra" || value === undefined) continue;
    const key = Object.hasOwn(extraKeys, name) ? extraKeys[name] : undefined;
    if (key === undefined) fields[name] = value;
    else typed[key] = value as pulumi.Input<unknown>;
  }
  const merge = (extra: Extra): Extra => {
    for (const [name, key] of Object.entries(extraKeys)) {
      if (key in typed && Object.hasOwn(extra, key)) {
        throw new Error(`${connType} connection: "${name}" and "extra.${key}" are the same field; give one of them`);
      }
    }
    return { ...extra, ...typed };
  };
  if (args.extra !== undefined) {
    // A plain object stays one, so that a secret in it hides only its own key.
    const plain = typeof args.extra === "object" && !pulumi.Output.isInstance(args.extra) && !(args.extra instanceof Promise);
    fields.extra = plain
      ? merge(args.extra as Extra)
      : pulumi.output(args.extra).apply((extra) => merge(extra));
  } else if (Object.keys(typed).length > 0) {
    fields.extra = typed;
  }
  return fields as unknown as ConnectionArgs;
}
