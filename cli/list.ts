import { SecretNotFoundError } from "../provider/errors";
import { documentKeys } from "../provider/environment/keys";
import { withStores, type CliContext } from "./context";
import { shortList } from "./failure";
import { inventory, type ListedWorkspace } from "./inventory";
import type { ListOptions } from "./list.command";
import { objectsOf, receivedBy, type NamedObject, type Received } from "./received";
import { table } from "./table";
import { describeAbsence, requireWorkspace } from "./whereabouts";

/** Prints who gets what, from metadata alone. @throws SecretNotFoundError for a Deployment that is not there. */
export async function list(context: CliContext, options: ListOptions): Promise<void> {
  const { terminal } = context;
  const { deployment } = options;
  const listed = await read(context, options);
  const objects = objectsOf(listed);
  if (deployment === undefined) {
    const names = listed.deployments.map(({ name }) => name).sort();
    if (options.json) terminal.out(JSON.stringify({ workspace: listed.name, objects: objects.map(cellsOf(names)) }));
    else terminal.out(objects.length === 0 ? `Workspace "${listed.name}" has no objects` : matrix(objects, names));
    return;
  }
  const received = objects.flatMap((object) => receivedBy(object, deployment) ?? []);
  if (options.json) terminal.out(JSON.stringify({ workspace: listed.name, deployment, objects: received }));
  else if (received.length === 0) terminal.out(`Deployment "${deployment}" gets nothing`);
  else
    terminal.out(
      table(
        ["KIND", "ID", "TYPE", "THROUGH", "FIELDS"],
        received.map((one) => [one.kind, one.id, one.connType, one.through, fieldsText(one)]),
      ),
    );
}

/** Prints one object, from metadata alone. @throws SecretNotFoundError when it, or the Deployment, is not there. */
export async function show(context: CliContext, id: string, options: ListOptions): Promise<void> {
  const { terminal } = context;
  const { deployment } = options;
  const listed = await read(context, options);
  const found = objectsOf(listed).filter((object) => object.id === id);
  const names = listed.deployments.map(({ name }) => name).sort();
  const objects = deployment === undefined ? found : found.filter((object) => receivedBy(object, deployment));
  if (objects.length === 0)
    throw new SecretNotFoundError(
      deployment === undefined || found.length === 0
        ? `Workspace "${listed.name}" has no connection and no Variable "${id}"; it has ` +
            (shortList(objectsOf(listed).map((object) => object.id)) || "none")
        : `Deployment "${deployment}" does not get "${id}"; add a link to it`,
    );
  const shown = objects.map((object) => ({
    ...object,
    deployments: Object.fromEntries(
      (deployment === undefined ? names : [deployment]).flatMap((name) => {
        const received = receivedBy(object, name);
        return received ? [[name, { through: received.through, fields: received.fields }]] : [];
      }),
    ),
  }));
  if (options.json) terminal.out(JSON.stringify({ workspace: listed.name, objects: shown }));
  else terminal.out(shown.map(describe).join("\n\n"));
}

async function read(
  context: CliContext,
  { store: address, workspace, deployment }: ListOptions,
): Promise<ListedWorkspace> {
  return withStores(context, [address], async (store) => {
    const name = await requireWorkspace(store, workspace);
    const [listed] = inventory(await store.listMetadata(documentKeys.all(name)));
    if (!listed) throw new SecretNotFoundError(await describeAbsence(store, name));
    const names = listed.deployments.map((one) => one.name).sort();
    if (deployment !== undefined && !names.includes(deployment))
      throw new SecretNotFoundError(
        `Workspace "${name}" has no Deployment "${deployment}"; it has ${shortList(names) || "none"}`,
      );
    return listed;
  });
}

/** A mark says that the Deployment has values of its own. */
function matrix(objects: NamedObject[], deployments: string[]): string {
  const head = ["KIND", "ID", ...deployments];
  const rows = objects.map((object) => [
    object.kind,
    object.id,
    ...deployments.map((name) => {
      const received = receivedBy(object, name);
      return received && `${received.through}${hasOwnValues(received) ? " *" : ""}`;
    }),
  ]);
  const note = objects.some((object) => deployments.some((name) => hasOwnValues(receivedBy(object, name))));
  return table(head, rows) + (note ? "\n* with values of its own" : "");
}

function cellsOf(deployments: string[]): (object: NamedObject) => object {
  return (object) => ({
    kind: object.kind,
    id: object.id,
    deployments: Object.fromEntries(
      deployments.flatMap((name) => {
        const received = receivedBy(object, name);
        return received ? [[name, { through: received.through, ownValues: hasOwnValues(received) }]] : [];
      }),
    ),
  });
}

function hasOwnValues(received: Received | undefined): boolean {
  return Object.values(received?.fields ?? {}).some((source) => source !== "base");
}

function fieldsText({ fields }: Received): string {
  return Object.entries(fields)
    .map(([field, source]) => (source === "base" ? field : `${field}(${source})`))
    .join(" ");
}

function describe(object: NamedObject & { deployments: Record<string, Pick<Received, "through" | "fields">> }): string {
  const { kind, id, connType, sharing, deployment, exclude, owner, fields, deployments } = object;
  const scope = deployment === undefined ? sharing : `only ${deployment}`;
  const facts: [string, string | undefined][] = [
    [kind, id],
    ["type", connType],
    ["sharing", exclude.length > 0 ? `${scope} less ${exclude.join(" ")}` : scope],
    ["owner", owner],
    ["fields", fields.join(" ")],
  ];
  const lines = table(
    ["DEPLOYMENT", "THROUGH", "VALUES OF ITS OWN"],
    Object.entries(deployments).map(([name, received]) => [
      name,
      received.through,
      Object.entries(received.fields)
        .filter(([, source]) => source !== "base")
        .map(([field, source]) => `${field}(${source})`)
        .join(" "),
    ]),
  );
  return `${table(["", ""], facts).trimStart()}\n\n${Object.keys(deployments).length === 0 ? "no Deployment gets it" : lines}`;
}
