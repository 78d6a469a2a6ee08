import type { Kind } from "../resources/contract";

/** Name of the package, and of its configuration. */
export const PACKAGE = "airflow-env";

/** One kind of resource as the schema names it. */
export interface NativeKind {
  kind: Kind;
  /** Last part of its type, and of the type that the dynamic provider gives it. */
  name: string;
  /** Input that is the resource's own name by default. */
  nameInput?: "name" | "connId" | "key";
  /** Outputs that are no inputs: not known before the first create. */
  computed: readonly string[];
  /** Of a class of one connection type: Airflow's name of the type. */
  connType?: string;
}

/** Connections of any type. */
export const connectionKind: NativeKind = {
  kind: "connection",
  name: "Connection",
  nameInput: "connId",
  computed: ["deployments"],
};

/** The input that says which object it is: what is wrong with the resource as a whole is said of it. */
export function identityOf({ kind, nameInput }: NativeKind): string {
  return nameInput ?? (kind === "variable-link" ? "key" : "connId");
}

/** Beginning of the types of the classes of one connection type each. */
export const CONNECTIONS = `${PACKAGE}:connections:`;

/** All kinds. */
export const nativeKinds: readonly NativeKind[] = [
  { kind: "workspace", name: "Workspace", nameInput: "name", computed: ["uid"] },
  { kind: "deployment", name: "Deployment", nameInput: "name", computed: [] },
  connectionKind,
  { kind: "connection-link", name: "ConnectionLink", computed: [] },
  { kind: "override", name: "Override", computed: [] },
  { kind: "variable", name: "Variable", nameInput: "key", computed: ["deployments"] },
  { kind: "variable-link", name: "VariableLink", computed: [] },
];

/** Type of a kind's resources. */
export function tokenOf({ name }: NativeKind): string {
  return `${PACKAGE}:index:${name}`;
}

/** Type that the dynamic provider gives the same: a resource of it is taken over as it is. */
export function dynamicTypeOf({ name }: NativeKind): string {
  return `pulumi-nodejs:dynamic/airflow:${name}`;
}

/** What a URN says. */
export interface Urn {
  project: string;
  stack: string;
  /** Type of the resource itself, without those of its parents. */
  type: string;
  name: string;
}

/** Reads `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`; a name may hold `::`. */
export function parseUrn(urn: string): Urn {
  const [head = "", project = "", types = "", ...name] = urn.split("::");
  const type = types.slice(types.lastIndexOf("$") + 1);
  return { project, stack: head.slice("urn:pulumi:".length), type, name: name.join("::") };
}
