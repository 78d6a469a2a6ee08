import { runningProgram } from "./program";

/** One declaration of the running program, as far as its values are known. */
export interface Declaration {
  kind: "workspace" | "deployment" | "connection" | "link" | "override";
  /** Pulumi resource name. */
  resource: string;
  workspace: string;
  connId?: string;
  deployment?: string;
  exclude?: string[];
  linkedToAll?: boolean;
}

/** Declarations by what two of them must share to be in conflict, so that a large program is not compared pair by pair. */
const programs = new WeakMap<object, Map<string, Declaration[]>>();

/**
 * Records a declaration and compares it with the earlier ones of the same run, so that a mistake the program alone
 * shows fails in the preview.
 *
 * @throws Error naming both declarations and the remedy.
 */
export function declare(declaration: Declaration): void {
  const program = runningProgram();
  const groups = programs.get(program) ?? new Map<string, Declaration[]>();
  programs.set(program, groups);
  const group = groups.get(groupOf(declaration)) ?? [];
  groups.set(groupOf(declaration), group);
  for (const other of group) {
    const problem =
      conflictOf(declaration, other) ??
      conflictOf(other, declaration) ??
      sharedConflictOf(declaration, other) ??
      sharedConflictOf(other, declaration);
    if (problem !== undefined) throw new Error(problem);
  }
  group.push(declaration);
}

/** Connections, links and overrides concern each other by the connection's id, other kinds among themselves by name. */
function groupOf({ kind, workspace, connId, deployment }: Declaration): string {
  return JSON.stringify(connId === undefined ? [workspace, kind, deployment] : [workspace, connId]);
}

/** What is wrong with two declarations of one program, or undefined. Pure. */
export function conflictOf(a: Declaration, b: Declaration): string | undefined {
  if (a.workspace !== b.workspace) return undefined;
  const both = `resources "${b.resource}" and "${a.resource}"`;
  if (a.kind === b.kind) {
    if (a.kind === "workspace") return `${both} declare the same Workspace "${a.workspace}"; keep one`;
    if (a.deployment !== b.deployment || a.connId !== b.connId) return undefined;
    if (a.kind === "deployment") return `${both} declare the same Deployment "${a.deployment}"; rename one`;
    if (a.kind === "connection")
      return `${both} declare the same connection "${a.connId}"; rename one, or keep one and link it`;
    return `${both} are two ${a.kind}s of connection "${a.connId}" in Deployment "${a.deployment}"; merge them into one`;
  }
  if (a.connId !== b.connId || a.connId === undefined) return undefined;
  if (a.kind === "link" && b.kind === "connection") {
    if (a.deployment !== undefined && b.exclude?.includes(a.deployment))
      return `"${a.resource}" links connection "${a.connId}" to Deployment "${a.deployment}", which "${b.resource}" excludes; remove one of the two`;
    if (b.deployment !== undefined && b.deployment === a.deployment)
      return (
        `Deployment "${a.deployment}" would get two connections "${a.connId}": its own ("${b.resource}") and the linked ` +
        `one ("${a.resource}"); rename one or remove the link`
      );
  }
  return undefined;
}

/** Collision of a LinkedToAll connection with a Deployment-level one of the same id. Pure. */
export function sharedConflictOf(shared: Declaration, own: Declaration): string | undefined {
  const deployment = own.deployment;
  if (shared.kind !== "connection" || own.kind !== "connection" || deployment === undefined) return undefined;
  if (shared.deployment !== undefined || !shared.linkedToAll || shared.workspace !== own.workspace) return undefined;
  if (shared.connId !== own.connId || shared.exclude?.includes(deployment)) return undefined;
  return (
    `Deployment "${deployment}" would get two connections "${own.connId}": its own ("${own.resource}") and the ` +
    `LinkedToAll one ("${shared.resource}"); add "${deployment}" to exclude, or rename one`
  );
}
