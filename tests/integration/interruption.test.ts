import { expect } from "chai";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canary, scanForCanary } from "./canary";
import { startCluster, type Cluster } from "./cluster";
import { connection, deployment, link, override, variable, variableLink, workspace } from "./declarations";
import { Engine, type CommandResult, type ResourceSpec, type Stack } from "./engine";
import { World } from "./world";

/** `INTERRUPTION=full`: at every call, reads included, before, during and after it; takes more than an hour. */
const FULL = process.env["INTERRUPTION"] === "full";
const MAX_RUNS = 40;
const NAMESPACES = ["prod", "staging", "moved"];
const PASSWORD = canary("interrupted");

/** Where and when a run ends; see kill-at.cjs. */
interface Kill {
  at: number;
  moment: "before" | "during" | "after";
  only: "changes" | "writes" | "all";
  /** Kill the next runs in the same way, until one ends by itself: each is then a recovery that is interrupted too. */
  again?: boolean;
}

/**
 * The state of the world before a change is that after the change before, and reads change nothing: so this is a kill
 * at every call, except for what the engine has recorded meanwhile.
 */
const AFTER_EACH_CHANGE: Kill = { at: 1, moment: "after", only: "changes", again: true };

/** One step of a stack's life. */
interface Step {
  title: string;
  /** Undefined: destroy. */
  resources: ResourceSpec[] | undefined;
  /** By default a kill after each change in turn. */
  kills?: Kill[];
}

describe("an interrupted pulumi up", function () {
  if (FULL) this.timeout(14_400_000);
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-interruption-"));
  const [store, log] = [join(folder, "store"), join(folder, "calls")];
  let cluster: Cluster;
  let engine: Engine;
  let stack: Stack;
  let world: World;

  before(async () => {
    cluster = await startCluster(NAMESPACES);
    engine = await Engine.create();
    stack = await engine.stack("interrupted", cluster.env);
    await stack.setSecret("interrupted:canary", PASSWORD);
    world = new World({ stack, cluster, store, namespaces: NAMESPACES });
  });

  after(async () => {
    await cluster?.stop();
    engine?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const several = ["a", "b", "c", "d", "e", "f"];
  const all = ({ host = "db", sharing = "LinkedToAll", place = "staging", linked = false, many = false } = {}) => [
    workspace(`local:${store}`),
    deployment("prod"),
    deployment("staging", { target: { kubernetes: { namespace: place } } }),
    connection("warehouse", { host, password: "$canary" }),
    connection("alerts", { connType: "http", sharing }),
    link("warehouse", "prod", { overrides: { host: "db.prod" } }),
    override("warehouse", "prod", { login: "etl_prod" }),
    variable("region", { value: host, sharing: "LinkedToAll" }),
    variable("token", { value: "$canary" }),
    variableLink("token", "prod"),
    ...(linked ? [link("warehouse", "staging")] : []),
    ...(many ? several.flatMap((name) => [connection(name), link(name, "staging")]) : []),
  ];
  const steps: Step[] = [
    { title: "creating everything", resources: all() },
    {
      title: "changing a field, restricting, linking, moving a target",
      resources: all({ host: "db2", sharing: "Restricted", place: "moved", linked: true }),
    },
    { title: "changing back, sharing with all, unlinking", resources: all() },
    {
      title: "creating links that share one write",
      resources: all({ many: true }),
      kills: (["before", "during", "after"] as const).map((moment) => ({ at: 1, moment, only: "writes" })),
    },
    { title: "destroying everything", resources: undefined },
  ];

  for (const { title, resources, kills = [AFTER_EACH_CHANGE] } of steps)
    it(`goes on after a kill at every change: ${title}`, async () => {
      const verb = resources ? "up" : "destroy";
      const start = await world.save();
      const begin = await world.look();
      stack.resources = resources ?? stack.resources;
      await run(verb);
      const end = await world.look();
      const known = new Set([...Object.keys(begin.documents), ...Object.keys(end.documents)]);
      expect(Object.keys(end.documents)).to.have.lengthOf(resources ? documentsOf(resources) : 0);
      // Two Deployments, with connections and Variables each.
      expect(Object.keys(end.files)).to.have.lengthOf(resources ? 4 : 0);

      for (const kill of FULL ? everyCall() : kills) {
        await world.restore(start);
        const calls = await interrupt(verb, kill, known);
        const where = `${JSON.stringify(kill)}\n${calls.join("\n")}`;
        if (FULL && !calls.includes("KILLED")) break;
        expect(await world.look(), where).to.deep.equal(end);
      }
      // Pulumi remembers interrupted creates, and warns of them, until it is told that they are dealt with.
      await stack.expectOk(["refresh", "--yes", "--skip-preview", "--clear-pending-creates"]);
      expect(await world.look()).to.deep.equal(end);
      if (resources) expect(await stack.preview()).to.deep.equal([]);
      await scanForCanary(engine, [PASSWORD], { files: [folder], kube: cluster.kube, namespaces: NAMESPACES });
    });

  /** Runs until one run ends by itself. */
  async function interrupt(verb: string, kill: Kill, known: Set<string>): Promise<string[]> {
    const calls: string[] = [];
    for (let runs = 1; runs <= MAX_RUNS; runs++) {
      const isKilled = runs === 1 || kill.again;
      rmSync(log, { force: true });
      const { at, moment, only } = kill;
      const plan = JSON.stringify({ at: isKilled ? at : 0, moment, only, log });
      const preload = `--require ${join(__dirname, "kill-at.cjs")}`;
      const result = await run(verb, { NODE_OPTIONS: preload, AIRFLOW_ENV_TEST_KILL: plan });
      if (existsSync(log)) calls.push(...readFileSync(log, "utf8").trim().split("\n"));
      if (result.code === 0) return calls;
      if (calls.at(-1) !== "KILLED")
        throw new Error(`${verb} failed by itself:\n${result.output}\n${calls.join("\n")}`);
      const { documents } = await world.look();
      const strange = Object.keys(documents).filter((key) => !known.has(key));
      expect(strange, calls.join("\n")).to.deep.equal([]);
      // The killed engine's lock: what the next run tells the user to do.
      await stack.expectOk(["cancel", "--yes"]);
    }
    throw new Error(`no end after ${MAX_RUNS} runs:\n${calls.join("\n")}`);
  }

  async function run(verb: string, env: Record<string, string> = {}): Promise<CommandResult> {
    const result = await stack.run([verb, "--yes", "--skip-preview", "--parallel", "16"], { env });
    if (Object.keys(env).length === 0 && result.code !== 0) throw new Error(result.output);
    return result;
  }
});

function* everyCall(): Generator<Kill> {
  for (let at = 1; ; at++)
    for (const moment of ["before", "during", "after"] as const) yield { at, moment, only: "all" };
}

/** Documents of a program: links and overrides are parts of their connections. */
function documentsOf(resources: ResourceSpec[]): number {
  return resources.filter(({ kind }) => !["link", "override", "variableLink"].includes(kind)).length;
}
