export { Connection } from "./connection";
export type { ConnectionArgs, ConnectionFieldArgs, ConnectionReference, ConnectionScopeArgs } from "./connection";
export { ConnectionLink } from "./connection-link";
export type { ConnectionLinkArgs } from "./connection-link";
export { connections, type ConnType } from "./connections";
export { Deployment } from "./deployment";
export type {
  ClusterAccess,
  DeploymentArgs,
  DeploymentReference,
  DeploymentTarget,
  DirectoryTarget,
  KubernetesBackendTarget,
  KubernetesTarget,
} from "./deployment";
export { Override } from "./override";
export type { OverrideArgs } from "./override";
export type { PairArgs } from "./pair";
export { valueFrom } from "./secrets";
export type { Extra, OverrideFields, Text, ValueReference } from "./secrets";
export { Workspace } from "./workspace";
export type { WorkspaceArgs, WorkspaceReference } from "./workspace";
