import { isDeepStrictEqual } from "node:util";
import { systemClock, type Clock } from "../clock";
import { ConflictError, InputError, ProviderError, StaleVersionError, TargetUnavailableError } from "../errors";
import type { DeploymentDocument, WorkspaceDocument } from "../model/documents";
import { documentKeys } from "../model/documents";
import { resolveDeployment } from "../model/resolve";
import { redactText } from "../redact";
import type { WorkspaceStore } from "../stores/workspace-store";
import type { Rendered, Target, TargetMarks, TargetReading, TargetState } from "../targets/target";
import { Admission } from "./admission";
import { Gathering } from "./gathering";
import { renderConnections } from "./render";
import { isOwn, requireOwn, sameMarks } from "./target-ownership";
import { problemsOfConnection, validateFile } from "./validate";

/** A conflict storm ends when each writer has had its turn; beyond this something else keeps writing. */
const MAX_ATTEMPTS = 50;

/** Fewer targets than this are read one by one: as many requests as a listing, or fewer. */
const MIN_TO_READ_AHEAD = 3;

/** What the projector needs of the targets; the registry is the real one. */
export interface TargetAccess {
  open(spec: DeploymentDocument["target"]): Promise<Target>;
  readMany(targets: Target[]): Promise<Map<string, TargetReading>>;
  /** Runs a write with the bounded concurrency of the target's cluster. */
  limit<T>(target: Target, run: () => Promise<T>): Promise<T>;
}

/** Deployments that are not up to date after an operation, and why. */
export interface ProjectionFailure {
  deployment: string;
  error: Error;
}

/** One reading of a target. `state` undefined: nothing is there. */
interface Known {
  address: string;
  state: TargetState | undefined;
  /** The cached documents were read from the store after this was. */
  documentsAreLater: boolean;
}

/** The projection of one Deployment in this process. */
interface Lane {
  /** The last reading; undefined when the target must be read. A run goes on with the one that it began with. */
  known: Known | undefined;
  /** Why the target could not be read in bulk; the next projection tries again. */
  unreadable: { address: string; error: Error } | undefined;
  /** Sequence of the document writes that the last rendering included. */
  renderedSequence: number;
  /** The run that has begun to read. */
  running: Promise<void> | undefined;
  /** The run that has not: it covers every call that comes before it does. */
  next: { promise: Promise<void>; sequence: number } | undefined;
}

/**
 * Keeps targets equal to the documents.
 *
 * What makes concurrent processes safe: a document is always written before the target is (re)written, the
 * documents are read after the state of the target that the compare-and-set expects, and an operation that wrote its
 * document, or found it written by an interrupted one, writes the target even if it has the same bytes already. So of
 * two writers the second has seen the first's document, whichever that is.
 */
export class Projector {
  readonly #lanes = new Map<string, Lane>();
  readonly #adopting = new Set<string>();
  #observing: Promise<void> | undefined;
  readonly #opened = new WeakMap<DeploymentDocument["target"], Promise<Target>>();
  readonly #readingAhead = new Map<string, Promise<void>>();
  /** What of a document is looked at before it is stored. */
  readonly admission: Admission;

  constructor(
    private readonly documents: WorkspaceStore,
    private readonly targets: TargetAccess,
    readonly gathering: Gathering = new Gathering(),
    private readonly clock: Clock = systemClock,
  ) {
    this.admission = new Admission(documents);
  }

  /**
   * Projects Deployments side by side.
   *
   * @param sequence - of the document write that the projection must include.
   * @returns the Deployments that are not up to date; empty when all are.
   */
  async projectAll(deployments: Iterable<string>, sequence = 0): Promise<ProjectionFailure[]> {
    const failures: ProjectionFailure[] = [];
    const names = [...new Set(deployments)];
    const readAhead = this.#readAhead(names);
    const all = names.map(async (deployment) => {
      try {
        await readAhead;
        await this.#readingAhead.get(deployment);
        await this.project(deployment, sequence);
      } catch (error) {
        failures.push({ deployment, error: error instanceof Error ? error : new Error("unknown error") });
      }
    });
    await this.gathering.waiting(Promise.all(all));
    return failures.sort((a, b) => (a.deployment < b.deployment ? -1 : 1));
  }

  /**
   * Makes sure, before a Deployment is stored, that its target is nobody else's.
   *
   * @throws ConflictError if it is; a target that cannot be read is left to the projection to report.
   */
  async requireFree(document: DeploymentDocument, uid: string): Promise<void> {
    const target = await this.#open(document.target);
    try {
      const { state } = await this.#know(this.#lane(document.name), target);
      requireOwn(state, uid, document, target);
    } catch (error) {
      if (!(error instanceof TargetUnavailableError)) throw error;
    }
  }

  /** Lets the next projection of a Deployment take over a target that is not ours. */
  adopt(deployment: string): void {
    this.#adopting.add(deployment);
  }

  /** Projects one Deployment; calls that come before a run has begun to read share it. */
  project(deployment: string, sequence = 0): Promise<void> {
    const lane = this.#lane(deployment);
    if (lane.running && sequence > 0 && sequence <= lane.renderedSequence) return lane.running;
    if (lane.next) {
      lane.next.sequence = Math.max(lane.next.sequence, sequence);
      return lane.next.promise;
    }
    const next = { sequence, promise: Promise.resolve() };
    lane.next = next;
    next.promise = this.#begin(deployment, lane, next);
    return next.promise;
  }

  /**
   * What a Deployment's target holds and what it should hold, without writing. Targets are read in bulk by the first
   * caller.
   *
   * @throws TargetUnavailableError if the target cannot be read.
   */
  async compare(deployment: string): Promise<{ actual: TargetState | undefined; rendered: Rendered; target: Target }> {
    const document = this.documents.cached.deployments.get(deployment);
    if (!document) throw new ConflictError(`Deployment "${deployment}" is not in the store`);
    const target = await this.#open(document.target);
    const lane = this.#lane(deployment);
    const isObserved = () => lane.known?.address === target.address || lane.unreadable?.address === target.address;
    // The one under way may have begun before this Deployment was known.
    if (!isObserved()) await this.#observing;
    if (!isObserved()) await (this.#observing ??= this.#observeAll().finally(() => (this.#observing = undefined)));
    if (lane.known?.address !== target.address && lane.unreadable?.address === target.address)
      throw lane.unreadable.error;
    const { state } = await this.#know(lane, target);
    return { actual: state, rendered: this.#render(document, target), target };
  }

  /**
   * Removes a Deployment's target, if it is ours.
   *
   * @param keep - where the Deployment is now: two addresses may lead to one object, which then stays.
   */
  async removeTarget(document: DeploymentDocument, uid: string, keep?: DeploymentDocument["target"]): Promise<void> {
    const target = await this.#open(document.target);
    const kept = keep && (await (await this.#open(keep)).read())?.objectId;
    for (let attempt = 1; ; attempt++) {
      const state = await target.read();
      if (!state || !isOwn(state, uid, document.name)) return;
      if (kept !== undefined && state.objectId === kept) return;
      try {
        await this.targets.limit(target, () => target.remove(state));
        return;
      } catch (error) {
        if (!(error instanceof StaleVersionError) || attempt >= MAX_ATTEMPTS) throw error;
        await this.#backoff(attempt);
      }
    }
  }

  /** Forgets what is known of a Deployment's target, because it was removed or moved. */
  forget(deployment: string): void {
    const lane = this.#lane(deployment);
    lane.known = undefined;
    lane.unreadable = undefined;
  }

  /** Opening validates, reads the kubeconfig and so on: once for each document as stored. */
  #open(spec: DeploymentDocument["target"]): Promise<Target> {
    const known = this.#opened.get(spec);
    if (known) return known;
    const target = this.targets.open(spec);
    this.#opened.set(spec, target);
    target.catch(() => this.#opened.delete(spec));
    return target;
  }

  #lane(deployment: string): Lane {
    let lane = this.#lanes.get(deployment);
    if (!lane) {
      lane = {
        known: undefined,
        unreadable: undefined,
        renderedSequence: 0,
        running: undefined,
        next: undefined,
      };
      this.#lanes.set(deployment, lane);
    }
    return lane;
  }

  async #begin(deployment: string, lane: Lane, next: { sequence: number }): Promise<void> {
    await Promise.allSettled([lane.running]);
    await this.gathering.settled();
    lane.next = undefined;
    const running = this.#run(deployment, lane, next.sequence).finally(() => {
      if (lane.running === running) lane.running = undefined;
    });
    lane.running = running;
    return running;
  }

  async #run(deployment: string, lane: Lane, sequence: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#attempt(deployment, lane, sequence);
        return;
      } catch (error) {
        this.forget(deployment);
        if (!(error instanceof StaleVersionError)) throw error;
        if (attempt >= MAX_ATTEMPTS)
          throw new ConflictError(
            `Deployment "${deployment}": its target keeps changing (${attempt} attempts); is another tool writing it?`,
          );
        await this.#backoff(attempt);
      }
    }
  }

  async #attempt(deployment: string, lane: Lane, sequence: number): Promise<void> {
    const key = documentKeys.deployment(this.documents.name, deployment);
    const before = this.documents.peek<DeploymentDocument>(key) ?? (await this.documents.find<DeploymentDocument>(key));
    if (!before) return;
    const target = await this.#open(before.target);
    const known = await this.#know(lane, target);
    if (!known.documentsAreLater) await this.#refreshDocuments();
    const document = this.documents.peek<DeploymentDocument>(key);
    if (!document) return;
    if (!isDeepStrictEqual(document.target, before.target))
      throw new StaleVersionError(`Deployment "${deployment}" has another target now`);
    const workspace = this.#workspace();
    const { state } = known;
    const rendered = this.#render(document, target);
    const renderedSequence = this.documents.sequence;
    if (!this.#adopting.has(deployment)) requireOwn(state, workspace.uid, document, target);
    const marks: TargetMarks = {
      workspace: workspace.name,
      workspaceUid: workspace.uid,
      deployment,
      owner: document.owner,
    };
    const upToDate = state !== undefined && state.text === rendered.text && sameMarks(state.marks, marks);
    // A document written since our last rendering obliges us to write even when the bytes agree: another writer that
    // read the documents before ours must lose its compare-and-set.
    if (upToDate && sequence <= lane.renderedSequence) return;
    const previous = lane.renderedSequence;
    lane.renderedSequence = renderedSequence;
    try {
      const written = await this.targets.limit(target, () => target.write(rendered, marks, state));
      if (lane.known === known) lane.known = { ...known, state: written, documentsAreLater: true };
      this.#adopting.delete(deployment);
      if (state === undefined) await this.#requireStillWanted(document, workspace.uid);
    } catch (error) {
      lane.renderedSequence = previous;
      throw error;
    }
  }

  /** What is known of a target, read now if need be. */
  async #know(lane: Lane, target: Target): Promise<Known> {
    if (lane.known?.address === target.address) return lane.known;
    const state = await this.targets.limit(target, () => target.read());
    lane.known = { address: target.address, state, documentsAreLater: false };
    lane.unreadable = undefined;
    return lane.known;
  }

  /**
   * A target created while its Deployment was being deleted or moved by somebody else would stay behind for ever: no
   * compare-and-set fails where nothing is.
   */
  async #requireStillWanted(document: DeploymentDocument, uid: string): Promise<void> {
    const key = documentKeys.deployment(this.documents.name, document.name);
    const current = await this.documents.find<DeploymentDocument>(key);
    if (current && isDeepStrictEqual(current.target, document.target)) return;
    this.forget(document.name);
    await this.removeTarget(document, uid);
    if (current) throw new StaleVersionError(`Deployment "${document.name}" has another target now`);
  }

  #workspace(): WorkspaceDocument {
    const { workspace } = this.documents.cached;
    if (!workspace)
      throw new ConflictError(
        `Workspace "${this.documents.name}" is not in store "${this.documents.store.address}"; create it first`,
      );
    return workspace;
  }

  #render(document: DeploymentDocument, target: Target): Rendered {
    const connections = resolveDeployment(document.name, this.documents.cached.connections);
    const rendered = renderConnections(connections);
    const problems = connections.flatMap((connection) =>
      problemsOfConnection(connection).map(
        ({ field, reason }) => `connection "${connection.connId}": ${field}: ${reason}`,
      ),
    );
    problems.push(...validateFile(rendered, target.maxBytes).map(({ reason }) => reason));
    if (problems.length > 0) throw new InputError(`Deployment "${document.name}": ${problems.join("; ")}`);
    return rendered;
  }

  async #observeAll(): Promise<void> {
    await this.#observe(await this.#unknownTargets(this.documents.cached.deployments.keys()));
  }

  /**
   * Starts reading in bulk the targets that a projection of many Deployments needs: a listing per cluster instead of a
   * request per Deployment, and one reading of the documents after it instead of many. A slow cluster holds up only
   * its own Deployments.
   */
  async #readAhead(deployments: string[]): Promise<void> {
    if (deployments.length < MIN_TO_READ_AHEAD) return;
    const clusters = new Map<string, Map<string, Target>>();
    for (const [name, target] of await this.#unknownTargets(deployments)) {
      if (this.#readingAhead.has(name)) continue;
      const cluster = target.address.split("/", 1)[0] ?? "";
      const own = clusters.get(cluster) ?? new Map<string, Target>();
      clusters.set(cluster, own.set(name, target));
    }
    for (const targets of clusters.values()) {
      if (targets.size < MIN_TO_READ_AHEAD) continue;
      const reading = this.#observe(targets).finally(() => {
        for (const name of targets.keys()) this.#readingAhead.delete(name);
      });
      // Each Deployment's projection awaits it, and reads its target alone should it fail.
      const settled = reading.catch(() => undefined);
      for (const name of targets.keys()) this.#readingAhead.set(name, settled);
    }
  }

  async #unknownTargets(deployments: Iterable<string>): Promise<Map<string, Target>> {
    const targets = new Map<string, Target>();
    for (const name of deployments) {
      const document = this.documents.cached.deployments.get(name);
      const target = document && (await this.#tryOpen(document));
      if (target && this.#lane(name).known?.address !== target.address) targets.set(name, target);
    }
    return targets;
  }

  async #observe(targets: Map<string, Target>): Promise<void> {
    const readings = await this.targets.readMany([...targets.values()]);
    for (const [name, target] of targets) {
      const { address } = target;
      const lane = this.#lane(name);
      // A projection may have read, and even written, it meanwhile.
      if (lane.known?.address === address) continue;
      const reading = readings.get(address) ?? { error: new Error(`${address} was not read`) };
      if ("error" in reading) lane.unreadable = { address, error: reading.error };
      else lane.known = { address, state: reading.state, documentsAreLater: false };
    }
  }

  /** One target that cannot be opened must not hide the others; its own Deployment's comparison says why. */
  async #tryOpen(document: DeploymentDocument): Promise<Target | undefined> {
    try {
      return await this.#open(document.target);
    } catch (error) {
      if (error instanceof ProviderError) return undefined;
      throw error;
    }
  }

  /** Reads the documents in bulk; every reading made before that may rely on them from now on. */
  async #refreshDocuments(): Promise<void> {
    const before = [...this.#lanes.values()].map(({ known }) => known);
    await this.documents.refresh();
    for (const known of before) if (known) known.documentsAreLater = true;
  }

  #backoff(attempt: number): Promise<void> {
    return this.clock.sleep(Math.random() * Math.min(500, 20 * attempt));
  }
}

/** One line for people, for a Deployment that is not up to date. */
export function describeFailure({ deployment, error }: ProjectionFailure): string {
  const message = error instanceof ProviderError ? error.message : redactText(error.message);
  return `Deployment "${deployment}" is not up to date: ${message}`;
}
