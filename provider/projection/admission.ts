import { isDeepStrictEqual } from "node:util";
import type { InputProblem } from "../errors";
import { documentKeys, type ConnectionDocument, type DeploymentDocument } from "../model/documents";
import type { EffectiveConnection } from "../model/effective";
import { effectiveConnection, receives, receivers } from "../model/resolve";
import type { WorkspaceStore } from "../stores/workspace-store";
import { limitsOf } from "../targets/limits";
import type { TargetLimits } from "../targets/target";
import { jsonString } from "./canonical-json";
import { connectionsText, renderConnections } from "./render";
import { problemsOfConnection, validateFile } from "./validate";

/** More than these are counted, not listed. */
const MAX_LISTED = 5;
const EMPTY_FILE_BYTES = Buffer.byteLength(connectionsText({}));

/** A document that this process is about to store. */
interface InFlight {
  /** What was cached when it was admitted; once something else is, the store has answered. */
  replaced: ConnectionDocument | undefined;
  next: ConnectionDocument;
}

/** Sizes that hold for one state of the documents. */
interface Sizes {
  /** No file is larger than all connections together. */
  bound: number;
  /** Bytes of each file that had to be looked at. */
  files: Map<string, number>;
}

/**
 * Judges what is about to be stored by what it would bring to the targets: once it is stored, one bad entry keeps every
 * later change from its Deployments, other teams' included.
 *
 * Only what a change itself would bring is held against it. What is in the store already, and what other processes
 * store at the same moment, is for the projection to report.
 */
export class Admission {
  readonly #inFlight = new Map<string, InFlight>();
  readonly #sizes = new WeakMap<readonly ConnectionDocument[], Sizes>();

  constructor(private readonly documents: WorkspaceStore) {}

  /**
   * What a connection's document would bring to the Deployments that get it, as far as they are known.
   *
   * @param current - the document that it replaces.
   * @param deployments - the only ones that the change concerns; all by default.
   * @returns problems with field, rule, remedy and Deployments, never a value.
   */
  problemsOf(
    next: ConnectionDocument,
    current: ConnectionDocument | undefined,
    deployments?: Iterable<string>,
  ): InputProblem[] {
    const cached = this.documents.cached.deployments;
    const others = this.#othersInFlight(this.#keyOf(next));
    const where = new Map<string, { problem: InputProblem; names: string[] }>();
    for (const name of receivers(next, deployments ?? cached.keys())) {
      const deployment = cached.get(name);
      for (const problem of deployment ? this.#broughtTo(deployment, next, current, others) : []) {
        const key = JSON.stringify(problem);
        where.set(key, { problem, names: [...(where.get(key)?.names ?? []), name] });
      }
    }
    const problems = [...where.values()].map(({ problem: { field, reason }, names }) => ({
      field,
      reason: `${reason} (Deployment ${listed(names.map((name) => `"${name}"`)).join(", ")})`,
    }));
    return limited(problems);
  }

  /** The same right before the document is stored; when all is well it counts from now on. */
  admit(
    next: ConnectionDocument,
    current: ConnectionDocument | undefined,
    deployments?: Iterable<string>,
  ): InputProblem[] {
    const problems = this.problemsOf(next, current, deployments);
    const key = this.#keyOf(next);
    const replaced = this.documents.peek<ConnectionDocument>(key);
    if (problems.length === 0 && !isDeepStrictEqual(replaced, next)) this.#inFlight.set(key, { replaced, next });
    return problems;
  }

  /** Which of the connections that a Deployment gets now its target could not take, if it is another one than before. */
  problemsOfTarget(wanted: DeploymentDocument, current: DeploymentDocument | undefined): InputProblem[] {
    if (current && isDeepStrictEqual(current.target, wanted.target)) return [];
    const before = current ? this.#refusedBy(limitsOf(current.target), wanted.name) : [];
    const problems = this.#refusedBy(limitsOf(wanted.target), wanted.name).filter((reason) => !before.includes(reason));
    return limited(problems.map((reason) => ({ field: "target", reason })));
  }

  #broughtTo(
    deployment: DeploymentDocument,
    next: ConnectionDocument,
    current: ConnectionDocument | undefined,
    others: InFlight[],
  ): InputProblem[] {
    const limits = limitsOf(deployment.target);
    const after = problemsIn(effectiveConnection(next, deployment.name), limits);
    if (after.length === 0) return this.#fileProblems(deployment, next, others, limits);
    if (!current || !receives(current, deployment.name)) return after;
    const before = problemsIn(effectiveConnection(current, deployment.name), limits);
    return after.filter((problem) => !before.some((known) => isDeepStrictEqual(known, problem)));
  }

  /** A file that is too large already stays the projection's business: a smaller connection must get through. */
  #fileProblems(
    { name }: DeploymentDocument,
    next: ConnectionDocument,
    others: InFlight[],
    { maxBytes }: TargetLimits,
  ): InputProblem[] {
    if (maxBytes === Infinity) return [];
    const key = this.#keyOf(next);
    const pending = [...others.map((change) => change.next), next];
    const { connections } = this.documents.cached;
    const sizes = this.#sizesOf(connections);
    if (sizes.bound + sum(pending.map(largestLineBytes)) <= maxBytes) return [];
    const growth = (after: ConnectionDocument, replaced: ConnectionDocument | undefined) =>
      lineBytesIn(after, name) - lineBytesIn(replaced, name);
    const stored = sizes.files.get(name) ?? EMPTY_FILE_BYTES + sum(connections.map((one) => lineBytesIn(one, name)));
    sizes.files.set(name, stored);
    const before = stored + sum(others.map((change) => growth(change.next, change.replaced)));
    const after = before + growth(next, this.documents.peek(key));
    if (after <= maxBytes || before > maxBytes) return [];
    const documents = new Map([...connections, ...pending].map((document) => [this.#keyOf(document), document]));
    return validateFile(renderConnections(effectiveIn(documents.values(), name)), maxBytes);
  }

  #refusedBy(limits: TargetLimits, name: string): string[] {
    const connections = effectiveIn(this.documents.cached.connections, name).filter(
      // What Airflow refuses anywhere is not the target's fault.
      (connection) => problemsOfConnection(connection).length === 0,
    );
    const entries = connections.flatMap((connection) =>
      limits
        .problemsOf(connection, entryBytes(connection))
        .map(({ field, reason }) => `connection "${connection.connId}": ${field}: ${reason}`),
    );
    const isLimited = limits.maxBytes !== Infinity;
    const file = isLimited ? validateFile(renderConnections(connections), limits.maxBytes) : [];
    return [...entries, ...file.map(({ reason }) => reason)];
  }

  #othersInFlight(own: string): InFlight[] {
    for (const [key, { replaced }] of this.#inFlight)
      if (this.documents.peek(key) !== replaced) this.#inFlight.delete(key);
    return [...this.#inFlight].flatMap(([key, change]) => (key === own ? [] : [change]));
  }

  #sizesOf(connections: readonly ConnectionDocument[]): Sizes {
    const sizes = this.#sizes.get(connections) ?? {
      bound: EMPTY_FILE_BYTES + sum(connections.map(largestLineBytes)),
      files: new Map<string, number>(),
    };
    this.#sizes.set(connections, sizes);
    return sizes;
  }

  #keyOf({ connId, deployment }: ConnectionDocument): string {
    return documentKeys.connection(this.documents.name, connId, deployment);
  }
}

function problemsIn(connection: EffectiveConnection, limits: TargetLimits): InputProblem[] {
  const problems = problemsOfConnection(connection);
  // Only a valid connection can be rendered.
  return problems.length > 0 ? problems : limits.problemsOf(connection, entryBytes(connection));
}

function effectiveIn(documents: Iterable<ConnectionDocument>, deployment: string): EffectiveConnection[] {
  return [...documents]
    .filter((document) => receives(document, deployment))
    .map((document) => effectiveConnection(document, deployment));
}

const entrySizes = new WeakMap<EffectiveConnection, number>();

function entryBytes(connection: EffectiveConnection): number {
  const known = entrySizes.get(connection);
  if (known !== undefined) return known;
  const [entry = ""] = Object.values(renderConnections([connection]).entries);
  entrySizes.set(connection, entry.length);
  return entry.length;
}

/** What surrounds the id and the entry in a file: indentation, colon, comma and newline. */
const LINE_MARGIN_BYTES = 6;

function lineBytes(connection: EffectiveConnection): number {
  return LINE_MARGIN_BYTES + jsonString(connection.connId).length + entryBytes(connection);
}

function lineBytesIn(document: ConnectionDocument | undefined, deployment: string): number {
  return document && receives(document, deployment) ? lineBytes(effectiveConnection(document, deployment)) : 0;
}

/** `connType` is one character longer as Airflow spells it. */
const NAME_MARGIN_BYTES = 1;
const largestLines = new WeakMap<ConnectionDocument, number>();

/** At least what the connection adds to any file, without rendering it for each. */
function largestLineBytes(document: ConnectionDocument): number {
  const known = largestLines.get(document);
  if (known !== undefined) return known;
  const { connId, base, links, overrides } = document;
  const largest = (pieces: object[]) => pieces.reduce((most, piece) => Math.max(most, asciiBytes(piece)), 0);
  const bytes =
    LINE_MARGIN_BYTES +
    NAME_MARGIN_BYTES +
    asciiBytes(connId) +
    asciiBytes(base) +
    largest(Object.values(links).map((link) => link.overrides)) +
    largest(Object.values(overrides).map((override) => override.fields));
  largestLines.set(document, bytes);
  return bytes;
}

function asciiBytes(value: unknown): number {
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, "\\u0000").length;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function listed(names: string[]): string[] {
  const left = names.length - MAX_LISTED;
  return left > 0 ? [...names.slice(0, MAX_LISTED), `${left} more`] : names;
}

function limited(problems: InputProblem[]): InputProblem[] {
  const [first, ...more] = problems.slice(MAX_LISTED);
  if (!first) return problems;
  const rest = { field: first.field, reason: `${more.length + 1} more problems like these` };
  return [...problems.slice(0, MAX_LISTED), rest];
}
