// @ts-check
import { ensureVault } from "../toolchain.mjs";
import { startServerProcess, temporaryDirectory } from "./server-process.mjs";
import { prepareVault } from "./vault-api.mjs";

const startMs = 30_000;
const listening = /^listening on (\S+)$/m;

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
    return await prepareVault(listening.exec(server.log())?.[1] ?? "", server, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}
