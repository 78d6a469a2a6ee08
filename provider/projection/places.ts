import { canonicalJson } from "../airflow/json";
import type { DeploymentDocument, TargetSpec } from "../environment/documents";
import { ProviderError } from "../errors";
import { sameTarget, type SpecTrust, type Target, type TargetReading, type TargetState } from "../targets/target";

/** Fewer targets than this are read one by one: as many requests as a listing, or fewer. */
const MIN_TO_READ_AHEAD = 3;

/** What the projector needs of the targets; the registry is the real one. */
export interface TargetAccess {
  /** What of a spec is believed, by whose word it is. Pure. */
  believed(spec: TargetSpec, trust: SpecTrust): TargetSpec;
  open(spec: TargetSpec): Promise<Target>;
  readMany(targets: Target[]): Promise<Map<Target, TargetReading>>;
  /** Makes a call with the bounded concurrency of the target's cluster. */
  limit<T>(target: Target, run: () => Promise<T>): Promise<T>;
}

/** One reading of a target. `state` undefined: nothing is there. */
export interface Known {
  target: Target;
  state: TargetState | undefined;
  /** The cached documents were read from the store after this was. */
  documentsAreLater: boolean;
}

/** Which Deployments a bulk reading may be for, and whose word their documents are. */
export interface Deployments {
  /** The document as cached. */
  get(name: string): DeploymentDocument | undefined;
  names(): Iterable<string>;
  /** Whether the running program itself declares the Deployment with this target. */
  isOwn(document: DeploymentDocument): boolean;
}

/** Targets of the Deployments of one Workspace, and what this process knows of them. */
export class Places {
  readonly #opened = new Map<string, Promise<Target>>();
  readonly #known = new Map<string, Known>();
  /** Why a target could not be read in bulk; the next projection tries again. */
  readonly #unreadable = new Map<string, { target: Target; error: Error }>();
  readonly #readingAhead = new Map<string, Promise<void>>();
  /** Bulk readings of all Deployments' targets that are under way, by cluster or disk. */
  readonly #observing = new Map<string, Promise<void>>();
  /** What places are, by the specs that name them. */
  readonly #identities = new WeakMap<TargetSpec, { trusted: boolean; identity: string | undefined }>();

  constructor(
    private readonly targets: TargetAccess,
    private readonly deployments: Deployments,
  ) {}

  /** The target that a Deployment's document names; of another stack's document only what is safe is believed. */
  targetOf(document: DeploymentDocument): Promise<Target> {
    return this.open(document.target, { trusted: this.deployments.isOwn(document) });
  }

  /** Opening validates, reads the kubeconfig and so on: once for each spec, so that equal specs are one target. */
  async open(spec: TargetSpec, trust: SpecTrust): Promise<Target> {
    const believed = this.targets.believed(spec, trust);
    const key = canonicalJson(believed);
    const known = this.#opened.get(key);
    if (known) return known;
    const target = this.targets.open(believed);
    this.#opened.set(key, target);
    target.catch(() => this.#opened.delete(key));
    return target;
  }

  /** What is known of a Deployment's target, read now if need be. */
  async know(deployment: string, target: Target): Promise<Known> {
    const before = this.#known.get(deployment);
    if (before?.target === target) return before;
    const state = await this.targets.limit(target, () => target.read());
    const known = { target, state, documentsAreLater: false };
    this.#known.set(deployment, known);
    this.#unreadable.delete(deployment);
    return known;
  }

  /**
   * As `know`, but the first caller reads the targets of all Deployments in the same cluster in bulk: a slow one holds
   * up only its own.
   *
   * @throws why it could not be read.
   */
  async observe(deployment: string, target: Target): Promise<Known> {
    const isObserved = () =>
      this.#known.get(deployment)?.target === target || this.#unreadable.get(deployment)?.target === target;
    // The one under way may have begun before this Deployment was known.
    if (!isObserved()) await this.#observing.get(target.group);
    if (!isObserved()) await this.#observe(target.group);
    const unreadable = this.#unreadable.get(deployment);
    if (this.#known.get(deployment)?.target !== target && unreadable?.target === target) throw unreadable.error;
    return this.know(deployment, target);
  }

  /** Our own write; unless something else was learnt since `before`. */
  learnWrite(deployment: string, before: Known, state: TargetState): void {
    if (this.#known.get(deployment) === before)
      this.#known.set(deployment, { ...before, state, documentsAreLater: true });
  }

  /** Forgets what is known of a Deployment's target, because it was removed, moved or changed by others. */
  forget(deployment: string): void {
    this.#known.delete(deployment);
    this.#unreadable.delete(deployment);
  }

  /** Runs a reading of the documents: every reading of a target made before it may rely on them from now on. */
  async beforeDocuments(refresh: () => Promise<unknown>): Promise<void> {
    const before = [...this.#known.values()];
    await refresh();
    for (const known of before) known.documentsAreLater = true;
  }

  /**
   * Starts reading in bulk the targets that a projection of many Deployments needs: a listing per cluster instead of a
   * request per Deployment, and one reading of the documents after it instead of many. A slow cluster holds up only
   * its own Deployments.
   */
  async readAhead(deployments: string[]): Promise<void> {
    if (deployments.length < MIN_TO_READ_AHEAD) return;
    const clusters = new Map<string, Map<string, Target>>();
    for (const [name, target] of await this.#unknownTargets(deployments)) {
      if (this.#readingAhead.has(name)) continue;
      const own = clusters.get(target.group) ?? new Map<string, Target>();
      clusters.set(target.group, own.set(name, target));
    }
    for (const targets of clusters.values()) {
      if (targets.size < MIN_TO_READ_AHEAD) continue;
      const reading = this.#readMany(targets).finally(() => {
        for (const name of targets.keys()) this.#readingAhead.delete(name);
      });
      // Each Deployment's projection awaits it, and reads its target alone should it fail.
      const settled = reading.catch(() => undefined);
      for (const name of targets.keys()) this.#readingAhead.set(name, settled);
    }
  }

  /** Resolves when a bulk reading of the Deployment's target, if one is under way, has ended. */
  async readingAhead(deployment: string): Promise<void> {
    await this.#readingAhead.get(deployment);
  }

  /**
   * The first of the others that leads to a Deployment's place, however it is called. Only what seems to be one place by
   * its identity is looked at.
   */
  async sharing(
    wanted: DeploymentDocument,
    others: Iterable<DeploymentDocument>,
  ): Promise<DeploymentDocument | undefined> {
    const identity = await this.#identityOf(wanted);
    if (identity === undefined) return undefined;
    for (const other of others)
      if ((await this.#identityOf(other)) === identity && (await this.isSamePlace(wanted, other))) return other;
    return undefined;
  }

  /** Whether two Deployments lead to one place, as far as names tell, and what is there where both can be read. */
  async isSamePlace(a: DeploymentDocument, b: DeploymentDocument): Promise<boolean> {
    const [one, other] = await Promise.all([this.targetOf(a), this.targetOf(b)]);
    if (!(await sameTarget(one, other))) return false;
    if (one === other) return true;
    try {
      const [there, alsoThere] = await Promise.all([one.read(), other.read()]);
      // One server's name may stand for several clusters, which the login tells apart.
      return there?.objectId === alsoThere?.objectId;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      return true;
    }
  }

  #observe(group: string): Promise<void> {
    const underWay = this.#observing.get(group);
    if (underWay) return underWay;
    const observing = this.#observeGroup(group).finally(() => this.#observing.delete(group));
    this.#observing.set(group, observing);
    return observing;
  }

  async #observeGroup(group: string): Promise<void> {
    const unknown = await this.#unknownTargets(this.deployments.names());
    await this.#readMany(new Map([...unknown].filter(([, target]) => target.group === group)));
  }

  /** What a Deployment's place is, found out once for each document; undefined when its target cannot be opened. */
  async #identityOf(document: DeploymentDocument): Promise<string | undefined> {
    const trusted = this.deployments.isOwn(document);
    const known = this.#identities.get(document.target);
    if (known?.trusted === trusted) return known.identity;
    const target = await this.#tryOpen(document);
    const identity = target && (await this.#tryToIdentify(target));
    this.#identities.set(document.target, { trusted, identity });
    return identity;
  }

  async #tryToIdentify(target: Target): Promise<string | undefined> {
    try {
      return JSON.stringify(await target.identity());
    } catch (error) {
      if (error instanceof ProviderError) return undefined;
      throw error;
    }
  }

  async #unknownTargets(deployments: Iterable<string>): Promise<Map<string, Target>> {
    const targets = new Map<string, Target>();
    for (const name of deployments) {
      const document = this.deployments.get(name);
      const target = document && (await this.#tryOpen(document));
      if (target && this.#known.get(name)?.target !== target) targets.set(name, target);
    }
    return targets;
  }

  async #readMany(targets: Map<string, Target>): Promise<void> {
    const readings = await this.targets.readMany([...targets.values()]);
    for (const [name, target] of targets) {
      // A projection may have read, and even written, it meanwhile.
      if (this.#known.get(name)?.target === target) continue;
      const reading = readings.get(target) ?? { error: new Error(`${target.address} was not read`) };
      if ("error" in reading) this.#unreadable.set(name, { target, error: reading.error });
      else this.#known.set(name, { target, state: reading.state, documentsAreLater: false });
    }
  }

  /** One target that cannot be opened must not hide the others; its own Deployment's comparison says why. */
  async #tryOpen(document: DeploymentDocument): Promise<Target | undefined> {
    try {
      return await this.targetOf(document);
    } catch (error) {
      if (error instanceof ProviderError) return undefined;
      throw error;
    }
  }
}
