import { ConflictError, InputError, problemText } from "../errors";
import { depthProblems, failureText } from "../pulumi/failures";
import type { Path } from "../path";
import type { Handler, HandlerContext, Stored } from "../resources/contract";
import { UNKNOWN, type Properties } from "../resources/declaration/values";
import { recordOf } from "../resources/imports";
import { declaredPart } from "../resources/record";
import { completed } from "./completion";
import { declarationOf, type ProgramDeclarations } from "./declared";
import { detailedDiff, type PropertyDifference } from "./detailed-diff";
import { identityOf, type NativeKind } from "./kinds";
import type { Settings } from "./settings";
import type { Struct } from "./protobuf";
import { extraKeysOf, typedPath } from "./typed";
import { opened, sealed, type Opened } from "./wire";

/** Names the store for an import, where the configuration does not. */
const STORE = "AIRFLOW_ENV_STORE";

/** What the verbs of all resources of a run share. */
export interface Run {
  context: HandlerContext;
  settings: Settings;
  declarations: ProgramDeclarations;
}

/** Answer of `check`. */
export interface CheckedInputs {
  inputs: Struct;
  failures: string[];
}

/** Answer of `diff`. */
export interface ResourceDiff {
  changes: boolean;
  replaces: string[];
  deleteBeforeReplace: boolean;
  detailed: Map<string, PropertyDifference>;
}

/** What a create, update or refresh leaves. */
export interface Recorded {
  id: string;
  properties: Struct;
  /** Why it is not ready though it is stored. */
  reasons: string[];
}

/** The life cycle of one kind of resource in the protocol's terms, over its handler. */
export class NativeResource {
  constructor(
    private readonly kind: NativeKind,
    private readonly handler: Handler,
    private readonly run: Run,
  ) {}

  async check(urn: string, olds: Struct | undefined, news: Struct | undefined): Promise<CheckedInputs> {
    const given = opened(news);
    const tooDeep = depthProblems(given.properties);
    if (tooDeep.length > 0) return { inputs: sealed({}, []), failures: tooDeep };
    const { settings, declarations } = this.run;
    const completion = completed(this.kind, urn, given, settings);
    const { properties: inputs, problems } = completion;
    const duplicate = problems.length === 0 ? declarations.add(declarationOf(this.kind.kind, urn, inputs)) : undefined;
    if (duplicate !== undefined) problems.push({ path: [identityOf(this.kind)], reason: duplicate });
    if (problems.length > 0) return { inputs: this.#sealed(inputs, completion), failures: problems.map(problemText) };
    const checked = await this.handler.check(opened(olds).properties, inputs);
    const failures = checked.problems.map(({ path, ...problem }) =>
      failureText(checked.subject, { ...problem, path: this.#declaredPath(path, given) }, inputs),
    );
    return { inputs: this.#sealed(checked.inputs, completion), failures };
  }

  /** The input, as the program has it, that a problem is about. */
  #declaredPath(path: Path, { properties }: Opened): Path {
    const { connType } = this.kind;
    if (path.length === 0) return [identityOf(this.kind)];
    return connType === undefined ? path : typedPath(extraKeysOf(connType), properties, path);
  }

  async diff(id: string, olds: Struct | undefined, oldInputs: Struct | undefined, news: Struct | undefined) {
    const { properties: inputs } = opened(news);
    const difference = await this.handler.diff(id, opened(olds).properties, inputs);
    const detailed = difference.changes
      ? detailedDiff(opened(oldInputs).properties, inputs, difference.replaces)
      : new Map<string, PropertyDifference>();
    return { ...difference, detailed } satisfies ResourceDiff;
  }

  /** @param isPreview - nothing is stored. */
  async create(properties: Struct | undefined, isPreview: boolean): Promise<Recorded> {
    const given = opened(properties);
    if (isPreview) return { id: "", properties: this.#foreseen(given), reasons: [] };
    return this.#recorded(await this.handler.create(given.properties), given);
  }

  /** @param isPreview - nothing is stored. */
  async update(id: string, olds: Struct | undefined, news: Struct | undefined, isPreview: boolean): Promise<Recorded> {
    const given = opened(news);
    const { properties: before } = opened(olds);
    if (isPreview) return { id, properties: this.#foreseen(given, before), reasons: [] };
    return this.#recorded(await this.handler.update(id, before, given.properties), given);
  }

  /**
   * Refreshes a record, or finds what an import names, which has none. That keeps its owner: it proves the right to the
   * piece to the next update.
   *
   * @returns undefined when it is gone.
   */
  async read(id: string, properties: Struct | undefined, inputs: Struct | undefined) {
    const record = opened(properties);
    const isImport = record.properties["owner"] === undefined;
    const props = isImport ? await this.#importedRecord(id) : record.properties;
    const found = await this.handler.read(id, props);
    if (!found) return undefined;
    return {
      properties: this.#sealed(found.outputs, record),
      inputs: this.#sealed(found.inputs, opened(inputs)),
    };
  }

  delete(id: string, properties: Struct | undefined): Promise<void> {
    return this.handler.delete(id, opened(properties).properties);
  }

  async #importedRecord(id: string): Promise<Properties> {
    const { context, settings } = this.run;
    const store = settings.store ?? context.readEnvironment(STORE);
    if (store === undefined)
      throw new InputError(
        `${this.kind.name} "${id}": which store is it in? set ${STORE} to its address for this command, or ` +
          `airflow-env:store in the stack's configuration and run pulumi up before`,
      );
    const { kind, connType } = this.kind;
    const record = await recordOf(context, kind, id, store);
    if (record && connType !== undefined && record["connType"] !== connType)
      throw new ConflictError(`connection "${id}" is not of type ${connType}; import it as a Connection`);
    if (record) return record;
    throw new ConflictError(`${this.kind.name} "${id}" is not in store "${store}"; correct the id or the store`);
  }

  /** The outputs that an operation will have, as far as that is known. */
  #foreseen(given: Opened, before: Properties = {}): Struct {
    const outputs = declaredPart(given.properties);
    for (const name of this.kind.computed) outputs[name] = name === "uid" ? (before[name] ?? UNKNOWN) : UNKNOWN;
    return this.#sealed(outputs, given);
  }

  #recorded({ id, outputs, notReady }: Stored, given: Opened): Recorded {
    return { id, properties: this.#sealed(outputs, given), reasons: notReady };
  }

  #sealed(properties: Properties, { secrets }: Pick<Opened, "secrets">): Struct {
    return sealed(properties, [...secrets, ...this.handler.secretsIn(properties)]);
  }
}
