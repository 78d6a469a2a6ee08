// @ts-check
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { join } from "node:path";
import { ensureEtcd, ensureKubeApiserver } from "../toolchain.mjs";
import { freePort, retryTakenPort, startServerProcess, temporaryDirectory } from "./server-process.mjs";

const etcdStartMs = 30_000;
const apiserverStartMs = 90_000; // a loaded machine with two cores
const requestMs = 30_000;

/** @typedef {import("./kube.d.mts").KubeServer} KubeServer */

/** @type {import("./kube.d.mts").startKubeApiserver} */
export async function startKubeApiserver(options = {}) {
  const [{ etcd }, { kubeApiserver }] = await Promise.all([ensureEtcd(), ensureKubeApiserver()]);
  return retryTakenPort(() => start(etcd, kubeApiserver, options));
}

/**
 * @param {string} etcd @param {string} kubeApiserver @param {import("./kube.d.mts").KubeOptions} options
 * @returns {Promise<KubeServer>}
 */
async function start(etcd, kubeApiserver, options) {
  const folder = await temporaryDirectory("kube");
  const directory = folder.path;
  const tokens = writeCredentials(directory, options.users ?? []);
  const adminToken = /** @type {string} */ (tokens.get("admin"));
  const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  const server = `https://127.0.0.1:${port}`;
  const caFile = join(directory, "certificates", "apiserver.crt");
  const auditFile = join(directory, "audit.log");

  const store = startServerProcess(etcd, etcdArguments(directory, etcdPort, peerPort, options), {
    directory,
    name: "etcd",
  });
  const startApiserver = () =>
    startServerProcess(kubeApiserver, apiserverArguments(directory, port, etcdPort, options), {
      directory,
      name: "kube-apiserver",
    });
  // Started at once: the API server waits for etcd by itself.
  let apiserver = startApiserver();

  /** @type {KubeServer["token"]} */
  const token = (user) => {
    const found = tokens.get(user);
    if (!found) throw new Error(`no user "${user}" on this API server; it has ${[...tokens.keys()].join(", ")}`);
    return found;
  };
  /** @type {KubeServer["request"]} */
  const request = (method, path, body, user = "admin") => send(server, caFile, token(user), method, path, body);
  const isReady = async () => {
    if (!existsSync(caFile)) return false;
    try {
      // The namespace `default` is made after the start; a test that finds it finds the rest too.
      const answers = [await request("GET", "/readyz"), await request("GET", "/api/v1/namespaces/default")];
      return answers.every((answer) => answer.status === 200);
    } catch {
      return false; // not listening yet
    }
  };
  const stop = async () => {
    await apiserver.stop();
    await store.stop();
    folder.remove();
  };

  try {
    await store.waitUntil(() => /ready to serve client requests/.test(store.log()), etcdStartMs);
    await apiserver.waitUntil(isReady, apiserverStartMs);
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    server,
    caFile,
    adminToken,
    token,
    kubeconfig: (...users) =>
      writeKubeconfig(
        directory,
        server,
        caFile,
        users.map((name) => ({ name, token: token(name) })),
      ),
    request,
    async createNamespace(name) {
      const { status, body } = await request("POST", "/api/v1/namespaces", { metadata: { name } });
      if (status !== 201 && status !== 409) throw new Error(`namespace ${name}: ${JSON.stringify(body)}`);
    },
    auditEvents: (user) => readAudit(auditFile, options, user),
    pause: () => apiserver.signal("SIGSTOP"),
    resume: () => apiserver.signal("SIGCONT"),
    async kill() {
      apiserver.signal("SIGKILL");
      await apiserver.stop();
    },
    async restart() {
      await apiserver.stop();
      apiserver = startApiserver();
      await apiserver.waitUntil(isReady, apiserverStartMs);
    },
    stop,
  };
}

/** @param {string} directory @param {number} port @param {number} peerPort @param {import("./kube.d.mts").KubeOptions} options */
function etcdArguments(directory, port, peerPort, options) {
  const client = `http://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    `--data-dir=${join(directory, "etcd")}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    ...(options.durable ? [] : ["--unsafe-no-fsync"]),
  ];
}

/** @param {string} directory @param {number} port @param {number} etcdPort @param {import("./kube.d.mts").KubeOptions} options */
function apiserverArguments(directory, port, etcdPort, options) {
  const audit = [
    `--audit-policy-file=${join(directory, "audit-policy.json")}`,
    `--audit-log-path=${join(directory, "audit.log")}`,
    "--audit-log-mode=blocking-strict", // the event is in the file before the client has its answer
  ];
  return [
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    `--cert-dir=${join(directory, "certificates")}`,
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${join(directory, "service-account.pub")}`,
    `--service-account-signing-key-file=${join(directory, "service-account.key")}`,
    `--token-auth-file=${join(directory, "tokens.csv")}`,
    "--authorization-mode=RBAC",
    "--service-cluster-ip-range=10.0.0.0/24",
    "--disable-admission-plugins=ServiceAccount", // no controller makes the accounts that it asks for
    "--endpoint-reconciler-type=none", // a loopback address is no valid endpoint
    ...(options.audit ? audit : []),
  ];
}

/**
 * Writes what the server starts from, and returns each user's token.
 *
 * @param {string} directory @param {import("./kube.d.mts").KubeUser[]} users
 */
function writeCredentials(directory, users) {
  const all = [{ name: "admin", groups: ["system:masters"] }, ...users];
  const tokens = new Map(all.map((user) => [user.name, randomBytes(24).toString("base64url")]));
  const lines = all.map(
    (user) => `${tokens.get(user.name)},${user.name},${user.name},"${(user.groups ?? []).join(",")}"`,
  );
  const keys = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const policy = {
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    omitStages: ["RequestReceived"], // one line per request, when it is finished
    rules: [{ level: "Metadata" }],
  };
  const mode = 0o600;
  writeFileSync(join(directory, "tokens.csv"), `${lines.join("\n")}\n`, { mode });
  writeFileSync(join(directory, "service-account.pub"), keys.publicKey, { mode });
  writeFileSync(join(directory, "service-account.key"), keys.privateKey, { mode });
  writeFileSync(join(directory, "audit-policy.json"), JSON.stringify(policy), { mode });
  return tokens;
}

/**
 * @param {string} directory @param {string} server @param {string} caFile @param {{ name: string, token: string }[]} users
 * @returns {string}
 */
function writeKubeconfig(directory, server, caFile, users) {
  const path = join(directory, `kubeconfig-${users.map((user) => encodeURIComponent(user.name)).join("+")}.json`);
  const content = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": users[0]?.name,
    clusters: [{ name: "test", cluster: { server, "certificate-authority": caFile } }],
    users: users.map(({ name, token }) => ({ name, user: { token } })),
    contexts: users.map(({ name }) => ({ name, context: { cluster: "test", user: name } })),
  };
  writeFileSync(path, JSON.stringify(content, null, 2), { mode: 0o600 }); // JSON is YAML too
  return path;
}

/** @param {string} file @param {import("./kube.d.mts").KubeOptions} options @param {string | undefined} user */
function readAudit(file, options, user) {
  if (!options.audit) throw new Error("this API server was started without { audit: true }");
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .slice(0, -1) // after the last newline: nothing, or a line that is being written
    .map((line) => /** @type {import("./kube.d.mts").AuditEvent} */ (JSON.parse(line)))
    .filter((event) => user === undefined || event.user.username === user);
}

/**
 * @param {string} server @param {string} caFile @param {string} token @param {string} method @param {string} path
 * @param {unknown} body
 * @returns {Promise<import("./kube.d.mts").KubeResponse>}
 */
function send(server, caFile, token, method, path, body) {
  return new Promise((resolve, reject) => {
    const contentType = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const request = httpsRequest(
      `${server}${path}`,
      {
        method,
        ca: readFileSync(caFile),
        agent: false,
        timeout: requestMs,
        headers: { authorization: `Bearer ${token}`, "content-type": contentType, accept: "application/json" },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part) => (text += part));
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: parse(text) }));
      },
    );
    request.on("timeout", () =>
      request.destroy(new Error(`no answer from the API server after ${requestMs / 1000} s`)),
    );
    request.on("error", reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text; // /readyz and the like answer in plain text
  }
}
