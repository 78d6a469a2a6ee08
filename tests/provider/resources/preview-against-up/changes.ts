import fc from "fast-check";
import { isShared, type Document, type SharedDocument } from "../../../../provider/environment/documents";
import { decodeDocument, encodeDocument } from "../../../../provider/environment/codec";
import type { Kind } from "../../../../provider/resources/contract";
import { WORKSPACE, type World } from "../../../fakes/world";
import type { Declared, ModelStack } from "./engine-model";

/** A change of a program, or of the world behind its back; picks choose among what there is. */
export interface Change {
  name: keyof typeof CHANGES;
  stack: "platform" | "team";
  picks: number[];
  isBatched: boolean;
}

const DEPLOYMENTS = { platform: ["d1", "d2"], team: ["d3", "d4"] };
const ALL_DEPLOYMENTS = [...DEPLOYMENTS.platform, ...DEPLOYMENTS.team];
const CONNECTIONS = ["c1", "c2", "c3"];
const VALUES = {
  host: ["one", "two", undefined],
  login: ["etl", undefined],
  password: ["secret-1", "secret-2", undefined],
  port: [5432, 5433],
  extra: [{ a: "1" }, { a: "2", b: "x" }, {}, undefined],
  description: ["text", undefined],
};
const FIELDS = Object.keys(VALUES) as (keyof typeof VALUES)[];

/** Picks, one after the other. */
class Picks {
  #at = 0;

  constructor(private readonly numbers: number[]) {}

  of<T>(list: readonly T[]): T {
    const number = this.numbers[this.#at++ % this.numbers.length] ?? 0;
    return list[number % list.length] as T;
  }
}

const of = (stack: ModelStack, ...kinds: Kind[]) =>
  [...stack.program.values()].filter(({ kind }) => kinds.includes(kind));
const withArgs = (stack: ModelStack, one: Declared, args: object) =>
  stack.program.set(one.name, { ...one, args: { ...one.args, ...args } });
const target = (path: string) => ({ target: { directory: { path } } });

/** What lies on a resource goes with it, as in programs that pass the resource itself. */
function remove(stack: ModelStack, one: Declared): void {
  stack.program.delete(one.name);
  const { connId, key, name } = one.args;
  for (const other of stack.program.values())
    if (
      (one.kind === "deployment" && other.args["deployment"] === name) ||
      (one.kind === "connection" && !one.args["deployment"] && isPiece(other) && other.args["connId"] === connId) ||
      (one.kind === "variable" && isPiece(other) && other.args["key"] === key)
    )
      stack.program.delete(other.name);
}

const isPiece = ({ kind }: Declared) => ["connection-link", "variable-link", "override"].includes(kind);

function patch(picks: Picks): Record<string, unknown> {
  const field = picks.of(["host", "login", "password", "extra"] as const);
  return { [field]: picks.of([...VALUES[field].filter((value) => value !== undefined), null]) };
}

async function editDocument(world: World, picks: Picks, edit: (document: SharedDocument) => Document | undefined) {
  const objects = [...world.backend.documents].filter(([, { text }]) => "links" in (JSON.parse(text) as object));
  if (objects.length === 0) return;
  const [key, stored] = picks.of(objects);
  const document = decodeDocument(key, stored.text);
  const edited = isShared(document) ? edit(structuredClone(document)) : document;
  if (!edited) world.backend.documents.delete(key);
  else
    world.backend.documents.set(key, { ...stored, version: world.backend.nextVersion(), text: encodeDocument(edited) });
  return Promise.resolve();
}

type Apply = (stack: ModelStack, picks: Picks, world: World) => void | Promise<void>;

/** All kinds of changes. */
export const CHANGES = {
  nothing: () => undefined,
  field(stack, picks) {
    const objects = of(stack, "connection");
    if (objects.length === 0) return;
    const field = picks.of(FIELDS);
    withArgs(stack, picks.of(objects), { [field]: picks.of<unknown>(VALUES[field]) });
  },
  variable(stack, picks) {
    const [one] = of(stack, "variable");
    if (!one) stack.declare("variable", "v", { workspace: WORKSPACE, key: "v", value: "1" });
    else
      withArgs(
        stack,
        one,
        picks.of([{ value: "1" }, { value: "2" }, { description: "d" }, { sharing: "LinkedToAll" }]),
      );
  },
  sharing(stack, picks) {
    const objects = of(stack, "connection").filter(({ args }) => args["deployment"] === undefined);
    if (objects.length === 0) return;
    const exclude = picks.of([undefined, ["d1"], ["d3"], ["d1", "d2"]]);
    withArgs(
      stack,
      picks.of(objects),
      picks.of([
        { sharing: "LinkedToAll", exclude },
        { sharing: undefined, exclude: undefined },
      ]),
    );
  },
  link(stack, picks) {
    const [connId, deployment] = [picks.of(CONNECTIONS), picks.of(ALL_DEPLOYMENTS)];
    const overrides = picks.of([undefined, patch(picks)]);
    stack.declare("connection-link", `${connId}-${deployment}`, {
      workspace: WORKSPACE,
      connId,
      deployment,
      overrides,
    });
  },
  variableLink(stack, picks) {
    const deployment = picks.of(ALL_DEPLOYMENTS);
    const value = picks.of([undefined, "other"]);
    stack.declare("variable-link", `v-${deployment}`, { workspace: WORKSPACE, key: "v", deployment, value });
  },
  override(stack, picks) {
    const [connId, deployment] = [picks.of(CONNECTIONS), picks.of(ALL_DEPLOYMENTS)];
    const fields = patch(picks);
    stack.declare("override", `${connId}-${deployment}-o`, { workspace: WORKSPACE, connId, deployment, fields });
  },
  unlink(stack, picks) {
    const pieces = of(stack, "connection-link", "variable-link", "override");
    if (pieces.length > 0) stack.program.delete(picks.of(pieces).name);
  },
  addDeployment(stack, picks) {
    const name = picks.of(DEPLOYMENTS[stack.name === "team" ? "team" : "platform"]);
    stack.declare("deployment", name, { workspace: WORKSPACE, name, ...target(name) });
  },
  removeDeployment(stack, picks) {
    const deployments = of(stack, "deployment");
    if (deployments.length > 0) remove(stack, picks.of(deployments));
  },
  move(stack, picks) {
    const deployments = of(stack, "deployment");
    if (deployments.length > 0) withArgs(stack, picks.of(deployments), target(picks.of(["d1", "d3", "elsewhere"])));
  },
  addConnection(stack, picks) {
    const connId = picks.of(CONNECTIONS);
    const more = picks.of([{}, { sharing: "LinkedToAll" }, { deployment: picks.of(ALL_DEPLOYMENTS) }, { adopt: true }]);
    stack.declare("connection", connId, { workspace: WORKSPACE, connId, connType: "postgres", ...more });
  },
  removeConnection(stack, picks) {
    const objects = of(stack, "connection", "variable");
    if (objects.length > 0) remove(stack, picks.of(objects));
  },
  scope(stack, picks) {
    const objects = of(stack, "connection");
    if (objects.length === 0) return;
    const one = picks.of(objects);
    const deployment = picks.of([undefined, ...ALL_DEPLOYMENTS]);
    remove(stack, one);
    stack.program.set(one.name, { ...one, args: { ...one.args, deployment, sharing: undefined, exclude: undefined } });
  },
  otherId(stack, picks) {
    const objects = of(stack, "connection");
    if (objects.length === 0) return;
    const one = picks.of(objects);
    const connId = picks.of([...CONNECTIONS, "c9"]);
    for (const piece of of(stack, "connection-link", "override"))
      if (one.args["deployment"] === undefined && piece.args["connId"] === one.args["connId"])
        withArgs(stack, piece, { connId });
    withArgs(stack, one, { connId });
  },
  rename(stack, picks) {
    const all = [...stack.program.values()].filter(({ kind }) => kind !== "workspace");
    if (all.length === 0) return;
    const one = picks.of(all);
    const aliases = picks.of([[one.name, ...one.aliases], [one.name, ...one.aliases], []]);
    stack.program.delete(one.name);
    stack.program.set(`${one.name}x`, { ...one, name: `${one.name}x`, aliases });
  },
  editDocument: (_stack, picks, world) =>
    editDocument(world, picks, (document) => ({
      ...document,
      base: { ...document.base, ...picks.of([{ host: "evil" }, { login: "evil" }]) },
    })),
  removeDocument: (_stack, picks, world) => editDocument(world, picks, () => undefined),
  removePieces: (_stack, picks, world) =>
    editDocument(world, picks, (document) => ({ ...document, ...picks.of([{ links: {} }, { overrides: {} }]) })),
  editTarget(_stack, picks, world) {
    const place = world.place(picks.of(ALL_DEPLOYMENTS));
    if (place.object) place.plant('{\n  "evil": {"conn_type":"http"}\n}\n', place.object.marks);
  },
  removeTarget(_stack, picks, world) {
    world.place(picks.of(ALL_DEPLOYMENTS)).object = undefined;
  },
} satisfies Record<string, Apply>;

/** Random changes. */
export const changes: fc.Arbitrary<Change> = fc.record({
  name: fc.constantFrom(...(Object.keys(CHANGES) as (keyof typeof CHANGES)[])),
  stack: fc.constantFrom("platform", "team"),
  picks: fc.array(fc.nat(50), { minLength: 6, maxLength: 6 }),
  isBatched: fc.boolean(),
});

/** Makes a change. */
export async function make({ name, picks }: Change, stack: ModelStack, world: World): Promise<void> {
  await (CHANGES[name] as Apply)(stack, new Picks(picks), world);
}

/** What both stacks begin with. */
export function begin(platform: ModelStack, team: ModelStack): void {
  const object = (connId: string, more: object) => ({
    workspace: WORKSPACE,
    connId,
    connType: "postgres",
    host: "one",
    ...more,
  });
  platform.declare("workspace", "data", { ...WORKSPACE });
  for (const name of ["d1", "d2"])
    platform.declare("deployment", name, { workspace: WORKSPACE, name, ...target(name) });
  platform.declare("connection", "c1", object("c1", { password: "secret-1" }));
  platform.declare("connection", "c2", object("c2", { sharing: "LinkedToAll" }));
  platform.declare("connection-link", "c1-d1", { workspace: WORKSPACE, connId: "c1", deployment: "d1" });
  team.declare("deployment", "d3", { workspace: WORKSPACE, name: "d3", ...target("d3") });
  team.declare("connection-link", "c1-d3", {
    workspace: WORKSPACE,
    connId: "c1",
    deployment: "d3",
    overrides: { host: "team" },
  });
  team.declare("override", "c2-d3-o", {
    workspace: WORKSPACE,
    connId: "c2",
    deployment: "d3",
    fields: { login: "team" },
  });
}
