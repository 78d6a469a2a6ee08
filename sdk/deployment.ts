import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { declare } from "./declarations";
import { providers } from "./dynamic-provider";
import { commonInputs } from "./owner";
import { workspaceInput, type WorkspaceReference } from "./workspace";

/** Where a Deployment's connections go; exactly one kind. */
export type DeploymentTarget =
  { kubernetes: KubernetesTarget } | { kubernetesBackend: KubernetesBackendTarget } | { directory: DirectoryTarget };

/** Which cluster; by default the current context of the default kubeconfig, or the cluster that pulumi runs in. */
export interface ClusterAccess {
  /** Context of the kubeconfig. */
  context?: pulumi.Input<string>;
  /** Path of a kubeconfig file. */
  kubeconfig?: pulumi.Input<string>;
}

/** One Secret with `connections.json`, mounted for Airflow's LocalFilesystemBackend. */
export interface KubernetesTarget extends ClusterAccess {
  namespace: pulumi.Input<string>;
  /** `airflow-connections` by default. */
  secretName?: pulumi.Input<string>;
}

/** One labelled Secret per connection, for Airflow's KubernetesSecretsBackend. */
export interface KubernetesBackendTarget extends ClusterAccess {
  namespace: pulumi.Input<string>;
  /** Beginning of the Secrets' names. */
  namePrefix?: pulumi.Input<string>;
}

/** A file on this machine, mode 0600. */
export interface DirectoryTarget {
  /** Folder; created if missing. Relative to the program's folder. */
  path: pulumi.Input<string>;
  /** `connections.json` by default. */
  fileName?: pulumi.Input<string>;
}

/** Arguments of a Deployment. */
export interface DeploymentArgs {
  workspace: WorkspaceReference;
  /** Name in the Workspace; by default the resource's name. Another name replaces the Deployment. */
  name?: pulumi.Input<string>;
  /** A changed target is an update: the new place is written before the old one is cleared. */
  target: DeploymentTarget;
  /** Its Airflow version, such as `3.1.8`. */
  airflowVersion?: pulumi.Input<string>;
  /** Its Astro Runtime version, where that is what you know. */
  runtimeVersion?: pulumi.Input<string>;
  /**
   * Installed provider packages, as requirement lines or as the path of a requirements.txt (relative to the program's
   * folder); connections that need another one give a warning.
   */
  providers?: pulumi.Input<pulumi.Input<string>[]> | { requirementsFile: string };
  /** A missing provider package is an error. */
  strict?: pulumi.Input<boolean>;
  /** Take over a Deployment, or a target, that is somebody else's. */
  adopt?: boolean;
}

/** A Deployment: a resource of this program, or the name of one that another stack owns. */
export type DeploymentReference = Deployment | { name: pulumi.Input<string> } | string;

/** One Airflow installation and the place that it reads its connections from. */
export class Deployment extends pulumi.dynamic.Resource {
  declare readonly workspace: pulumi.Output<{ name: string; store: string }>;
  declare readonly name: pulumi.Output<string>;
  declare readonly target: pulumi.Output<Record<string, Record<string, unknown>>>;
  declare readonly airflowVersion: pulumi.Output<string | undefined>;
  declare readonly runtimeVersion: pulumi.Output<string | undefined>;
  declare readonly providers: pulumi.Output<string[] | undefined>;
  declare readonly strict: pulumi.Output<boolean | undefined>;

  constructor(name: string, args: DeploymentArgs, opts?: pulumi.CustomResourceOptions) {
    const { workspace, name: givenName, adopt, providers: packages, ...rest } = args;
    const deploymentOf = givenName ?? name;
    const declared = pulumi.all([workspace.name, deploymentOf]).apply(([workspaceName, deployment]) => {
      declare({ kind: "deployment", resource: name, workspace: workspaceName, deployment });
    });
    super(
      providers.deployment,
      name,
      {
        ...commonInputs(name, adopt, declared),
        workspace: workspaceInput(workspace),
        ...rest,
        ...(packages && { providers: packageLines(name, packages) }),
        name: deploymentOf,
      },
      opts,
      "airflow",
      "Deployment",
    );
  }
}

function packageLines(
  resource: string,
  packages: NonNullable<DeploymentArgs["providers"]>,
): pulumi.Input<pulumi.Input<string>[]> {
  if (!(typeof packages === "object" && "requirementsFile" in packages)) return packages;
  let text: string;
  try {
    text = readFileSync(packages.requirementsFile, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
    throw new Error(
      `Deployment "${resource}": providers.requirementsFile: ${packages.requirementsFile} cannot be read (${code}); ` +
        `give a path relative to the program's folder`,
    );
  }
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** The name of a Deployment however it was given. */
export function deploymentName(deployment: DeploymentReference): pulumi.Output<string> {
  return pulumi.output(typeof deployment === "string" ? deployment : deployment.name);
}

/** Name of the Workspace of a Deployment of this program; of a mere name nothing is known. */
export function workspaceNameOf(deployment: unknown): pulumi.Output<string | undefined> {
  const isKnown = typeof deployment === "object" && deployment !== null && "workspace" in deployment;
  const workspace = isKnown ? (deployment.workspace as pulumi.Input<{ name?: string } | undefined>) : undefined;
  return pulumi.output(workspace).apply((of) => of?.name);
}

/**
 * Names serve as keys within one Workspace: a Deployment of another would be taken for the one of the same name here.
 *
 * @throws Error naming both Workspaces.
 */
export function requireSameWorkspace(what: string, workspace: string, deployment: string, itsWorkspace?: string): void {
  if (itsWorkspace === undefined || itsWorkspace === workspace) return;
  throw new Error(
    `${what}: Deployment "${deployment}" is in Workspace "${itsWorkspace}", the connection in "${workspace}"; ` +
      `declare the connection in that Workspace too, or choose a Deployment of "${workspace}"`,
  );
}
