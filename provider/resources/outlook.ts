import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { canonicalJson } from "../airflow/json";
import type { Clock } from "../clock";
import type { DeploymentDocument, SharedDocument, TargetSpec } from "../environment/documents";
import { receives } from "../environment/receive";
import type { WorkspaceStore } from "../workspace/workspace-store";

/** How long a resource may be checked after another one that names it, in ms. */
const LATER_MS = 1_500;
const POLL_MS = 25;

/** Where an attachment is kept. */
type Slot = "links" | "overrides";

/**
 * A Workspace as it will be when this run has ended, as far as that is known: what is stored, and what the program has
 * declared so far. Previews judge by it, since nothing is stored yet.
 */
export class Outlook {
  readonly #objects = new Map<string, SharedDocument>();
  /** Keys of objects that make way for the ones that replace them. */
  readonly #replaced = new Set<string>();
  readonly #attached = new Map<string, Set<string>>();
  readonly #deployments = new Map<string, DeploymentDocument>();
  /** Digests of targets by Deployment, as records of this stack hold them. */
  readonly #recorded = new Map<string, string>();
  #isWorkspaceDeclared = false;

  constructor(
    private readonly documents: WorkspaceStore,
    private readonly clock: Clock,
    /** Whether others' targets are limited: then the deletes of a later run must tell all own ones, not only some. */
    private readonly isLimited = false,
  ) {}

  declareWorkspace(): void {
    this.#isWorkspaceDeclared = true;
  }

  declareDeployment(document: DeploymentDocument): void {
    this.#deployments.set(document.name, document);
  }

  /** @param document - as it is wanted, with the links and Overrides that are stored. */
  declareObject(key: string, document: SharedDocument): void {
    this.#objects.set(key, document);
  }

  /** An object goes before the one that replaces it comes: there is none under its key any more. */
  declareReplaced(key: string): void {
    this.#replaced.add(key);
  }

  declareAttachment(key: string, slot: Slot, deployment: string): void {
    const place = `${slot} ${key}`;
    this.#attached.set(place, (this.#attached.get(place) ?? new Set()).add(deployment));
  }

  /** Whether the program declares the Workspace itself, as far as the run has come. */
  get isWorkspaceDeclared(): boolean {
    return this.#isWorkspaceDeclared;
  }

  get hasWorkspace(): boolean {
    return this.#isWorkspaceDeclared || this.documents.cached.workspace !== undefined;
  }

  /** Names of the Deployments that there will be, those included that the run may remove. */
  get deploymentNames(): string[] {
    return [...new Set([...this.documents.cached.deployments.keys(), ...this.#deployments.keys()])].sort();
  }

  /** All Deployments that there will be. */
  deployments(): DeploymentDocument[] {
    return this.deploymentNames.flatMap((name) => this.deployment(name) ?? []);
  }

  deployment(name: string): DeploymentDocument | undefined {
    return this.#deployments.get(name) ?? this.documents.cached.deployments.get(name);
  }

  /** Whether the program has declared anything of the Workspace: a destroy declares nothing. */
  get isDeclaring(): boolean {
    return this.#isWorkspaceDeclared || this.#deployments.size > 0 || this.#objects.size > 0 || this.#attached.size > 0;
  }

  /**
   * Whether this stack itself wants a Deployment's target to be where the document says: only then is it created, and
   * its kubeconfig read. Anybody who may write the store may have written the document.
   */
  isOwn({ name, target }: Pick<DeploymentDocument, "name" | "target">): boolean {
    const declared = this.#deployments.get(name);
    if (declared && isDeepStrictEqual(declared.target, target)) return true;
    const recorded = this.#recorded.get(name);
    return recorded !== undefined && recorded === digestOf(target);
  }

  /** What a resource records of own targets that its delete must recognise; empty for most. */
  recordOf(deployments: Iterable<string>): Record<string, string> {
    const own = [...deployments].flatMap((name): [string, string][] => {
      const document = this.documents.cached.deployments.get(name);
      return document && (this.isLimited || namesKubeconfig(document.target)) && this.isOwn(document)
        ? [[name, digestOf(document.target)]]
        : [];
    });
    return Object.fromEntries(own);
  }

  /** Takes in where a Deployment's own record says that it is: there it stays ours until it has moved. */
  recordTarget(name: string, target: TargetSpec): void {
    this.#recorded.set(name, digestOf(target));
  }

  /** Takes in what a resource has recorded of own targets. */
  trust(recorded: unknown): void {
    if (typeof recorded !== "object" || recorded === null) return;
    for (const [name, digest] of Object.entries(recorded))
      if (typeof digest === "string") this.#recorded.set(name, digest);
  }

  object(key: string): SharedDocument | undefined {
    return this.#objects.get(key) ?? (this.#replaced.has(key) ? undefined : this.documents.peekShared(key));
  }

  /** All objects that there will be, by key. */
  objects(): Map<string, SharedDocument> {
    const stored = this.documents.objectsByKey().filter(([key]) => !this.#replaced.has(key));
    return new Map([...stored, ...this.#objects]);
  }

  /** Whether a Deployment will get an object. */
  receives(key: string, deployment: string): boolean {
    if (this.#attached.get(`links ${key}`)?.has(deployment)) return true;
    const document = this.object(key);
    return document !== undefined && receives(document, deployment);
  }

  /** Waits a moment for what the program may declare further down; true as soon as the condition holds. */
  async awaits(condition: () => boolean): Promise<boolean> {
    const startedAt = this.clock.now();
    while (!condition()) {
      if (this.clock.now() - startedAt >= LATER_MS) return false;
      await this.clock.sleep(POLL_MS);
    }
    return true;
  }
}

/** Whether a target is reached by a kubeconfig of its own. Pure. */
export function namesKubeconfig(target: TargetSpec): boolean {
  return Object.values(target).some(({ kubeconfig }) => kubeconfig !== undefined);
}

function digestOf(target: TargetSpec): string {
  return createHash("sha256").update(canonicalJson(target)).digest("base64url").slice(0, 16);
}
