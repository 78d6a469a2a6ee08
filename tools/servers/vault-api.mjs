// @ts-check
// What Vault and OpenBao have in common: their HTTP interface, to make a server that has just started ready for tests.
import { setTimeout as sleep } from "node:timers/promises";

const requestMs = 30_000;
/** A server with its own storage, or a mount that is new or just unsealed, refuses its first requests for a moment. */
const readyMs = 30_000;

/**
 * Initialises and unseals a server, and mounts KV version 2 at `secret/`.
 *
 * @param {string} address
 * @param {import("./server-process.mjs").ServerProcess} server
 * @param {() => Promise<void>} stop
 * @returns {Promise<import("./vault.d.mts").VaultServer>}
 */
export async function prepareVault(address, server, stop) {
  const { rootToken, unsealKey } = await initialise(address);
  /** @type {import("./vault.d.mts").VaultServer["request"]} */
  const request = (method, path, body, token = rootToken) => send(address, method, path, body, token);
  const answers = async (/** @type {string} */ path) => {
    const deadline = Date.now() + readyMs;
    while ((await request("GET", path)).status !== 200 && Date.now() < deadline) await sleep(20);
  };
  const unseal = async () => {
    await expectOk(request("PUT", "sys/unseal", { key: unsealKey }));
    // With integrated storage the server must first be elected.
    await answers("sys/health");
  };
  await unseal();
  await expectOk(request("POST", "sys/mounts/secret", { type: "kv", options: { version: "2" } }));
  await answers("secret/config");
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
      await answers("secret/config");
    },
    pause: () => server.signal("SIGSTOP"),
    resume: () => server.signal("SIGCONT"),
    stop,
  };
}

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
