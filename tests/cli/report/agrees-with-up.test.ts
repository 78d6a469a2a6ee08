import { expect } from "chai";
import fc from "fast-check";
import * as catalog from "../../../catalog/lookup";
import { documentsAfter, type Documents } from "../../../cli/report/after";
import { changesOf } from "../../../cli/report/changes";
import { HIDDEN, parsePreview } from "../../../cli/report/preview";
import { isShared } from "../../../provider/environment/documents";
import type { Kind } from "../../../provider/resources/contract";
import type { Properties } from "../../../provider/resources/declaration/values";
import { instantClock } from "../../fakes/instant-clock";
import { inputs, World } from "../../fakes/world";

const RUNS = 200;
const DEPLOYMENTS = ["dev", "prod", "staging"];
const CONNECTIONS = ["alerts", "lake", "warehouse"];
const FIELDS = fc.record(
  {
    host: fc.constantFrom("h1", "h2"),
    password: fc.constantFrom("first-password", "second-password"),
    extra: fc.record({ region: fc.constantFrom("eu", "us"), api_key: fc.constantFrom("key-one-1", "key-two-2") }),
  },
  { requiredKeys: [] },
);

/** For each name whether, and how, it is declared. */
const declared = <T>(names: string[], of: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc
    .tuple(...names.map(() => fc.option(of, { nil: undefined })))
    .map((values) => Object.fromEntries(names.flatMap((name, at) => (values[at] ? [[name, values[at]]] : []))));

const PAIRS = CONNECTIONS.flatMap((id) => DEPLOYMENTS.map((name) => `${id}/${name}`));
const PROGRAM = fc.record({
  deployments: declared(DEPLOYMENTS, fc.record({ strict: fc.boolean() })),
  connections: declared(
    CONNECTIONS,
    fc.record({ fields: FIELDS, isForAll: fc.boolean(), exclude: fc.subarray(DEPLOYMENTS) }),
  ),
  links: declared(PAIRS, FIELDS),
  overrides: declared(PAIRS, FIELDS),
});
type Program = typeof PROGRAM extends fc.Arbitrary<infer T> ? T : never;

interface Declared {
  urn: string;
  kind: Kind;
  args: Properties;
}

interface Recorded extends Declared {
  id: string;
  inputs: Properties;
  outputs: Properties;
}

describe("airflow-env report", () => {
  it("names exactly the Deployments whose files the up then changes, and what changes in them", async () => {
    let changed = 0;
    await fc.assert(
      fc.asyncProperty(PROGRAM, PROGRAM, async (first, second) => {
        const world = new World();
        const state = await up(world, resourcesOf(first), []);
        const { steps } = parsePreview(await previewOf(world, resourcesOf(second), state));
        const before = documentsOf(world);
        const after = documentsAfter(before, steps, fingerprintKeyOf(world));
        const { deployments } = changesOf(before, after, steps, catalog);
        const files = contentsOf(world);
        await up(world, resourcesOf(second), state);
        // Settings alone change no file.
        const said = deployments
          .filter(({ change, objects }) => change !== "changed" || objects.length > 0)
          .map(({ name, objects }) => [name, objects.map(({ id, change }) => `${change} ${id}`)]);
        const done = differences(files, contentsOf(world));
        expect(Object.fromEntries(said)).to.deep.equal(done);
        changed += Object.keys(done).length;
      }),
      { numRuns: RUNS },
    );
    expect(changed).to.be.above(RUNS);
  });
});

function resourcesOf({ deployments, connections, links, overrides }: Program): Declared[] {
  const isExcluded = (id: string, name: string) => {
    const { isForAll = false, exclude = [] } = connections[id] ?? {};
    return isForAll && exclude.includes(name);
  };
  const receives = (id: string, name: string) =>
    !isExcluded(id, name) && (`${id}/${name}` in links || connections[id]?.isForAll === true);
  const pairs = <T>(of: Record<string, T>) =>
    Object.entries(of).flatMap(([pair, values]): [string, string, T][] => {
      const [id = "", name = ""] = pair.split("/");
      return id in connections && name in deployments ? [[id, name, values]] : [];
    });
  const resource = (kind: Kind, type: string, name: string, args: Properties): Declared => ({
    urn: `urn:pulumi:prod::data::pulumi-nodejs:dynamic/airflow:${type}::${name}`,
    kind,
    args,
  });
  return [
    resource("workspace", "Workspace", "data", inputs.workspace()),
    ...Object.entries(deployments).map(([name, more]) =>
      resource("deployment", "Deployment", name, inputs.deployment(name, more)),
    ),
    ...Object.entries(connections).map(([id, { fields, isForAll, exclude }]) =>
      resource("connection", "Connection", id, {
        ...inputs.connection(id, fields),
        ...(isForAll && { sharing: "LinkedToAll", exclude }),
      }),
    ),
    ...pairs(links)
      .filter(([id, name]) => !isExcluded(id, name))
      .map(([id, name, values]) =>
        resource("connection-link", "ConnectionLink", `${id}-${name}`, inputs.link(id, name, values)),
      ),
    ...pairs(overrides)
      .filter(([id, name, fields]) => receives(id, name) && Object.keys(fields).length > 0)
      .map(([id, name, fields]) =>
        resource("override", "Override", `${id}-${name}-override`, inputs.override(id, name, fields)),
      ),
  ];
}

/** As the engine does it: what is declared in its order, then what is gone, last first. */
async function up(world: World, resources: Declared[], state: Recorded[]): Promise<Recorded[]> {
  const { handlers } = world.process({ clock: instantClock() });
  const recorded: Recorded[] = [];
  for (const { urn, kind, args } of resources) {
    const old = state.find((one) => one.urn === urn);
    const { inputs: news, failures } = await handlers[kind].check(old?.inputs ?? {}, { ...args });
    expect(failures, urn).to.deep.equal([]);
    if (!old) {
      const { id, outs } = await handlers[kind].create(news);
      recorded.push({ urn, kind, args, id, inputs: news, outputs: outs });
      continue;
    }
    const { changes } = await handlers[kind].diff(old.id, old.outputs, news);
    const outs = changes ? (await handlers[kind].update(old.id, old.outputs, news)).outs : old.outputs;
    recorded.push({ ...old, args, inputs: news, outputs: outs });
  }
  const gone = state.filter(({ urn }) => !resources.some((one) => one.urn === urn));
  for (const { kind, id, outputs } of gone.reverse()) await handlers[kind].delete(id, outputs);
  return recorded;
}

/** What `pulumi preview --json` would print. */
async function previewOf(world: World, resources: Declared[], state: Recorded[]): Promise<string> {
  const { handlers } = world.process({ clock: instantClock() });
  const steps: object[] = [];
  for (const { urn, kind, args } of resources) {
    const old = state.find((one) => one.urn === urn);
    const { inputs: news } = await handlers[kind].check(old?.inputs ?? {}, { ...args });
    const changes = !old || (await handlers[kind].diff(old.id, old.outputs, news)).changes;
    const oldState = old && { inputs: old.inputs, outputs: old.outputs };
    if (changes) steps.push({ op: old ? "update" : "create", urn, oldState, newState: { inputs: news } });
  }
  for (const { urn, inputs: recorded, outputs } of state)
    if (!resources.some((one) => one.urn === urn))
      steps.push({ op: "delete", urn, oldState: { inputs: recorded, outputs } });
  return JSON.stringify({ steps }, (key, value: unknown) =>
    ["password", "api_key"].includes(key) && !isFingerprint(value) ? HIDDEN : value,
  );
}

function isFingerprint(value: unknown): boolean {
  return typeof value === "string" && /^[0-9a-f]{12}$/.test(value);
}

function documentsOf(world: World): Documents {
  const { documents } = world.backend;
  const all = world.documents();
  const keys = [...documents.keys()];
  return {
    objects: new Map(all.flatMap((one, at) => (isShared(one) ? [[keys[at] ?? "", one] as const] : []))),
    deployments: new Map(
      all.flatMap((one) => (!isShared(one) && one.kind === "deployment" ? [[one.name, one] as const] : [])),
    ),
  };
}

function fingerprintKeyOf(world: World): string | undefined {
  return world.documents().flatMap((one) => ("fingerprintKey" in one ? [one.fingerprintKey] : []))[0];
}

type Contents = Record<string, Record<string, unknown>>;

function contentsOf(world: World): Contents {
  return Object.fromEntries(
    DEPLOYMENTS.flatMap((name) => (world.content(name) ? [[name, world.content(name) ?? {}]] : [])),
  );
}

function differences(before: Contents, after: Contents): Record<string, string[]> {
  const names = DEPLOYMENTS.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  return Object.fromEntries(
    names.map((name) => [
      name,
      CONNECTIONS.flatMap((id) => {
        const [had, gets] = [before[name]?.[id], after[name]?.[id]];
        if (JSON.stringify(had) === JSON.stringify(gets)) return [];
        return [`${had === undefined ? "added" : gets === undefined ? "removed" : "changed"} ${id}`];
      }),
    ]),
  );
}
