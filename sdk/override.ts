import * as pulumi from "@pulumi/pulumi";
import { connTypeOf } from "./connection-reference";
import { providers } from "./dynamic-provider";
import { linksOf } from "./links";
import { pairInputs, type PairArgs } from "./pair";
import { markSecrets, type OverrideFields } from "./secrets";

/** Arguments of an Override. */
export interface OverrideArgs extends PairArgs {
  /** Values that replace the connection's own, and its link's, in this Deployment; null clears. */
  fields: OverrideFields;
}

/** Field values that replace a connection's own in one Deployment that gets it. */
export class Override extends pulumi.dynamic.Resource {
  declare readonly workspace: pulumi.Output<{ name: string; store: string }>;
  declare readonly connId: pulumi.Output<string>;
  declare readonly deployment: pulumi.Output<string>;
  declare readonly fields: pulumi.Output<Record<string, unknown>>;

  constructor(name: string, args: OverrideArgs, opts?: pulumi.CustomResourceOptions) {
    const connType = connTypeOf(`override "${name}"`, args.connection);
    super(
      providers.override,
      name,
      {
        ...pairInputs("override", name, args),
        fields: markSecrets({ ...args.fields }, connType),
      },
      pulumi.mergeOptions(opts, { dependsOn: linksOf(args) }),
      "airflow",
      "Override",
    );
  }
}
