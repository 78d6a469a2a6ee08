import { ConflictError, InputError, UnsupportedError } from "../errors";
import { documentKeys } from "../environment/keys";
import { effectiveObject, receives, resolveDeployment } from "../environment/receive";
import type { EffectiveObject } from "../objects/effective";
import { connectionKind } from "../objects/connection/kind";
import { objectKinds } from "../objects/registry";
import type { Path } from "../path";
import type { HandlerContext, OpenWorkspace } from "../resources/contract";
import { isRecord, type Properties } from "../resources/declaration/values";
import { declaredConnection } from "../resources/kinds/connection/declared";
import { requireWorkspace } from "../resources/access";
import { PACKAGE } from "./kinds";
import type { Settings } from "./settings";
import type { Struct } from "./protobuf";
import { sealed } from "./wire";

/** What a function has found, and where its secrets are. */
interface Answer {
  properties: Properties;
  secrets: Path[];
}

/** What functions read from. */
export interface Sources {
  context: HandlerContext;
  settings: Settings;
}

const FUNCTIONS: Record<string, (args: Properties, sources: Sources) => Promise<Answer>> = {
  getWorkspace,
  getConnection,
  getEffectiveConnections,
};

/**
 * Calls a function of the schema: reads what the store holds now.
 *
 * @throws ConflictError for what is not there, InputError for arguments that are missing.
 */
export async function invoke(token: string, args: Properties, sources: Sources): Promise<Struct> {
  const name = token.slice(`${PACKAGE}:index:`.length);
  const call = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!call) throw new UnsupportedError(`there is no function ${token}`);
  const { properties, secrets } = await call(args, sources);
  return sealed(properties, secrets);
}

async function getWorkspace({ name, store }: Properties, sources: Sources): Promise<Answer> {
  const { documents } = await open({ workspace: { name, store } }, sources, "getWorkspace");
  const { workspace, deployments, objects } = documents.cached;
  const idsOf = (kind: string) => [
    ...new Set(objects.filter((one) => one.kind === kind && one.deployment === undefined).map(({ id }) => id)),
  ];
  return {
    properties: {
      name: documents.name,
      store: documents.store.address,
      uid: workspace?.uid,
      secretsFetching: workspace?.secretsFetching,
      deployments: [...deployments.keys()].sort(),
      connections: idsOf("connection").sort(),
      variables: idsOf("variable").sort(),
    },
    secrets: [],
  };
}

async function getConnection(args: Properties, sources: Sources): Promise<Answer> {
  const what = "getConnection";
  const { documents } = await open(args, sources, what);
  const connId = requireText(args, "connId", what);
  const { deployment } = args;
  const named = typeof deployment === "string" ? deployment : undefined;
  const own = documents.peekShared(documentKeys.connection(documents.name, connId, named));
  const document = own ?? documents.peekShared(documentKeys.connection(documents.name, connId));
  if (!document || (named !== undefined && !receives(document, named)))
    throw new ConflictError(
      `${what}: ${named === undefined ? "there is" : `Deployment "${named}" gets`} no connection "${connId}" in ` +
        `Workspace "${documents.name}"; one of this program is there once it is made: depend on it`,
    );
  const value = named === undefined ? document.base : effectiveObject(connectionKind, document, named).value;
  const fields: Properties = { ...value };
  return {
    properties: { connId, ...fields },
    secrets: declaredConnection.secretsOf(fields, fields, sources.context.catalog),
  };
}

async function getEffectiveConnections(args: Properties, sources: Sources): Promise<Answer> {
  const what = "getEffectiveConnections";
  const { documents } = await open(args, sources, what);
  const deployment = requireText(args, "deployment", what);
  const { objects, deployments } = documents.cached;
  if (!deployments.has(deployment))
    throw new ConflictError(`${what}: Workspace "${documents.name}" has no Deployment "${deployment}"`);
  const received = resolveDeployment(objectKinds, deployment, objects).filter(isConnection);
  return {
    properties: { connections: Object.fromEntries(received.map(({ id, value }) => [id, value])) },
    secrets: [["connections"]],
  };
}

function isConnection({ kind }: EffectiveObject): boolean {
  return kind.name === connectionKind.name;
}

async function open({ workspace }: Properties, { context, settings }: Sources, what: string): Promise<OpenWorkspace> {
  const { name, store = settings.store } = isRecord(workspace) ? workspace : {};
  if (typeof name !== "string") throw new InputError(`${what}: workspace: needs the name of a Workspace`);
  if (typeof store !== "string")
    throw new InputError(`${what}: workspace: needs the address of its store, or the configuration airflow-env:store`);
  const opened = await context.open({ name, store });
  await opened.documents.snapshot();
  requireWorkspace(opened);
  return opened;
}

function requireText(args: Properties, name: string, what: string): string {
  const value = args[name];
  if (typeof value === "string") return value;
  throw new InputError(`${what}: ${name}: is needed: a string`);
}
