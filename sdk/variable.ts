import * as pulumi from "@pulumi/pulumi";
import { checkedArgs, otherInputs } from "./arguments";
import { declareShared, namesOfScope, type ObjectScope, type SharedScopeArgs } from "./shared-object";
import type { ValueReference } from "./secrets";
import { providers } from "./dynamic-provider";
import { rememberNames } from "./known-names";
import type { WorkspaceReference } from "./workspace";
import { checkedOptions } from "./options";

/** Text, or any JSON value, which Airflow gets as JSON text and `deserialize_json` reads back. */
export type VariableValue = pulumi.Input<string | number | boolean | object | unknown[]> | ValueReference;

/** Arguments of a Variable. */
export type VariableArgs = SharedScopeArgs &
  ObjectScope & {
    /** Airflow's key; by default the resource's name. Another key replaces the Variable. */
    key?: pulumi.Input<string>;
    value: VariableValue;
    /** Free text for people; Airflow's file of Variables does not hold it. */
    description?: pulumi.Input<string>;
    /** Kept as a Pulumi secret unless this is false. */
    secret?: boolean;
  };

/** A Variable: a resource of this program, or one that another stack owns. */
export type VariableReference = Variable | { workspace: WorkspaceReference; key: pulumi.Input<string> };

/** An Airflow Variable, declared once for a Workspace or for a single Deployment. */
export class Variable extends pulumi.dynamic.Resource {
  declare readonly workspace: pulumi.Output<{ name: string; store: string }>;
  declare readonly key: pulumi.Output<string>;
  declare readonly deployment: pulumi.Output<string | undefined>;
  declare readonly value: pulumi.Output<unknown>;
  declare readonly description: pulumi.Output<string | undefined>;
  declare readonly sharing: pulumi.Output<"Restricted" | "LinkedToAll" | undefined>;
  declare readonly exclude: pulumi.Output<string[] | undefined>;
  /** Names of the Deployments that got the Variable when it was last written. */
  declare readonly deployments: pulumi.Output<string[]>;

  constructor(name: string, args: VariableArgs, opts?: pulumi.CustomResourceOptions) {
    const { key = name, value, description, secret } = checkedArgs(`variable "${name}"`, args);
    super(
      providers.variable,
      name,
      {
        ...declareShared("variable", name, key, args),
        key,
        value: secretValue(value, secret),
        ...(description !== undefined && { description }),
        ...(secret !== undefined && { secret }),
        ...otherInputs(args, [...SCOPE, "key", "value", "description", "secret"]),
        deployments: undefined,
      },
      checkedOptions(`variable "${name}"`, opts),
      "airflow",
      "Variable",
    );
    rememberNames(this, namesOfScope(args, key));
  }
}

/** Arguments of every shared object. */
const SCOPE = ["workspace", "deployment", "sharing", "exclude", "adopt"];

/** A value as a secret, unless the declaration says otherwise; a reference only says where the value is. */
export function secretValue(value: VariableValue, secret: boolean | undefined): pulumi.Input<unknown> {
  // Without types it may be null, which is a JSON value.
  const given: unknown = value;
  const isReference =
    typeof given === "object" && given !== null && "valueFrom" in given && Object.keys(given).length === 1;
  return secret === false || isReference ? value : pulumi.secret(value);
}
