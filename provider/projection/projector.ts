import type { Rendered } from "../airflow/file";
import { systemClock, type Clock } from "../clock";
import { ConflictError, ProviderError, TargetUnavailableError } from "../errors";
import type { DeploymentDocument } from "../environment/documents";
import { redactText } from "../redact";
import type { Target, TargetState } from "../targets/target";
import type { WorkspaceStore } from "../workspace/workspace-store";
import { Admission } from "./admission";
import { Gathering } from "./gathering";
import { Lanes } from "./lanes";
import { Patience } from "./patience";
import { Places, type TargetAccess } from "./places";
import { removePlace, type Removal } from "./removal";
import { renderDeployment } from "./render";
import { foreignText, notMade, requireOwn } from "./target-ownership";
import { Writer } from "./writer";

/** What may be given to a projector instead of the usual. */
export interface ProjectorOptions {
  gathering?: Gathering;
  clock?: Clock;
  /**
   * Whether the running program itself declares a Deployment with the target that its document has. Only then is the
   * target created, and its kubeconfig read; of others' Deployments a target that is theirs already is kept up to date.
   * By default all are our own.
   */
  isOwn?: (document: DeploymentDocument) => boolean;
}

/** A target beside what it should hold. */
export interface Compared {
  actual: TargetState | undefined;
  rendered: Rendered;
  target: Target;
  /** Why only the Deployment's own stack may write it, to be read after the target's address. */
  notMade: string | undefined;
}

/** How a target is looked at. */
export interface Looking {
  /** For a check: waits only a little for a cluster that does not answer, so that others get their turn. */
  isBrief?: boolean;
}

/** Deployments that are not up to date after an operation, and why. */
export interface ProjectionFailure {
  deployment: string;
  error: Error;
}

/** Keeps targets equal to the documents: calls are gathered into lanes, places are what is known, the writer writes. */
export class Projector {
  /** What of a document is looked at before it is stored. */
  readonly admission: Admission;
  readonly gathering: Gathering;
  /** What is known of the targets. */
  readonly places: Places;
  readonly #lanes: Lanes;
  readonly #clock: Clock;
  readonly #patience: Patience;

  constructor(
    private readonly documents: WorkspaceStore,
    private readonly targets: TargetAccess,
    { clock = systemClock, gathering = new Gathering(clock), isOwn = () => true }: ProjectorOptions = {},
  ) {
    this.gathering = gathering;
    this.#clock = clock;
    this.#patience = new Patience(clock);
    this.admission = new Admission(documents);
    this.places = new Places(targets, {
      get: (name) => documents.cached.deployments.get(name),
      names: () => documents.cached.deployments.keys(),
      isOwn,
    });
    const { places } = this;
    // What the writer has made it was trusted to make.
    const remove = ({ name, target }: DeploymentDocument, uid: string) =>
      this.removeTarget({ deployment: name, uid, place: { target, trusted: true } });
    const writer = new Writer({ documents, targets, places, clock, isOwn, remove });
    this.#lanes = new Lanes(
      (deployment, lane, claim) => writer.run(deployment, lane, claim),
      () => this.gathering.settled(),
    );
  }

  /** As `projectEach`, with one sequence for all. */
  projectAll(
    deployments: Iterable<string>,
    sequence = 0,
    options: { adopt?: boolean } = {},
  ): Promise<ProjectionFailure[]> {
    return this.projectEach(new Map([...deployments].map((deployment) => [deployment, sequence])), options);
  }

  /**
   * Projects Deployments side by side. One operation calls it once: it counts once as waiting.
   *
   * @param sequences - by Deployment, of the document write that its projection must include; 0 for none.
   * @param options - `adopt`: whether targets that are not ours are taken over.
   * @returns the Deployments that are not up to date; empty when all are.
   */
  async projectEach(
    sequences: ReadonlyMap<string, number>,
    { adopt = false }: { adopt?: boolean } = {},
  ): Promise<ProjectionFailure[]> {
    const failures: ProjectionFailure[] = [];
    const readAhead = this.places.readAhead([...sequences.keys()]);
    const all = [...sequences].map(async ([deployment, sequence]) => {
      try {
        await readAhead;
        await this.places.readingAhead(deployment);
        await this.project(deployment, sequence, adopt);
      } catch (error) {
        failures.push({ deployment, error: error instanceof Error ? error : new Error("unknown error") });
      }
    });
    await this.gathering.waiting(Promise.all(all));
    return failures.sort((a, b) => (a.deployment < b.deployment ? -1 : 1));
  }

  /** Projects one Deployment; calls that come before a run has begun to read share it. */
  project(deployment: string, sequence = 0, adopt = false): Promise<void> {
    return this.#lanes.join(deployment, { sequence, adopt });
  }

  /**
   * Makes sure, before a Deployment is stored, that its target is nobody else's.
   *
   * @param document - as declared.
   * @throws ConflictError if it is; a target that cannot be read is left to the projection to report.
   */
  async requireFree(document: DeploymentDocument, uid: string, looking: Looking = {}): Promise<void> {
    await this.#judged(document, looking, (state, target) => requireOwn(state, uid, document, target));
  }

  /** Whose a declared Deployment's target is, where it is somebody else's and can be read. */
  foreign(document: DeploymentDocument, uid: string, looking: Looking = {}): Promise<string | undefined> {
    return this.#judged(document, looking, (state, target) => foreignText(state, uid, document, target));
  }

  async #judged<T>(
    document: DeploymentDocument,
    looking: Looking,
    judge: (state: TargetState | undefined, target: Target) => T,
  ): Promise<T | undefined> {
    const target = await this.places.open(document.target, { trusted: true });
    try {
      const { state } = await this.#looked(looking, target, this.places.know(document.name, target));
      return judge(state, target);
    } catch (error) {
      if (!(error instanceof TargetUnavailableError)) throw error;
      return undefined;
    }
  }

  /**
   * What a Deployment's target holds and what it should hold, without writing. Targets are read in bulk by the first
   * caller.
   *
   * @throws TargetUnavailableError if the target cannot be read.
   */
  async compare(deployment: string, looking: Looking = {}): Promise<Compared> {
    const document = this.documents.cached.deployments.get(deployment);
    if (!document) throw new ConflictError(`Deployment "${deployment}" is not in the store`);
    const target = await this.places.targetOf(document);
    const { state } = await this.#looked(looking, target, this.places.observe(deployment, target));
    const { kinds, cached } = this.documents;
    const rendered = renderDeployment(kinds, document, cached.objects, target);
    return { actual: state, rendered, target, notMade: notMade(state, cached.workspace?.uid ?? "", document) };
  }

  #looked<T>({ isBrief = false }: Looking, target: Target, answer: Promise<T>): Promise<T> {
    return isBrief ? this.#patience.until(target, answer) : answer;
  }

  /** Removes what a Deployment has in a place, if it is ours. */
  async removeTarget(removal: Removal): Promise<void> {
    await removePlace(this.places, this.targets, this.#clock, removal);
  }

  /** Forgets what is known of a Deployment's target, because it was removed or moved. */
  forget(deployment: string): void {
    this.places.forget(deployment);
  }
}

/** One line for people, for a Deployment that is not up to date. */
export function describeFailure({ deployment, error }: ProjectionFailure): string {
  const message = error instanceof ProviderError ? error.message : redactText(error.message);
  return `Deployment "${deployment}" is not up to date: ${message}`;
}
