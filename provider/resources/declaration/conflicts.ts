/** One declaration of a program, as far as its values are known. */
export interface Declaration {
  kind: "workspace" | "deployment" | "connection" | "variable" | "link" | "override";
  /** Pulumi resource name. */
  resource: string;
  /** Tells a resource that is declared again from another of the same name; without it none is declared again. */
  urn?: string;
  workspace: string;
  /** Of a link or Override: what it is of; a connection by default. */
  of?: "variable";
  /** Id of the connection, or key of the Variable. */
  connId?: string;
  deployment?: string;
  exclude?: string[];
  linkedToAll?: boolean;
}

/**
 * The declarations of one program, by what two of them must share to be in conflict, so that a large program is not
 * compared pair by pair.
 */
export class Declarations {
  readonly #groups = new Map<string, Declaration[]>();
  /** Names by Workspace. */
  readonly #deployments = new Map<string, string[]>();

  /**
   * Takes in a declaration, unless it is in conflict with an earlier one.
   *
   * @returns what is wrong with the two: both, and the remedy.
   */
  add(declaration: Declaration): string | undefined {
    const key = groupOf(declaration);
    const others = (this.#groups.get(key) ?? []).filter(({ urn }) => urn === undefined || urn !== declaration.urn);
    for (const other of others) {
      const problem =
        conflictOf(declaration, other) ??
        conflictOf(other, declaration) ??
        sharedConflictOf(declaration, other) ??
        sharedConflictOf(other, declaration);
      if (problem !== undefined) return problem;
    }
    this.#groups.set(key, [...others, declaration]);
    if (declaration.kind === "deployment" && declaration.deployment !== undefined)
      this.#deployments.set(declaration.workspace, [
        ...this.deploymentsOf(declaration.workspace),
        declaration.deployment,
      ]);
    return undefined;
  }

  /** Deployments that the program itself gives a Workspace-level object to, as far as it has been declared. */
  reachOf(object: Declaration): string[] {
    const links = (this.#groups.get(groupOf(object)) ?? []).filter(({ kind }) => kind === "link");
    const all = object.linkedToAll ? this.deploymentsOf(object.workspace) : [];
    const names = new Set([...all, ...links.flatMap(({ deployment }) => deployment ?? [])]);
    return [...names].filter((name) => !object.exclude?.includes(name)).sort();
  }

  private deploymentsOf(workspace: string): string[] {
    return this.#deployments.get(workspace) ?? [];
  }
}

/** Connections, links and overrides concern each other by the connection's id, other kinds among themselves by name. */
function groupOf(declaration: Declaration): string {
  const { kind, workspace, connId, deployment } = declaration;
  const group = connId === undefined ? [workspace, kind, deployment] : [workspace, nounOf(declaration), connId];
  return JSON.stringify(group);
}

/** What is declared, or linked. */
function nounOf({ kind, of }: Declaration): "connection" | "Variable" {
  return kind === "variable" || of === "variable" ? "Variable" : "connection";
}

function isObject({ kind }: Declaration): boolean {
  return kind === "connection" || kind === "variable";
}

/** What is wrong with two declarations of one program, or undefined. Pure. */
export function conflictOf(a: Declaration, b: Declaration): string | undefined {
  if (a.workspace !== b.workspace) return undefined;
  const both = `resources "${b.resource}" and "${a.resource}"`;
  const noun = nounOf(a);
  if (a.kind === b.kind) {
    if (a.kind === "workspace") return `${both} declare the same Workspace "${a.workspace}"; keep one`;
    if (a.deployment !== b.deployment || a.connId !== b.connId) return undefined;
    if (a.kind === "deployment") return `${both} declare the same Deployment "${a.deployment}"; rename one`;
    if (isObject(a)) return `${both} declare the same ${noun} "${a.connId}"; rename one, or keep one and link it`;
    return `${both} are two ${a.kind}s of ${noun} "${a.connId}" in Deployment "${a.deployment}"; merge them into one`;
  }
  if (a.connId !== b.connId || a.connId === undefined) return undefined;
  if (a.kind === "link" && isObject(b)) {
    if (a.deployment !== undefined && b.exclude?.includes(a.deployment))
      return `"${a.resource}" links ${noun} "${a.connId}" to Deployment "${a.deployment}", which "${b.resource}" excludes; remove one of the two`;
    if (b.deployment !== undefined && b.deployment === a.deployment)
      return (
        `Deployment "${a.deployment}" would get two ${noun}s "${a.connId}": its own ("${b.resource}") and the linked ` +
        `one ("${a.resource}"); rename one or remove the link`
      );
  }
  return undefined;
}

/** Collision of a LinkedToAll connection with a Deployment-level one of the same id. Pure. */
export function sharedConflictOf(shared: Declaration, own: Declaration): string | undefined {
  const deployment = own.deployment;
  if (!isObject(shared) || !isObject(own) || deployment === undefined) return undefined;
  if (shared.deployment !== undefined || !shared.linkedToAll || shared.workspace !== own.workspace) return undefined;
  if (shared.connId !== own.connId || shared.exclude?.includes(deployment)) return undefined;
  return (
    `Deployment "${deployment}" would get two ${nounOf(own)}s "${own.connId}": its own ("${own.resource}") and the ` +
    `LinkedToAll one ("${shared.resource}"); add "${deployment}" to exclude, or rename one`
  );
}
