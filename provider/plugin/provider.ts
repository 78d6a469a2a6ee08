import { problemText, ProviderError, UnsupportedError } from "../errors";
import type { HandlerContext } from "../resources/contract";
import type { Properties } from "../resources/declaration/values";
import { resourceHandlers } from "../resources/registry";
import { ProgramDeclarations } from "./declared";
import { invoke } from "./functions";
import { connectionKind, CONNECTIONS, nativeKinds, parseUrn, tokenOf, type NativeKind } from "./kinds";
import { NativeResource, type Run } from "./resource";
import { settingsOf, settingsProblems } from "./settings";
import type { Struct } from "./protobuf";
import { connectionTypesByClass } from "./typed";

const NOT_LIVE = "airflow-env:liveDiff is false: compared with recorded state only, drift is not shown";

/** The provider of one run: its configuration, and the resources by type. */
export class NativeProvider {
  readonly #run: Run;
  readonly #resources: ReadonlyMap<string, NativeResource>;
  /** The verbs of the class of one connection type, by the name of the class. */
  readonly #typed: (name: string) => NativeResource | undefined;
  #isCancelled = false;

  /** @param endWaits - ends what handlers wait for when the run is cancelled. */
  constructor(
    readonly version: string,
    context: HandlerContext,
    private readonly endWaits: () => void = () => undefined,
  ) {
    this.#run = { context, settings: settingsOf({}), declarations: new ProgramDeclarations() };
    const handlers = resourceHandlers(context);
    const resource = (kind: NativeKind) => new NativeResource(kind, handlers[kind.kind], this.#run);
    this.#resources = new Map(nativeKinds.map((kind) => [tokenOf(kind), resource(kind)]));
    this.#typed = (name) => {
      const connType = connectionTypesByClass().get(name)?.id;
      return connType === undefined ? undefined : resource({ ...connectionKind, connType });
    };
  }

  /** JSON text of the package's schema. */
  async schema(): Promise<string> {
    const { packageSchema } = await import("./schema/package.js");
    return JSON.stringify(packageSchema(this.version));
  }

  /** What is wrong with a configuration, one text each. */
  checkConfig(configuration: Properties): string[] {
    return settingsProblems(configuration).map(problemText);
  }

  /** Takes a configuration that `checkConfig` has judged. */
  configure(configuration: Properties): void {
    this.#run.settings = settingsOf(configuration);
    // A preview that does not look at the store must not pass for one that found no drift.
    if (!this.#run.settings.liveDiff) this.#run.context.warn(NOT_LIVE);
  }

  /**
   * The verbs for the resource of a URN.
   *
   * @throws ProviderError for a type that is not ours, and for any once the run is cancelled.
   */
  resource(urn: string): NativeResource {
    this.#requireNotCancelled();
    const { type } = parseUrn(urn);
    const resource =
      this.#resources.get(type) ??
      (type.startsWith(CONNECTIONS) ? this.#typed(type.slice(CONNECTIONS.length)) : undefined);
    if (!resource) throw new UnsupportedError(`there is no resource type ${type}`);
    return resource;
  }

  /** Calls a function of the schema; its failures are errors. */
  async invoke(token: string, args: Properties): Promise<Struct> {
    this.#requireNotCancelled();
    return invoke(token, args, this.#run);
  }

  /** What is under way goes on to its end without waiting, so that the record is true; nothing new begins. */
  cancel(): void {
    this.#isCancelled = true;
    this.endWaits();
  }

  #requireNotCancelled(): void {
    if (this.#isCancelled) throw new ProviderError("cancelled", "not begun: the run was cancelled");
  }
}
