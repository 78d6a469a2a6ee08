export { airflowEnvironment, helmValues, podSpec } from "./airflow";
export type { AirflowEnvironment, AirflowSideOptions, HelmValues, PodSpec, SecretVolume, VolumeMount } from "./airflow";
export { Connection } from "./connection";
export type {
  ConnectionArgs,
  ConnectionByFields,
  ConnectionByUri,
  ConnectionFieldArgs,
  ConnectionReference,
  ConnectionScopeArgs,
} from "./connection";
export { ConnectionLink } from "./connection-link";
export type { ConnectionLinkArgs } from "./connection-link";
export { connections, type ConnType, type FieldsOf } from "./connections";
export { Deployment } from "./deployment";
export type {
  ClusterAccess,
  DeploymentArgs,
  DeploymentReference,
  DeploymentTarget,
  DeploymentTargets,
  DirectoryTarget,
  KubernetesBackendTarget,
  KubernetesTarget,
} from "./deployment";
export { Override } from "./override";
export type { OverrideArgs } from "./override";
export type { PairArgs } from "./pair";
export { valueFrom } from "./secrets";
export type { Extra, OverrideFields, SecrecyArgs, Text, ValueReference } from "./secrets";
export type { ObjectScope, SharedScopeArgs } from "./shared-object";
export type { WarningCode } from "../provider/resources/warning-codes";
export { Variable } from "./variable";
export type { VariableArgs, VariableReference, VariableValue } from "./variable";
export { VariableLink } from "./variable-link";
export type { VariableLinkArgs } from "./variable-link";
export { Workspace } from "./workspace";
export type { WorkspaceArgs, WorkspaceReference } from "./workspace";
