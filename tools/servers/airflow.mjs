// @ts-check
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { guardProcess, killGroup } from "../processes/guard.mjs";
import { ensureAirflow } from "../toolchain.mjs";
import { temporaryDirectory } from "./server-process.mjs";

const workerPath = fileURLToPath(new URL("./airflow_worker.py", import.meta.url));
const shownLogLines = 30;

/** @typedef {import("./airflow.d.mts").Airflow} Airflow */

/** @type {import("./airflow.d.mts").startAirflow} */
export async function startAirflow(version) {
  const { python } = await ensureAirflow(version);
  const folder = await temporaryDirectory("airflow");
  const worker = startWorker(python, folder.path);
  const stop = async () => {
    await worker.stop();
    folder.remove();
  };
  try {
    await worker.ready;
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    version,
    read: (filePath, connIds) => worker.call("read", filePath, connIds),
    readVariables: (filePath, keys) => worker.call("read_variables", filePath, keys),
    readVariablesFromKubernetes: (kubeconfig, namespace, keys) =>
      worker.call("read_variables_from_kubernetes", kubeconfig, namespace, keys, {}),
    timeGetConnection: (filePath, connId) => worker.call("time_get_connection", filePath, connId),
    parse: (connId, value) => worker.call("parse", connId, value),
    readFromKubernetes: (kubeconfig, namespace, connIds, options = {}) =>
      worker.call("read_from_kubernetes", kubeconfig, namespace, connIds, options),
    stop,
  };
}

/** @type {Map<string, Promise<Airflow>>} */
const shared = new Map();

/** @type {import("./airflow.d.mts").readConnectionsWithAirflow} */
export async function readConnectionsWithAirflow(version, filePath, connIds) {
  let airflow = shared.get(version);
  if (!airflow) {
    airflow = startAirflow(version);
    shared.set(version, airflow);
    airflow.catch(() => shared.delete(version)); // a failed start is tried again
  }
  return (await airflow).read(filePath, connIds);
}

/**
 * A Python process that answers requests, in order, one line each.
 *
 * @param {string} python @param {string} home
 */
function startWorker(python, home) {
  const logFile = join(home, "worker.log");
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(python, ["-W", "ignore", workerPath], {
    cwd: home,
    env: workerEnvironment(home),
    detached: true,
    stdio: ["pipe", "pipe", log],
  });
  closeSync(log);
  const release = guardProcess(child);

  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  const pending = new Map();
  const start = 0; // the greeting is the answer to a request that nobody sent
  let lastId = start;

  /** The process keeps this one alive only while an answer is due. */
  const hold = () => {
    const streams = /** @type {import("node:net").Socket[]} */ ([child.stdin, child.stdout]);
    const change = pending.size > 0 ? "ref" : "unref";
    for (const handle of [child, ...streams]) handle[change]();
  };
  /** @param {number} id @returns {Promise<any>} */
  const due = (id) => {
    const promise = new Promise((resolve, reject) => pending.set(id, { resolve, reject }));
    hold();
    return promise;
  };
  /** @param {number} id */
  const take = (id) => {
    const request = pending.get(id);
    pending.delete(id);
    hold();
    return request;
  };

  createInterface({ input: child.stdout }).on("line", (line) => {
    const answer = JSON.parse(line);
    const request = take(answer.id ?? start);
    if (!answer.error) return request?.resolve(answer.result);
    const error = new Error(answer.error.message);
    error.name = answer.error.name;
    request?.reject(error);
  });
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => {
    /** @param {string} how */
    const end = (how) => {
      release();
      const tail = readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-shownLogLines).join("\n");
      for (const id of [...pending.keys()])
        take(id)?.reject(new Error(`Airflow's process ${how}; the end of its log:\n${tail}`));
      resolve();
    };
    child.on("error", (error) => end(`cannot be started: ${error.message}`));
    child.on("exit", (code, signal) => end(`ended with ${signal ?? `exit code ${code}`}`));
  });
  child.stdin.on("error", () => undefined); // the end of the process is reported once, above

  return {
    /** @type {Promise<void>} */
    ready: due(start),
    /** @param {string} operation @param {unknown[]} args @returns {Promise<any>} */
    call(operation, ...args) {
      lastId += 1;
      const result = due(lastId);
      if (child.exitCode !== null || child.signalCode !== null) {
        take(lastId)?.reject(new Error("Airflow's process has ended"));
      } else {
        child.stdin.write(`${JSON.stringify({ id: lastId, operation, arguments: args })}\n`);
      }
      return result;
    },
    async stop() {
      child.ref();
      killGroup(child); // it holds nothing that would need an orderly end
      await ended;
    },
  };
}

/**
 * No setting of the user's own Airflow may change what the tests see, and nothing may be written outside `home`.
 *
 * @param {string} home
 */
function workerEnvironment(home) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AIRFLOW|PYTHON|VIRTUAL_ENV|KUBERNETES_)/.test(name));
  return {
    ...Object.fromEntries(kept),
    AIRFLOW_HOME: home,
    AIRFLOW__CORE__LOAD_EXAMPLES: "False",
    PYTHONIOENCODING: "utf-8",
  };
}
