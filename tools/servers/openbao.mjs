// @ts-check
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureOpenBao } from "../toolchain.mjs";
import { freePort, retryTakenPort, startServerProcess, temporaryDirectory } from "./server-process.mjs";
import { prepareVault } from "./vault-api.mjs";

const startMs = 30_000;

/** @type {import("./openbao.d.mts").startOpenBao} */
export async function startOpenBao(storage = "inmem") {
  const { bao } = await ensureOpenBao();
  return retryTakenPort(() => start(bao, storage));
}

/** @param {string} bao @param {"inmem" | "raft"} storage */
async function start(bao, storage) {
  const folder = await temporaryDirectory("openbao");
  const [port, clusterPort] = [await freePort(), await freePort()];
  const address = `http://127.0.0.1:${port}`;
  const config = join(folder.path, "config.json");
  writeFileSync(
    config,
    JSON.stringify({
      storage: storage === "raft" ? { raft: { path: folder.path, node_id: "only" } } : { inmem: {} },
      listener: { tcp: { address: `127.0.0.1:${port}`, tls_disable: true } },
      api_addr: address,
      cluster_addr: `http://127.0.0.1:${clusterPort}`,
    }),
  );
  const server = startServerProcess(bao, ["server", `-config=${config}`], { directory: folder.path, name: "openbao" });
  const stop = async () => {
    await server.stop();
    folder.remove();
  };
  try {
    await server.waitUntil(() => isListening(address), startMs);
    return await prepareVault(address, server, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @param {string} address */
async function isListening(address) {
  try {
    return (await fetch(`${address}/v1/sys/seal-status`)).ok;
  } catch (error) {
    if (error instanceof TypeError) return false; // fetch's own: not listening yet
    throw error;
  }
}
