// Loaded into the provider host with NODE_OPTIONS=--require. Ends the whole `pulumi` run with SIGKILL, engine first,
// at a chosen call to a store or target: production code has no hook for this, so the registries are wrapped from
// outside. The processes are those of the session that the engine leads, found through /proc.
const { appendFileSync, readFileSync, readdirSync } = require("node:fs");
const Module = require("node:module");
const { isDeepStrictEqual } = require("node:util");

/**
 * @type {{ log: string, at: number, moment: "before" | "during" | "after", only: "changes" | "writes" | "all" }}
 * `at`: number of the call that is the last one, from 1; 0 lets all pass. `only`: which calls count; `writes` are those
 * to targets; `changes` are those that leave other bytes in a store or target.
 */
const plan = JSON.parse(process.env.AIRFLOW_ENV_TEST_KILL);
const CHANGES = ["put", "delete", "write", "remove"];
const wrapped = new WeakSet();
const finders = new WeakMap();
let calls = 0;

const load = Module._load;
Module._load = function (request, parent, isMain) {
  const exported = load.call(this, request, parent, isMain);
  if (/stores\/registry(\.js)?$/.test(request)) return wrapStores(exported);
  if (/targets\/registry(\.js)?$/.test(request)) return wrapTargets(exported);
  return exported;
};

function wrapStores(registry) {
  const openStore = async (address) =>
    wrap(await registry.openStore(address), "store", ["find", "put", "delete", "list", "keys"]);
  return { ...registry, openStore };
}

function wrapTargets(registry) {
  const open = async (spec) => wrap(await registry.openTarget(spec), "target", ["read", "write", "remove"]);
  const readMany = (targets) => counted("target readMany", false, () => registry.readTargets(targets));
  const targetAccess = { ...registry.targetAccess, open, readMany };
  return { ...registry, openTarget: open, readTargets: readMany, targetAccess };
}

// In place: the registry knows its objects by identity.
function wrap(object, what, methods) {
  if (wrapped.has(object)) return object;
  wrapped.add(object);
  if (what === "store") finders.set(object, object.find.bind(object));
  for (const method of methods) {
    const original = object[method].bind(object);
    object[method] = async (...args) => {
      const key = what === "store" ? String(args[0]) : object.address;
      const changes = CHANGES.includes(method) && !(await isRepeated(object, method, args));
      return counted(`${what} ${method} ${key}`, changes, () => original(...args));
    };
  }
  return object;
}

/**
 * A rerun writes a target again although it holds the same bytes already, and a repeated create gives its piece another
 * instance. Nothing else changes, so an endless row of kills there would tell nothing, except that who is always killed
 * never ends.
 */
async function isRepeated(object, method, args) {
  if (method === "write") {
    const [rendered, marks, expected] = args;
    const texts = { connections: rendered.connections.text, variables: rendered.variables?.text };
    const before = { connections: expected?.files.connections, variables: expected?.files.variables };
    return isDeepStrictEqual(before, texts) && isDeepStrictEqual(expected?.marks, marks);
  }
  if (method !== "put") return false;
  const [key, text] = args;
  const stored = await finders.get(object)(key);
  return stored !== undefined && withoutInstances(stored.text) === withoutInstances(text);
}

function withoutInstances(text) {
  return JSON.stringify(JSON.parse(text, (name, value) => (name === "instance" ? undefined : value)));
}

async function counted(label, changes, run) {
  if (plan.only === "changes" && !changes) return run();
  if (plan.only === "writes" && !label.startsWith("target write")) return run();
  const isLast = ++calls === plan.at;
  appendFileSync(plan.log, `${label}\n`);
  if (isLast && plan.moment === "before") killRun();
  const running = run();
  if (isLast && plan.moment === "during") {
    await Promise.race([running, new Promise((resolve) => setImmediate(resolve))]);
    killRun();
  }
  try {
    return await running;
  } finally {
    if (isLast) killRun();
  }
}

/** Kills the leader of this session, which is the engine, then all others in it, this process last. */
function killRun() {
  appendFileSync(plan.log, "KILLED\n");
  const engine = sessionOf("self");
  const others = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && sessionOf(pid) === engine);
  for (const pid of [engine, ...others.map(Number)]) if (pid !== process.pid) kill(pid);
  process.kill(process.pid, "SIGKILL");
}

function kill(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/** @returns {number | undefined} undefined when the process has ended meanwhile */
function sessionOf(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ")[3]);
  } catch (error) {
    if (!["ENOENT", "ESRCH"].includes(error.code)) throw error;
    return undefined;
  }
}
