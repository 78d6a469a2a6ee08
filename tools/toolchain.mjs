// @ts-check
// The programs that the demo and the tests need, made on first use and kept in a cache. Needs nothing but Node itself,
// so that it runs on a fresh clone. `node tools/toolchain.mjs --help` shows how to use it by hand.
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { main } from "./toolchain/command-line.mjs";

export { cacheDirectory } from "./toolchain/cache.mjs";
export * from "./toolchain/ensure.mjs";
export { ToolchainError } from "./toolchain/errors.mjs";

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2));
}
