// @ts-check
import { ensureMoto } from "../toolchain.mjs";
import { freePort, retryTakenPort, startServerProcess, temporaryDirectory } from "./server-process.mjs";

const startMs = 60_000; // the first start compiles its Python files
const region = "eu-central-1";

/** @type {import("./moto.d.mts").startMoto} */
export async function startMoto() {
  const { python } = await ensureMoto();
  return retryTakenPort(() => start(python));
}

/** @param {string} python @returns {Promise<import("./moto.d.mts").MotoServer>} */
async function start(python) {
  const folder = await temporaryDirectory("moto");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // As a module: the script in bin/ starts with the path of its interpreter, which may be longer than a kernel allows.
  const args = ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)];
  const server = startServerProcess(python, args, { directory: folder.path, name: "moto" });
  const stop = async () => {
    await server.stop();
    folder.remove();
  };
  const post = (/** @type {string} */ path) => fetch(`${url}${path}`, { method: "POST" });
  try {
    await server.waitUntil(async () => {
      try {
        return (await fetch(`${url}/moto-api/data.json`)).ok;
      } catch {
        return false; // not listening yet
      }
    }, startMs);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    region,
    env: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_EC2_METADATA_DISABLED: "true", // a missing credential must fail at once, not ask the network
    },
    async reset() {
      await post("/moto-api/reset");
    },
    pause: () => server.signal("SIGSTOP"),
    resume: () => server.signal("SIGCONT"),
    stop,
  };
}
