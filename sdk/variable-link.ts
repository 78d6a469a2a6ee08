import * as pulumi from "@pulumi/pulumi";
import { checkedArgs, otherInputs } from "./arguments";
import { providers } from "./dynamic-provider";
import type { DeploymentReference } from "./deployment";
import { pairInputs } from "./pair";
import { secretValue, type VariableReference, type VariableValue } from "./variable";
import { ProgramError } from "./program-error";
import { checkedOptions } from "./options";

/** Arguments of a VariableLink. */
export interface VariableLinkArgs {
  /** A Workspace-level Variable. */
  variable: VariableReference;
  deployment: DeploymentReference;
  /** Replaces the Variable's own value in this Deployment. */
  value?: VariableValue;
  /** The value is kept as a Pulumi secret unless this is false. */
  secret?: boolean;
  /** Take over a link that is somebody else's. */
  adopt?: boolean;
}

/** Gives one Deployment a Workspace-level Variable. */
export class VariableLink extends pulumi.dynamic.Resource {
  declare readonly workspace: pulumi.Output<{ name: string; store: string }>;
  declare readonly key: pulumi.Output<string>;
  declare readonly deployment: pulumi.Output<string>;
  declare readonly value: pulumi.Output<unknown>;

  constructor(name: string, args: VariableLinkArgs, opts?: pulumi.CustomResourceOptions) {
    const { variable, deployment, adopt, value, secret } = checkedArgs(`link "${name}"`, args);
    if ((variable as unknown) === undefined || (variable as unknown) === null)
      throw new ProgramError(`link "${name}": variable: is missing; pass a Variable or { workspace, key }`);
    const { connId: key, ...inputs } = pairInputs(
      "link",
      name,
      { connection: asObject(variable), deployment, adopt },
      variable,
    );
    super(
      providers["variable-link"],
      name,
      {
        ...inputs,
        key,
        ...(value !== undefined && { value: secretValue(value, secret) }),
        ...(secret !== undefined && { secret }),
        ...otherInputs(args, ["variable", "deployment", "adopt", "value", "secret"]),
      },
      checkedOptions(`link "${name}"`, opts),
      "airflow",
      "VariableLink",
    );
  }
}

/** A pair is declared alike for connections and Variables. */
function asObject(variable: VariableReference) {
  const { workspace, key } = variable;
  const only = "deployment" in variable ? { deployment: variable.deployment } : {};
  return { workspace, connId: key, ...only };
}
