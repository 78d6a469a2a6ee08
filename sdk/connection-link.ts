import * as pulumi from "@pulumi/pulumi";
import { checkedArgs, otherInputs } from "./arguments";
import type { ConnectionReference } from "./connection";
import { connTypeOf } from "./connection-reference";
import { overrideFields, type FieldsOf } from "./connections";
import { providers } from "./dynamic-provider";
import { rememberLink } from "./links";
import { pairInputs, type PairArgs } from "./pair";
import { markSecrets, type SecrecyArgs } from "./secrets";
import { checkedOptions } from "./options";

/** Arguments of a ConnectionLink. */
export interface ConnectionLinkArgs<Of extends ConnectionReference = ConnectionReference>
  extends PairArgs<Of>, SecrecyArgs {
  /** Values that replace the connection's own in this Deployment; of a typed connection its extras too. */
  overrides?: FieldsOf<Of>;
}

/** Makes a Workspace-level connection available in one Deployment. */
export class ConnectionLink<Of extends ConnectionReference = ConnectionReference> extends pulumi.dynamic.Resource {
  declare readonly workspace: pulumi.Output<{ name: string; store: string }>;
  declare readonly connId: pulumi.Output<string>;
  declare readonly deployment: pulumi.Output<string>;
  declare readonly overrides: pulumi.Output<Record<string, unknown> | undefined>;

  constructor(name: string, args: ConnectionLinkArgs<Of>, opts?: pulumi.CustomResourceOptions) {
    checkedArgs(`link "${name}"`, args);
    const connType = connTypeOf(`link "${name}"`, args.connection);
    const { overrides: given, secretExtra } = args;
    const overrides =
      given && markSecrets(overrideFields(args.connection, given), connType, `link "${name}"`, { secretExtra });
    super(
      providers["connection-link"],
      name,
      {
        ...pairInputs("link", name, args),
        ...(overrides && { overrides }),
        ...(secretExtra !== undefined && { secretExtra }),
        ...otherInputs(args, ["connection", "deployment", "adopt", "overrides", "secretExtra"]),
      },
      checkedOptions(`link "${name}"`, opts),
      "airflow",
      "ConnectionLink",
    );
    rememberLink(args, this);
  }
}
