import * as pulumi from "@pulumi/pulumi";
import { checkedArgs, otherInputs } from "./arguments";
import type { ConnectionReference } from "./connection";
import { connTypeOf } from "./connection-reference";
import { overrideFields, type FieldsOf } from "./connections";
import { providers } from "./dynamic-provider";
import { linksOf } from "./links";
import { pairInputs, type PairArgs } from "./pair";
import { markSecrets, type SecrecyArgs } from "./secrets";
import { checkedOptions } from "./options";

/** Arguments of an Override. */
export interface OverrideArgs<Of extends ConnectionReference = ConnectionReference> extends PairArgs<Of>, SecrecyArgs {
  /**
   * Values that replace the connection's own, and its link's, in this Deployment; null clears. Of a typed connection its
   * extras are fields too.
   */
  fields: FieldsOf<Of>;
}

/**
 * Field values that replace a connection's own in one Deployment that gets it.
 *
 * @example
 * ```ts
 * new airflow.Override("wh-dev", { connection: snowflake, deployment: dev, fields: { account: "acme-dev" } });
 * ```
 */
export class Override<Of extends ConnectionReference = ConnectionReference> extends pulumi.dynamic.Resource {
  declare readonly workspace: pulumi.Output<{ name: string; store: string }>;
  declare readonly connId: pulumi.Output<string>;
  declare readonly deployment: pulumi.Output<string>;
  declare readonly fields: pulumi.Output<Record<string, unknown>>;

  constructor(name: string, args: OverrideArgs<Of>, opts?: pulumi.CustomResourceOptions) {
    checkedArgs(`override "${name}"`, args);
    const connType = connTypeOf(`override "${name}"`, args.connection);
    const { secretExtra } = args;
    const fields = markSecrets(overrideFields(args.connection, args.fields), connType, `override "${name}"`, {
      secretExtra,
    });
    super(
      providers.override,
      name,
      {
        ...pairInputs("override", name, args),
        fields,
        ...(secretExtra !== undefined && { secretExtra }),
        ...otherInputs(args, ["connection", "deployment", "adopt", "fields", "secretExtra"]),
      },
      pulumi.mergeOptions(checkedOptions(`override "${name}"`, opts), { dependsOn: linksOf(args) }),
      "airflow",
      "Override",
    );
  }
}
