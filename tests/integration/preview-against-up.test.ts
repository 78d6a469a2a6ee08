import { expect } from "chai";
import fc from "fast-check";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { receiversSaid, saidBy } from "../provider/resources/preview-against-up/judge";
import { connection, deployment, link, override, workspace } from "./declarations";
import { Engine, stepsOf, type PreviewStep, type ResourceSpec, type Stack } from "./engine";

const CHANGES = 30;
/** `SEED=n` tries other changes. */
const SEED = Number(process.env["SEED"] ?? 7);
const DEPLOYMENTS = ["dev", "prod", "staging"];
const CONNECTIONS = ["alerts", "lake", "warehouse"];
const VALUES = {
  host: ["one", "two", undefined],
  password: ["secret-1", "secret-2", undefined],
  extra: [{ a: "1" }, { a: "2", b: "x" }, undefined],
};

/** What a program declares, by name. */
type Program = Map<string, ResourceSpec>;

/** Random changes of a program; the same property as over the model of the engine, which sees many more of them. */
describe("a preview and the up after it, on the real engine", () => {
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-preview-"));
  const file = (name: string) => join(folder, name, "connections.json");
  const target = (name: string) => ({ target: { directory: { path: join(folder, name) } } });
  let engine: Engine;
  let stack: Stack;

  before(async () => {
    engine = await Engine.create();
    stack = await engine.stack("previews");
  });
  after(() => {
    engine?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What each Deployment has in its place. */
  const placed = () =>
    new Map(DEPLOYMENTS.map((name) => [name, existsSync(file(name)) ? readFileSync(file(name), "utf8") : undefined]));

  async function up(program: Program): Promise<boolean> {
    stack.resources = [...program.values()].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
    return (await stack.run(["up", "--yes", "--skip-preview"])).code === 0;
  }

  /** The changes that a preview shows; undefined when it is refused. */
  async function preview(program: Program): Promise<PreviewStep[] | undefined> {
    stack.resources = [...program.values()].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
    const { code, stdout } = await stack.run(["preview", "--json"]);
    return code === 0 ? stepsOf(stdout) : undefined;
  }

  it(`name the same Deployments, and have the same success, ${CHANGES} times`, async () => {
    const seen = { green: 0, red: 0, exact: 0 };
    const program: Program = new Map();
    const add = (spec: ResourceSpec) => program.set(spec.name, spec);
    add(workspace(`local:${join(folder, "store")}`));
    add(deployment("dev", target("dev")));
    add(deployment("prod", target("prod")));
    add(connection("warehouse", { password: "secret-1" }));
    add(connection("alerts", { sharing: "LinkedToAll" }));
    add(link("warehouse", "dev"));
    add(override("alerts", "prod", { host: "own" }));
    expect(await up(program), "the first up").to.equal(true);

    for (const [index, { name, picks }] of fc.sample(ANY_CHANGE, { numRuns: CHANGES, seed: SEED }).entries()) {
      const before = new Map(program);
      CHANGE[name](program, picker(picks), target, file);
      const what = `change ${index + 1} of seed ${SEED}, ${name}`;
      const steps = await preview(program);
      const placedBefore = placed();
      expect(
        await up(program),
        `${what}: success of the up, after a preview that ${steps ? "passed" : "was refused"}`,
      ).to.equal(steps !== undefined);
      if (steps) {
        seen.green++;
        const placedAfter = placed();
        const changed = DEPLOYMENTS.filter((one) => !isDeepStrictEqual(placedBefore.get(one), placedAfter.get(one)));
        expect(named(steps), what).to.include.members(changed);
        const [only] = steps.filter(({ name: of }) => program.get(of)?.kind === "connection");
        if (steps.length === 1 && only?.op === "update") {
          seen.exact++;
          expect(changed, what).to.have.members(saidBy({ inputs: only.newInputs }).affected);
        }
        continue;
      }
      seen.red++;
      // Taken back: else all that follows would be refused too.
      program.clear();
      for (const spec of before.values()) add(spec);
      expect(await up(program), `${what}, taken back`).to.equal(true);
    }
    for (const [kind, count] of Object.entries(seen)) expect(count, kind).to.be.greaterThan(0);
    expect(await preview(program), "after all of it").to.deep.equal([]);
  });
});

/** Deployments that a preview names in any way. */
function named(steps: PreviewStep[]): string[] {
  return steps.flatMap(({ op, name, newInputs, oldInputs }) => {
    const both = [newInputs, oldInputs].flatMap((inputs) => [inputs["deployment"], inputs["target"] && inputs["name"]]);
    const said = newInputs["appliesTo"] === undefined ? [] : saidBy({ inputs: newInputs }).affected;
    const lost = oldInputs["appliesTo"] === undefined || op === "update" ? [] : receiversSaid({ inputs: oldInputs });
    return [name, ...both, ...said, ...lost].filter((one): one is string => typeof one === "string");
  });
}

/** What others name comes first. */
const ORDER: ResourceSpec["kind"][] = ["workspace", "deployment", "connection", "link", "override"];

type Picks = <T>(list: readonly T[]) => T;
type Target = (name: string) => object;

function picker(numbers: number[]): Picks {
  let at = 0;
  return (list) => list[(numbers[at++ % numbers.length] ?? 0) % list.length] as never;
}

const of = (program: Program, ...kinds: ResourceSpec["kind"][]) =>
  [...program.values()].filter(({ kind }) => kinds.includes(kind));

function withArgs(program: Program, spec: ResourceSpec | undefined, args: object): void {
  if (spec) program.set(spec.name, { ...spec, args: { ...spec.args, ...args } });
}

/** With what lies on it, which names it. */
function remove(program: Program, { name, kind }: ResourceSpec): void {
  program.delete(name);
  for (const [other, { args }] of program)
    if (args["connection"] === `$${kind}:${name}` || args["deployment"] === `$${kind}:${name}`) program.delete(other);
}

/** A pair whose sides may not be declared: then they are meant by name. */
function pair(program: Program, pick: Picks) {
  const [conn, to] = [pick(CONNECTIONS), pick(DEPLOYMENTS)];
  const args = {
    ...(!program.has(conn) && { connection: { workspace: "$workspace:data", connId: conn } }),
    ...(!program.has(to) && { deployment: to }),
  };
  return { conn, to, args };
}

const patch = (pick: Picks) => pick([{ host: "own" }, { password: "own-secret" }, { host: null }]);

const CHANGE = {
  field(program, pick) {
    const field = pick(["host", "password", "extra"] as const);
    withArgs(program, pick(of(program, "connection")), { [field]: pick<unknown>(VALUES[field]) });
  },
  sharing(program, pick) {
    const exclude = pick([undefined, ["prod"], ["dev", "staging"]]);
    const sharing = pick([
      { sharing: "LinkedToAll", exclude },
      { sharing: undefined, exclude: undefined },
    ]);
    withArgs(program, pick(of(program, "connection")), sharing);
  },
  link(program, pick) {
    const { conn, to, args } = pair(program, pick);
    const spec = link(conn, to, { ...args, overrides: pick([undefined, patch(pick)]) });
    program.set(spec.name, spec);
  },
  override(program, pick) {
    const { conn, to, args } = pair(program, pick);
    const spec = override(conn, to, patch(pick), args);
    program.set(spec.name, spec);
  },
  unlink(program, pick) {
    const pieces = of(program, "link", "override");
    if (pieces.length > 0) program.delete(pick(pieces).name);
  },
  addDeployment(program, pick, target) {
    const spec = deployment(pick(DEPLOYMENTS), {});
    program.set(spec.name, { ...spec, args: { ...spec.args, ...target(spec.name) } });
  },
  removeDeployment(program, pick) {
    const deployments = of(program, "deployment");
    if (deployments.length > 1) remove(program, pick(deployments));
  },
  addConnection(program, pick) {
    const spec = connection(pick(CONNECTIONS), pick([{}, { sharing: "LinkedToAll" }]));
    if (!program.has(spec.name)) program.set(spec.name, spec);
  },
  removeConnection(program, pick) {
    const connections = of(program, "connection");
    if (connections.length > 1) remove(program, pick(connections));
  },
  editTarget(_program, pick, _target, file) {
    const path = file(pick(DEPLOYMENTS));
    if (existsSync(path)) writeFileSync(path, '{"evil": {"conn_type": "http"}}\n');
  },
} satisfies Record<string, (program: Program, pick: Picks, target: Target, file: (name: string) => string) => void>;

const ANY_CHANGE = fc.record({
  name: fc.constantFrom(...(Object.keys(CHANGE) as (keyof typeof CHANGE)[])),
  picks: fc.array(fc.nat(50), { minLength: 6, maxLength: 6 }),
});
