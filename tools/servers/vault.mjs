// @ts-check
import { setTimeout as sleep } from "node:timers/promises";
import { ensureVault } from "../toolchain.mjs";
import { startServerProcess, temporaryDirectory } from "./server-process.mjs";

const startMs = 30_000;
const requestMs = 30_000;
/** A KV version 2 mount that is new, or just unsealed, refuses its first requests for a moment. */
const mountMs = 10_000;

/** @type {import("./vault.d.mts").startVault} */
export async function startVault() {
  const { vault } = await ensureVault();
  const folder = await temporaryDirectory("vault");
  const server = startServerProcess(vault, [], { directory: folder.path, name: "vault" });
  const stop = async () => {
    await server.stop();
    folder.remove();
  };
  try {
    await server.waitUntil(() => listening.test(server.log()), startMs);
    const address = /** @type {RegExpExecArray} */ (listening.exec(server.log()))[1] ?? "";
    const { rootToken, unsealKey } = await initialise(address);
    /** @type {import("./vault.d.mts").VaultServer["request"]} */
    const request = (method, path, body, token = rootToken) => send(address, method, path, body, token);
    const unseal = async () => {
      await expectOk(request("PUT", "sys/unseal", { key: unsealKey }));
    };
    const mountIsReady = async () => {
      const deadline = Date.now() + mountMs;
      while ((await request("GET", "secret/config")).status !== 200 && Date.now() < deadline) await sleep(20);
    };
    await unseal();
    await expectOk(request("POST", "sys/mounts/secret", { type: "kv", options: { version: "2" } }));
    await mountIsReady();
    return {
      address,
      rootToken,
      unsealKey,
      request,
      async seal() {
        await expectOk(request("PUT", "sys/seal"));
      },
      async unseal() {
        await unseal();
        await mountIsReady();
      },
      pause: () => server.signal("SIGSTOP"),
      resume: () => server.signal("SIGCONT"),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const listening = /^listening on (\S+)$/m;

/** @param {string} address */
async function initialise(address) {
  const { body } = await expectOk(send(address, "PUT", "sys/init", { secret_shares: 1, secret_threshold: 1 }, ""));
  return { rootToken: body.root_token, unsealKey: body.keys_base64[0] };
}

/**
 * @param {string} address @param {string} method @param {string} path @param {unknown} body @param {string} token
 * @returns {Promise<import("./vault.d.mts").VaultResponse>}
 */
async function send(address, method, path, body, token) {
  const response = await fetch(`${address}/v1/${path}`, {
    method,
    headers: token === "" ? {} : { "x-vault-token": token },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(requestMs),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}

/** @param {Promise<import("./vault.d.mts").VaultResponse>} request */
async function expectOk(request) {
  const response = await request;
  if (response.status >= 300) throw new Error(`Vault answered ${response.status}: ${JSON.stringify(response.body)}`);
  return response;
}
