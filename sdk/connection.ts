import * as pulumi from "@pulumi/pulumi";
import type { WarningCode } from "../provider/resources/warning-codes";
import { checkedArgs } from "./arguments";
import type { ConnType } from "./connections";
import { providers } from "./dynamic-provider";
import { rememberNames } from "./known-names";
import { markSecrets, sealed, type Extra, type SecrecyArgs, type Text } from "./secrets";
import { declareShared, namesOfScope, type ObjectScope, type SharedScopeArgs } from "./shared-object";
import type { WorkspaceReference } from "./workspace";
import { checkedOptions } from "./options";

/** What every connection may have besides its type. */
export interface ConnectionScopeArgs extends SharedScopeArgs, SecrecyArgs {
  /** Airflow's connection id; by default the resource's name. Another id replaces the connection. */
  connId?: pulumi.Input<string>;
  /** Warnings to leave out for this connection, by the codes that they show. */
  ignoreWarnings?: pulumi.Input<pulumi.Input<WarningCode>[]>;
}

/** Airflow's fields of a connection, camelCased. One that is left out is not set; `null` clears in overrides alone. */
export interface ConnectionFieldArgs {
  /** Free text for people; Airflow does not act on it. */
  description?: Text;
  /** Name or address of the server; for some types a URL (`http`) or the path of a file (`sqlite`). */
  host?: Text;
  /** User name, or what the type has in its place, such as the id of an access key (`aws`). */
  login?: Text;
  /** Always kept as a Pulumi secret. */
  password?: Text;
  /** Database or schema to use; other types have another meaning for it, such as the protocol (`http`: `https`). */
  schema?: Text;
  /** TCP port, a whole number; left out, the type's hook takes its own default. */
  port?: pulumi.Input<number>;
  /** Fields of the connection type; sensitive ones are kept as Pulumi secrets. */
  extra?: pulumi.Input<Extra>;
}

/** A connection by its fields. */
export interface ConnectionByFields extends ConnectionFieldArgs {
  /** Airflow's connection type, such as `postgres`. Types of the official provider packages are completed; any other is accepted. */
  connType: pulumi.Input<ConnType>;
  uri?: undefined;
}

/** A connection by its URI, which says type, host, login, password, schema, port and extra. */
export type ConnectionByUri = Pick<ConnectionFieldArgs, "description"> & {
  [Field in Exclude<keyof ConnectionByFields, "description" | "uri">]?: undefined;
} & {
  /**
   * A connection as Airflow writes one, read by Airflow's rules: `postgres://etl:p%40ss@db.internal:5432/dw?sslmode=require`.
   * Pulumi's state holds the fields that it says, secrets marked; of a secret URI all fields but the type are secret. By
   * reference (`airflow.valueFrom.env("AIRFLOW_CONN_WAREHOUSE")`) the state holds only where the URI is.
   */
  uri: Text;
};

/** Arguments of a Connection. */
export type ConnectionArgs = ConnectionScopeArgs & ObjectScope & (ConnectionByFields | ConnectionByUri);

/** A Connection: a resource of this program, or one that another stack owns. */
export type ConnectionReference = Connection | { workspace: WorkspaceReference; connId: pulumi.Input<string> };

/** An Airflow connection, declared once for a Workspace or for a single Deployment. */
export class Connection extends pulumi.dynamic.Resource {
  declare readonly workspace: pulumi.Output<{ name: string; store: string }>;
  declare readonly connId: pulumi.Output<string>;
  declare readonly deployment: pulumi.Output<string | undefined>;
  /** Undefined only where the connection is a `uri` by reference. */
  declare readonly connType: pulumi.Output<string>;
  declare readonly description: pulumi.Output<string | undefined>;
  declare readonly host: pulumi.Output<string | undefined>;
  declare readonly login: pulumi.Output<string | undefined>;
  declare readonly password: pulumi.Output<string | undefined>;
  declare readonly schema: pulumi.Output<string | undefined>;
  declare readonly port: pulumi.Output<number | undefined>;
  declare readonly extra: pulumi.Output<Record<string, unknown> | undefined>;
  declare readonly sharing: pulumi.Output<"Restricted" | "LinkedToAll" | undefined>;
  declare readonly exclude: pulumi.Output<string[] | undefined>;
  /** Names of the Deployments that got the connection when it was last written. */
  declare readonly deployments: pulumi.Output<string[]>;

  constructor(name: string, args: ConnectionArgs, opts?: pulumi.CustomResourceOptions) {
    const {
      workspace,
      deployment,
      sharing,
      exclude,
      adopt,
      connId = name,
      connType,
      uri,
      ignoreWarnings,
      secretExtra,
      conn_type: exported,
      ...fields
    }: ConnectionArgs & { conn_type?: string } = checkedArgs(`connection "${name}"`, args);
    // What an export of Airflow has in its place; the provider tells whether it stands for the type or is a mistake.
    const type = connType ?? exported;
    super(
      providers.connection,
      name,
      {
        ...declareShared("connection", name, connId, { workspace, deployment, sharing, exclude, adopt }),
        connId,
        ...partsOf(uri),
        ...(connType !== undefined && { connType }),
        ...(exported !== undefined && { connType, conn_type: exported }),
        ...markSecrets(fields, type, `connection "${name}"`, { secretExtra }),
        ...(secretExtra !== undefined && { secretExtra }),
        ...(ignoreWarnings !== undefined && { ignoreWarnings }),
        deployments: undefined,
      },
      checkedOptions(`connection "${name}"`, opts),
      "airflow",
      "Connection",
    );
    rememberNames(this, namesOfScope(args, connId));
  }
}

/** Of a URI the provider tells the parts, which are outputs of the resource. */
function partsOf(uri: Text | undefined): Record<string, pulumi.Input<unknown>> {
  if (uri === undefined) return {};
  const parts = ["connType", "host", "login", "password", "schema", "port", "extra"];
  return {
    ...Object.fromEntries(parts.map((part) => [part, undefined])),
    uri: sealed(uri),
    ...(pulumi.Output.isInstance(uri) && { secretUri: pulumi.isSecret(pulumi.output(uri)) }),
  };
}
