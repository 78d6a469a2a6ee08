import * as pulumi from "@pulumi/pulumi";
import { connTypeOf } from "./connection-reference";
import { providers } from "./dynamic-provider";
import { rememberLink } from "./links";
import { pairInputs, type PairArgs } from "./pair";
import { markSecrets, type OverrideFields } from "./secrets";

/** Arguments of a ConnectionLink. */
export interface ConnectionLinkArgs extends PairArgs {
  /** Values that replace the connection's own in this Deployment. */
  overrides?: OverrideFields;
}

/** Makes a Workspace-level connection available in one Deployment. */
export class ConnectionLink extends pulumi.dynamic.Resource {
  declare readonly workspace: pulumi.Output<{ name: string; store: string }>;
  declare readonly connId: pulumi.Output<string>;
  declare readonly deployment: pulumi.Output<string>;
  declare readonly overrides: pulumi.Output<Record<string, unknown> | undefined>;

  constructor(name: string, args: ConnectionLinkArgs, opts?: pulumi.CustomResourceOptions) {
    const connType = connTypeOf(`link "${name}"`, args.connection);
    const overrides = args.overrides && markSecrets({ ...args.overrides }, connType);
    super(
      providers["connection-link"],
      name,
      { ...pairInputs("link", name, args), ...(overrides && { overrides }) },
      opts,
      "airflow",
      "ConnectionLink",
    );
    rememberLink(args, this);
  }
}
