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

const programs = new WeakMap<object, Declaration[]>();

/**
 * Records a declaration and compares it with the earlier ones of the same run, so that a mistake the program alone
 * shows fails in the preview.
 *
 * @throws Error naming both declarations and the remedy.
 */
export function declare(declaration: Declaration): void {
  const program = runningProgram();
  const earlier = programs.get(program) ?? [];
  for (const other of earlier) {
    const problem = [conflictOf, sharedConflictOf]
      .flatMap((rule) => [rule(declaration, other), rule(other, declaration)])
      .find((text) => text !== undefined);
    if (problem !== undefined) throw new Error(problem);
  }
  programs.set(program, [...earlier, declaration]);
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
