// @ts-check
import { ensureDrongo } from "../toolchain.mjs";
import { freePort, retryTakenPort, startServerProcess, temporaryDirectory } from "./server-process.mjs";

const startMs = 60_000; // the first start compiles its Python files

/** @type {import("./drongo.d.mts").startDrongo} */
export async function startDrongo() {
  const { python } = await ensureDrongo();
  return retryTakenPort(() => start(python));
}

/** @param {string} python @returns {Promise<import("./drongo.d.mts").DrongoServer>} */
async function start(python) {
  const folder = await temporaryDirectory("drongo");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // Not by the script in bin/: that starts with the path of its interpreter, which may be longer than a kernel allows.
  // It sends head and body apart, and without this the second waits 40 ms for the first to be acknowledged.
  const prompt = "import socketserver; socketserver.StreamRequestHandler.disable_nagle_algorithm = True";
  const run = `${prompt}; import sys; from drongo.cli import main; sys.exit(main(sys.argv[1:]))`;
  const args = ["-c", run, "server", "--host", "127.0.0.1", "--port", String(port)];
  const server = startServerProcess(python, args, { directory: folder.path, name: "drongo" });
  const stop = async () => {
    await server.stop();
    folder.remove();
  };
  try {
    await server.waitUntil(async () => {
      try {
        return (await fetch(`${url}/drongo/health`)).ok;
      } catch {
        return false; // not listening yet
      }
    }, startMs);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}
