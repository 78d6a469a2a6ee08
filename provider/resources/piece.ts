import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../clock";
import { ConflictError, type InputProblem } from "../errors";
import { changedFields } from "../model/compare";
import { documentKeys, type ConnectionDocument, type DeploymentDocument, type Owned } from "../model/documents";
import type { ConnectionFields, FieldOverrides } from "../model/effective";
import { asDeclared } from "./as-declared";
import type { CatalogFindings } from "./catalog";
import { fingerprintAll, secretValues, withoutRotated, type Fingerprints } from "./fingerprints";
import type { CommonInputs, Handler, HandlerContext, OpenWorkspace, Properties } from "./handler";
import { checkResult, requireNoProblems, resolvedProblems } from "./inputs";
import {
  claimOf,
  describeReach,
  isLive,
  openToDelete,
  pendingOf,
  recorded,
  referenceSources,
  refreshed,
  requireProjected,
  requireRemoved,
  requireWorkspace,
  resolveDeclared,
} from "./operation";
import { INSTANCE_BYTES, instanceOf, isOwner, mayRemove, requireOwnership } from "./ownership";
import { findReferences } from "./references";
import { sealSecrets } from "./secret-outputs";
import { hasUnknown } from "./unknowns";

/** A piece that one resource attaches to a connection's document for one Deployment. */
export interface Piece extends Owned {
  values: FieldOverrides;
}

/** Declared inputs that links and overrides share. */
export interface PieceInputs extends CommonInputs {
  connId: string;
  deployment: string;
}

/** What tells a ConnectionLink from an Override. */
export interface PieceKind {
  /** For messages, for example `link`. */
  noun: string;
  /** Input that holds the values: `overrides` or `fields`. */
  valuesKey: string;
  check(news: Properties): InputProblem[];
  find(document: ConnectionDocument | undefined, deployment: string): Piece | undefined;
  /** A copy of the document with the piece set, or removed when undefined. */
  with(document: ConnectionDocument, deployment: string, piece: Piece | undefined): ConnectionDocument;
  /** Rules of the kind that need the document. */
  requireAllowed(
    open: OpenWorkspace,
    document: ConnectionDocument,
    deployment: string,
    what: string,
    catalog: CatalogFindings,
  ): void;
  /** What the stored documents say about the declaration already in `check`. */
  judge?(
    open: OpenWorkspace | undefined,
    inputs: PieceInputs,
    catalog: CatalogFindings,
  ): { refused?: string | undefined; warnings?: string[] };
  /** Waits for another resource of the same program that must come first, if the kind has such. */
  ready?(open: OpenWorkspace, inputs: PieceInputs, clock: Clock): Promise<void>;
}

/** Keeps one piece of a connection's document equal to its declaration, and the one Deployment it concerns. */
export function pieceHandler(kind: PieceKind, context: HandlerContext): Handler {
  const valuesOf = (inputs: Properties) => (inputs[kind.valuesKey] ?? {}) as FieldOverrides;
  const describe = (inputs: Properties) =>
    `${kind.noun} of connection "${String(inputs["connId"])}" in Deployment "${String(inputs["deployment"])}"`;
  const idOf = (inputs: PieceInputs) => `${keyOf(inputs)}#${kind.noun}/${inputs.deployment}`;
  const resolveValues = (open: OpenWorkspace, inputs: Properties) =>
    resolveDeclared(describe(inputs), valuesOf(inputs), referenceSources(context, open));

  const unfitValues = (news: Properties, values: FieldOverrides) =>
    resolvedProblems(valuesOf(news), values as Partial<ConnectionFields>).map(({ field, reason }) => ({
      field: `${kind.valuesKey}.${field}`,
      reason,
    }));

  /** What the values would bring to the one Deployment, as far as the stored connection tells. */
  const broughtBy = (open: OpenWorkspace, inputs: PieceInputs, values: FieldOverrides) => {
    const document = open.documents.peek<ConnectionDocument>(keyOf(inputs));
    if (!document || hasUnknown(values)) return [];
    const next = kind.with(document, inputs.deployment, { owner: inputs.owner, values });
    return open.projector.admission.problemsOf(next, document, [inputs.deployment]);
  };

  /** What is stored when a reference leads nowhere any more: then nothing tells drift from what was declared. */
  const findLastValues = async (open: OpenWorkspace, olds: Properties, actual: Piece | undefined) =>
    (await findReferences(valuesOf(olds), referenceSources(context, open))) ?? actual?.values;

  /** Names of what differs; drift separately. */
  async function compare(open: OpenWorkspace | undefined, olds: Properties, news: Properties) {
    const isNew = olds["connId"] === undefined;
    const pair = (inputs: Properties) => [
      (inputs["workspace"] as { name?: unknown } | undefined)?.name,
      inputs["connId"],
      inputs["deployment"],
    ];
    const names = ["workspace", "connId", "deployment"];
    const replaces = isNew ? [] : names.filter((_, at) => !isDeepStrictEqual(pair(olds)[at], pair(news)[at]));
    const shape = (inputs: Properties) => ({ ...recorded(inputs), [kind.valuesKey]: undefined, ...valuesOf(inputs) });
    const changed = new Set(isNew ? [] : changedFields(shape(olds), shape(news)));
    const drift: string[] = [];
    if (open && replaces.length === 0) {
      const inputs = news as unknown as PieceInputs;
      const actual = kind.find(open.documents.peek<ConnectionDocument>(keyOf(inputs)), inputs.deployment);
      const values = await resolveValues(open, news);
      const differing = changedFields({ ...actual?.values, owner: actual?.owner }, { ...values, owner: inputs.owner });
      for (const field of differing) changed.add(field);
      if (!isNew && !actual) drift.push(`the ${kind.noun} is gone from the store`);
      else if (!isNew)
        drift.push(
          ...changedFields(await findLastValues(open, olds, actual), actual?.values)
            .filter((field) => differing.includes(field))
            .map((field) => `${field}: changed outside Pulumi`),
        );
    }
    return { changed: [...changed].sort(), drift, replaces };
  }

  async function write(news: Properties, olds?: Properties): Promise<Properties> {
    const inputs = news as unknown as PieceInputs;
    const what = describe(news);
    const open = await context.open(inputs.workspace);
    await open.documents.snapshot();
    return open.projector.gathering.during(idOf(inputs), async () => {
      requireWorkspace(open);
      await requireDeployment(open, inputs.deployment, what);
      await kind.ready?.(open, inputs, context.clock);
      const values = await resolveValues(open, news);
      requireNoProblems(what, unfitValues(news, values));
      const fresh = context.random(INSTANCE_BYTES);
      const changed = await open.documents.change<ConnectionDocument>(keyOf(inputs), (document) => {
        if (!document)
          throw new ConflictError(
            `${what}: connection "${inputs.connId}" does not exist in Workspace "${inputs.workspace.name}"; ` +
              `create it first, or correct the name`,
          );
        const current = kind.find(document, inputs.deployment);
        requireOwnership(current, claimOf(inputs, olds), what);
        kind.requireAllowed(open, document, inputs.deployment, what, context.catalog);
        const instance = instanceOf(current, olds, fresh);
        const next = kind.with(document, inputs.deployment, { owner: inputs.owner, instance, values });
        requireNoProblems(what, open.projector.admission.admit(next, document, [inputs.deployment]));
        return next;
      });
      const failures = await open.projector.projectAll([inputs.deployment], changed.sequence);
      const outs = { ...recorded(news), instance: kind.find(changed.after, inputs.deployment)?.instance };
      requireProjected(what, idOf(inputs), outs, news, failures);
      return outs;
    });
  }

  return {
    async check(olds, news) {
      const what = describe(news);
      const problems = kind.check(news);
      const inputs = { ...news };
      const unknown = hasUnknown(news["connId"]) || hasUnknown(news["deployment"]);
      if (problems.length > 0 || unknown) return checkResult(what, inputs, problems);
      const open = isLive(news) ? await context.open((news as unknown as PieceInputs).workspace) : undefined;
      await open?.documents.snapshot();
      open?.projector.gathering.announce(idOf(news as unknown as PieceInputs));
      const workspace = open?.documents.cached.workspace;
      if (open && workspace) {
        const declared = news as unknown as PieceInputs;
        const connType = open.documents.peek<ConnectionDocument>(keyOf(declared))?.base.connType;
        const values = await resolveValues(open, news);
        const unfit = unfitValues(news, values);
        const brought = unfit.length > 0 ? unfit : broughtBy(open, declared, values);
        if (brought.length > 0) return checkResult(what, inputs, brought);
        const fingerprints = hasUnknown(values)
          ? undefined
          : fingerprintAll(
              workspace.fingerprintKey,
              idOf(declared),
              secretValues(context.catalog, connType, valuesOf(news), values),
            );
        if (fingerprints) inputs["fingerprints"] = fingerprints;
      } else if (olds["fingerprints"] !== undefined) inputs["fingerprints"] = olds["fingerprints"];
      const { refused, warnings } = kind.judge?.(open, news as unknown as PieceInputs, context.catalog) ?? {};
      if (refused !== undefined) return checkResult(what, inputs, [{ field: "connection", reason: refused }]);
      for (const warning of warnings ?? []) context.warn(warning);
      const difference = await compare(open, olds, news);
      const { changed } = difference;
      const fingerprints = inputs["fingerprints"] as Fingerprints | undefined;
      const drift = withoutRotated(difference.drift, valuesOf(news), olds["fingerprints"], fingerprints);
      if (drift.length > 0) inputs["drift"] = drift;
      if (changed.length > 0 && Object.keys(olds).length > 0)
        inputs["appliesTo"] = describeReach(olds, changed, {
          changed: [String(news["deployment"])],
          unchanged: [],
          lost: [],
        });
      else if (olds["appliesTo"] !== undefined) inputs["appliesTo"] = olds["appliesTo"];
      return checkResult(what, inputs, []);
    },

    async diff(_id, olds, news) {
      const unknown = hasUnknown(news["connId"]) || hasUnknown(news["deployment"]);
      const open =
        isLive(news) && !unknown ? await context.open((news as unknown as PieceInputs).workspace) : undefined;
      await open?.documents.snapshot();
      const { changed, drift, replaces } = await compare(open, olds, news);
      const isLeft = pendingOf(olds).length > 0 || hasUnknown(recorded(news));
      const changes = changed.length > 0 || drift.length > 0 || replaces.length > 0 || isLeft;
      if (!changes) open?.projector.gathering.retract(idOf(news as unknown as PieceInputs));
      return { changes, replaces, deleteBeforeReplace: false };
    },

    create: async (inputs) => ({ id: idOf(inputs as unknown as PieceInputs), outs: await write(inputs) }),

    async read(id, props) {
      const inputs = props as unknown as PieceInputs;
      const open = await context.open(inputs.workspace);
      await open.documents.snapshot();
      const actual = kind.find(open.documents.peek<ConnectionDocument>(keyOf(inputs)), inputs.deployment);
      if (!actual || !isOwner(actual, { owner: inputs.owner })) return { id: "" };
      const declared = valuesOf(props);
      const resolved = (await findReferences(declared, referenceSources(context, open))) ?? declared;
      const values = asDeclared(declared, resolved, actual.values) as Properties;
      const connType = open.documents.peek<ConnectionDocument>(keyOf(inputs))?.base.connType;
      const isDeclared = props[kind.valuesKey] !== undefined || Object.keys(values).length > 0;
      const sealed = isDeclared ? { [kind.valuesKey]: sealSecrets(context.catalog, connType, values) } : {};
      const current = { ...recorded(props), ...sealed };
      return { id, props: { ...current, ...refreshed(actual, props) }, inputs: current };
    },

    update: async (_id, olds, news) => ({ outs: await write(news, olds) }),

    async delete(_id, props) {
      const inputs = props as unknown as PieceInputs;
      const open = await openToDelete(context, inputs.workspace);
      await open.projector.gathering.during(idOf(inputs), async () => {
        const changed = await open.documents.change<ConnectionDocument>(keyOf(inputs), (document) => {
          const piece = kind.find(document, inputs.deployment);
          if (!document || !piece || !mayRemove(piece, claimOf(inputs), props)) return document;
          return kind.with(document, inputs.deployment, undefined);
        });
        requireRemoved(
          context,
          describe(props),
          await open.projector.projectAll([inputs.deployment], changed.sequence),
        );
      });
    },
  };
}

/** A copy of a record with one entry set, or removed when the value is undefined; keys stay sorted. */
export function withEntry<T>(entries: Record<string, T>, key: string, value: T | undefined): Record<string, T> {
  const copy = new Map(Object.entries(entries));
  if (value === undefined) copy.delete(key);
  else copy.set(key, value);
  return Object.fromEntries([...copy].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Key of the document that a piece belongs to; only Workspace-level connections have pieces. */
export function keyOf(inputs: PieceInputs): string {
  return documentKeys.connection(inputs.workspace.name, inputs.connId);
}

async function requireDeployment(open: OpenWorkspace, deployment: string, what: string): Promise<void> {
  if (open.documents.cached.deployments.has(deployment)) return;
  const key = documentKeys.deployment(open.documents.name, deployment);
  if (await open.documents.find<DeploymentDocument>(key)) return;
  throw new ConflictError(
    `${what}: the Deployment does not exist in Workspace "${open.documents.name}"; create it first, or correct the name`,
  );
}
