import { isDeepStrictEqual } from "node:util";
import { type Rendered, sameTexts, textsOf } from "../airflow/file";
import type { Clock } from "../clock";
import type { DeploymentDocument, WorkspaceDocument } from "../environment/documents";
import { ConflictError, StaleVersionError } from "../errors";
import type { Target, TargetMarks } from "../targets/target";
import type { WorkspaceStore } from "../workspace/workspace-store";
import type { Claim, Lane } from "./lanes";
import type { Known, Places, TargetAccess } from "./places";
import { renderDeployment } from "./render";
import { startingOver } from "./starting-over";
import { isOwn, requireMade, requireOwn, sameMarks } from "./target-ownership";

/** What a writer works with. */
export interface WriterParts {
  documents: WorkspaceStore;
  targets: Pick<TargetAccess, "limit">;
  places: Places;
  clock: Clock;
  /** Whether a Deployment is our own program's: only then is its target created. */
  isOwn(document: DeploymentDocument): boolean;
  /** Removes the target again that was created for a Deployment. */
  remove(document: DeploymentDocument, uid: string): Promise<void>;
}

/**
 * Brings the target of one Deployment up to date.
 *
 * What makes concurrent processes safe: a document is always written before the target is (re)written, the
 * documents are read after the state of the target that the compare-and-set expects, and an operation that wrote its
 * document, or found it written by an interrupted one, writes the target even if it has the same bytes already. So of
 * two writers the second has seen the first's document, whichever that is. Where there is no target yet no
 * compare-and-set can fail, so who makes one reads the documents once more.
 */
export class Writer {
  constructor(private readonly parts: WriterParts) {}

  /**
   * One run, for all callers that share the claim.
   *
   * @throws ConflictError if the target is somebody else's, or keeps changing.
   * @throws TargetMissingError if there is none and the Deployment is another stack's.
   */
  async run(deployment: string, lane: Lane, claim: Readonly<Claim>): Promise<void> {
    let attempts = 0;
    try {
      await startingOver(this.parts.clock, async () => {
        attempts++;
        try {
          await this.#attempt(deployment, lane, claim);
        } catch (error) {
          this.parts.places.forget(deployment);
          throw error;
        }
      });
    } catch (error) {
      if (!(error instanceof StaleVersionError)) throw error;
      throw new ConflictError(
        `Deployment "${deployment}": its target keeps changing (${attempts} attempts); is another tool writing it?`,
      );
    }
  }

  async #attempt(deployment: string, lane: Lane, claim: Readonly<Claim>): Promise<void> {
    const { documents, places } = this.parts;
    const before = documents.peekDeployment(deployment) ?? (await documents.findDeployment(deployment));
    if (!before) return;
    const target = await places.targetOf(before);
    const known = await places.know(deployment, target);
    if (!known.documentsAreLater) await this.#refreshDocuments();
    const document = documents.peekDeployment(deployment);
    if (!document) return;
    if (!isDeepStrictEqual(document.target, before.target)) throw movedAway(deployment);
    const { state } = known;
    const { uid, name: workspace } = this.#workspace();
    const rendered = this.#render(document, target);
    const renderedSequence = documents.sequence;
    if (!this.parts.isOwn(document)) requireMade(state, uid, document, target);
    else if (!claim.adopt) requireOwn(state, uid, document, target);
    const marks: TargetMarks = { workspace, workspaceUid: uid, deployment, owner: document.owner };
    const isUpToDate =
      state !== undefined &&
      !state.unanchored &&
      sameTexts(state.files, textsOf(rendered)) &&
      sameMarks(state.marks, marks);
    // A document written since our last rendering obliges us to write even when the bytes agree: another writer that
    // read the documents before ours must lose its compare-and-set.
    if (isUpToDate && claim.sequence <= lane.renderedSequence) return;
    const previous = lane.renderedSequence;
    lane.renderedSequence = renderedSequence;
    try {
      await this.#write(document, known, rendered, marks);
    } catch (error) {
      lane.renderedSequence = previous;
      throw error;
    }
  }

  async #write(document: DeploymentDocument, known: Known, rendered: Rendered, marks: TargetMarks): Promise<void> {
    const { target, state } = known;
    const written = await this.parts.targets.limit(target, () => target.write(rendered, marks, state));
    this.parts.places.learnWrite(document.name, known, written);
    const wasMade = state !== undefined && !state.unanchored && isOwn(state, marks.workspaceUid, document.name);
    if (!wasMade) await this.#requireUnchanged(document, marks.workspaceUid, target, rendered);
  }

  /**
   * Looks at the documents again after a target was made. Who changed them meanwhile may have found no target: no
   * compare-and-set fails where nothing is. And one that was made while its Deployment was being deleted or moved would
   * stay behind for ever.
   *
   * @throws StaleVersionError if the Deployment gets something else now.
   */
  async #requireUnchanged(
    document: DeploymentDocument,
    uid: string,
    target: Target,
    rendered: Rendered,
  ): Promise<void> {
    await this.#refreshDocuments();
    const { name } = document;
    const current = this.parts.documents.cached.deployments.get(name);
    if (current && isDeepStrictEqual(current.target, document.target)) {
      const now = this.#render(current, target);
      if (sameTexts(textsOf(now), textsOf(rendered))) return;
      throw new StaleVersionError(`Deployment "${name}": its documents changed while its target was made`);
    }
    this.parts.places.forget(name);
    await this.parts.remove(document, uid);
    if (current) throw movedAway(name);
  }

  #workspace(): WorkspaceDocument {
    const { cached, name, store } = this.parts.documents;
    if (cached.workspace) return cached.workspace;
    throw new ConflictError(`Workspace "${name}" is not in store "${store.address}"; create it first`);
  }

  #render(document: DeploymentDocument, target: Target): Rendered {
    const { kinds, cached } = this.parts.documents;
    return renderDeployment(kinds, document, cached.objects, target);
  }

  /** Reads the documents in bulk; every reading of a target made before that may rely on them from now on. */
  #refreshDocuments(): Promise<void> {
    return this.parts.places.beforeDocuments(() => this.parts.documents.refresh());
  }
}

function movedAway(deployment: string): StaleVersionError {
  return new StaleVersionError(`Deployment "${deployment}" has another target now`);
}
