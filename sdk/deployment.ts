import * as pulumi from "@pulumi/pulumi";
import { checkedArgs } from "./arguments";
import { declare } from "./declarations";
import { providers } from "./dynamic-provider";
import { judgeNowOrLater, knownName, rememberNames } from "./known-names";
import { commonInputs } from "./owner";
import { readRequirementsFile } from "./requirements-file";
import { workspaceInput, type WorkspaceReference } from "./workspace";
import { ProgramError } from "./program-error";
import { checkedOptions } from "./options";

/** Kinds of targets. */
export interface DeploymentTargets {
  kubernetes: KubernetesTarget;
  kubernetesBackend: KubernetesBackendTarget;
  directory: DirectoryTarget;
}

/** Where a Deployment's connections go; exactly one kind. */
export type DeploymentTarget = ExactlyOne<DeploymentTargets>;

/** One member of `T`, and none of the others. */
type ExactlyOne<T> = { [K in keyof T]: { [P in K]: T[P] } & { [P in Exclude<keyof T, K>]?: undefined } }[keyof T];

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
  /** `variables.json` by default; there only when the Deployment gets Variables. */
  variablesFileName?: pulumi.Input<string>;
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
   * folder, `-r` is followed); connections that need another one give a warning. Only names, extras and versions are kept.
   */
  providers?: pulumi.Input<pulumi.Input<string>[]> | { requirementsFile: string };
  /** A missing provider package is an error. */
  strict?: pulumi.Input<boolean>;
  /** Whether this Deployment's secrets may be fetched for local development; the Workspace's choice by default. */
  secretsFetching?: pulumi.Input<boolean>;
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
    const {
      workspace,
      name: givenName,
      adopt,
      providers: packages,
      ...rest
    } = checkedArgs(`Deployment "${name}"`, args);
    const deploymentOf = givenName ?? name;
    const workspaceInputs = workspaceInput(workspace, `Deployment "${name}"`);
    const workspaceName = knownName(workspace, "workspace", "name");
    const declared = judgeNowOrLater<{ workspace: string; deployment: string }>(
      { workspace: workspaceName ?? workspaceInputs.name, deployment: deploymentOf },
      (names) => declare({ kind: "deployment", resource: name, ...names }),
    );
    super(
      providers.deployment,
      name,
      {
        ...commonInputs(name, adopt, declared),
        workspace: workspaceInputs,
        ...rest,
        ...(packages && { providers: packageLines(name, packages) }),
        name: deploymentOf,
      },
      checkedOptions(`Deployment "${name}"`, opts),
      "airflow",
      "Deployment",
    );
    rememberNames(this, {
      workspace: workspaceName,
      deployment: typeof deploymentOf === "string" ? deploymentOf : undefined,
    });
  }
}

function packageLines(
  resource: string,
  packages: NonNullable<DeploymentArgs["providers"]>,
): pulumi.Input<pulumi.Input<string>[]> {
  if (!(typeof packages === "object" && "requirementsFile" in packages)) return packages;
  return readRequirementsFile(packages.requirementsFile, `Deployment "${resource}": providers.requirementsFile`);
}

/** The name of a Deployment however it was given. */
export function deploymentName(deployment: DeploymentReference): pulumi.Output<string> {
  return pulumi.output(typeof deployment === "string" ? deployment : deployment.name);
}

/** Name of the Workspace of a Deployment of this program; of a mere name nothing is known. */
export function workspaceNameOf(deployment: unknown): pulumi.Input<string | undefined> {
  if (typeof deployment !== "object" || deployment === null || !("workspace" in deployment)) return undefined;
  const workspace = deployment.workspace as pulumi.Input<{ name?: string } | undefined>;
  return knownName(deployment, "workspace", "") ?? pulumi.output(workspace).apply((of) => of?.name);
}

/**
 * Names serve as keys within one Workspace: a Deployment of another would be taken for the one of the same name here.
 *
 * @throws ProgramError naming both Workspaces.
 */
export function requireSameWorkspace(what: string, workspace: string, deployment: string, itsWorkspace?: string): void {
  if (itsWorkspace === undefined || itsWorkspace === workspace) return;
  throw new ProgramError(
    `${what}: Deployment "${deployment}" is in Workspace "${itsWorkspace}", the connection in "${workspace}"; ` +
      `declare the connection in that Workspace too, or choose a Deployment of "${workspace}"`,
  );
}
