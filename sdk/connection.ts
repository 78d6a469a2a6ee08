import * as pulumi from "@pulumi/pulumi";
import type { ConnType } from "./connections";
import { declare } from "./declarations";
import { deploymentName, requireSameWorkspace, workspaceNameOf, type Deployment } from "./deployment";
import { providers } from "./dynamic-provider";
import { commonInputs } from "./owner";
import { markSecrets, type Extra, type Text } from "./secrets";
import { workspaceInput, type WorkspaceReference } from "./workspace";

/** What every connection may have besides its type. */
export interface ConnectionScopeArgs {
  /** For a Workspace-level connection, which can be linked to many Deployments. Exactly one of these two. */
  workspace?: WorkspaceReference;
  /** For a Deployment-level connection: the only Deployment that gets it. */
  deployment?: Deployment;
  /** Airflow's connection id; by default the resource's name. Another id replaces the connection. */
  connId?: pulumi.Input<string>;
  /** `Restricted`, the default: linked Deployments only. `LinkedToAll`: all current and future ones. */
  sharing?: pulumi.Input<"Restricted" | "LinkedToAll">;
  /** Deployments that do not get a LinkedToAll connection. */
  exclude?: (pulumi.Input<string> | { name: pulumi.Input<string> })[];
  /** Take over a connection that is somebody else's. */
  adopt?: boolean;
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

/** Arguments of a Connection. */
export interface ConnectionArgs extends ConnectionScopeArgs, ConnectionFieldArgs {
  /** Airflow's connection type, such as `postgres`. Types of the official provider packages are completed; any other is accepted. */
  connType: pulumi.Input<ConnType>;
}

/** A Connection: a resource of this program, or one that another stack owns. */
export type ConnectionReference = Connection | { workspace: WorkspaceReference; connId: pulumi.Input<string> };

/** An Airflow connection, declared once for a Workspace or for a single Deployment. */
export class Connection extends pulumi.dynamic.Resource {
  declare readonly workspace: pulumi.Output<{ name: string; store: string }>;
  declare readonly connId: pulumi.Output<string>;
  declare readonly deployment: pulumi.Output<string | undefined>;
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
    const { workspace, deployment, connId: givenId, sharing, exclude, adopt, connType, ...fields } = args;
    const workspaceOf = workspace ?? workspaceOfDeployment(deployment);
    if (!workspaceOf || (workspace && deployment))
      throw new Error(
        `connection "${name}": pass exactly one of workspace (Workspace-level) and deployment (Deployment-level)`,
      );
    const scope = {
      workspace: workspaceInput(workspaceOf),
      ...(deployment && { deployment: deploymentName(deployment) }),
    };
    const excluded = exclude?.map((item) => pulumi.output(isNamed(item) ? item.name : item));
    const excludedWorkspaces = exclude?.map(workspaceNameOf) ?? [];
    const connId = givenId ?? name;
    const declared = pulumi
      .all([
        workspaceOf.name,
        connId,
        deployment?.name,
        pulumi.all(excluded ?? []),
        sharing,
        pulumi.all(excludedWorkspaces),
      ])
      .apply(([workspaceName, id, deploymentOf, excludedNames, sharingOf, workspacesOf]) => {
        for (const [at, excludedName] of excludedNames.entries())
          requireSameWorkspace(`connection "${name}": exclude`, workspaceName, excludedName, workspacesOf[at]);
        declare({
          kind: "connection",
          resource: name,
          workspace: workspaceName,
          connId: id,
          ...(deploymentOf !== undefined && { deployment: deploymentOf }),
          exclude: excludedNames,
          linkedToAll: sharingOf === "LinkedToAll",
        });
      });
    super(
      providers.connection,
      name,
      {
        ...commonInputs(name, adopt, declared),
        ...scope,
        connId,
        connType,
        ...markSecrets(fields, connType),
        ...(sharing !== undefined && { sharing }),
        ...(excluded && { exclude: excluded }),
        deployments: undefined,
      },
      opts,
      "airflow",
      "Connection",
    );
  }
}

function workspaceOfDeployment(deployment: Deployment | undefined): WorkspaceReference | undefined {
  if (!deployment) return undefined;
  return {
    name: deployment.workspace.apply(({ name }) => name),
    store: deployment.workspace.apply(({ store }) => store),
  };
}

function isNamed(item: pulumi.Input<string> | { name: pulumi.Input<string> }): item is { name: pulumi.Input<string> } {
  return typeof item === "object" && !pulumi.Output.isInstance(item) && "name" in item;
}
