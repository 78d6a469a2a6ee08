// @ts-check
import { setUp } from "./setup.mjs";
import { report } from "./testing/report.mjs";
import { check, mocha } from "./testing/steps.mjs";
import { ToolchainError, ensureAirflow, ensureAirflowHooks, ensureEtcd, ensureKubeApiserver } from "./toolchain.mjs";
import { ensureChromium, ensureMoto, ensureNode, ensureOpenBao, ensurePulumi } from "./toolchain.mjs";
import { ensurePulumiGo, ensurePulumiPython, ensurePulumiYaml, ensureVault } from "./toolchain.mjs";

const usage = `Runs everything: format, lint, types, unit and conformance tests, integration tests on real servers.
Ends with what each part did, where the time went, and "N passed, N failed".

  npm test                                  everything; sets up what is missing first
  npm run test:unit                         the quick inner loop
  STORES=vault npm run test:integration     integration tests of one store
  node tools/test.mjs --integration -- tests/integration/lifecycle.test.ts
`;

/** @typedef {import("./testing/report.d.mts").Outcome} Outcome */

const checks = ["check:format", "check:lint", "check:types", "check:package", "check:stores", "check:catalog"];
/** Two at a time: more would wait for each other on a small machine. */
const parallel = ["--parallel", "--jobs", "2"];
/** Begun first, so that it does not run alone at the end. */
const longest = ["tests/provider/projection/interleavings.test.ts"];

const args = process.argv.slice(2);
if (args.includes("--help") || args.includes("-h")) process.stdout.write(usage);
else process.exitCode = await main();

/** @returns {Promise<number>} exit code */
async function main() {
  /** @type {Outcome[]} */
  const outcomes = [];
  try {
    await runAll(outcomes);
  } catch (error) {
    const text = error instanceof ToolchainError ? error.message : /** @type {Error} */ (error).stack;
    process.stderr.write(`${text}\n`);
    // What could not be set up has failed: a run without it must not pass for that.
    outcomes.push({ name: "set-up", passed: 0, failed: 1, skipped: 0, seconds: 0 });
  }
  const { text, code } = report(outcomes);
  process.stdout.write(text);
  return code;
}

/** @param {Outcome[]} outcomes gets what has run, also when a later part throws */
async function runAll(outcomes) {
  const separator = args.indexOf("--");
  const files = separator >= 0 ? args.slice(separator + 1) : [];
  const startedAt = performance.now();
  await setUp();
  const seconds = (performance.now() - startedAt) / 1000;
  outcomes.push({ name: "installation and build", passed: 0, failed: 0, skipped: 0, seconds });
  // The toolchain builds while the quick tests run; its failure is reported when it is needed.
  const toolchain = prepareToolchain().then(
    () => undefined,
    (error) => error,
  );
  if (!args.includes("--integration")) {
    for (const script of checks) outcomes.push(await check(script));
    const unit = await mocha("unit and conformance", [...parallel, ...longest, "tests/**/*.test.ts"]);
    outcomes.push({ ...unit, files: undefined }); // more than a hundred, most of them in no time
  }
  const waitedFrom = performance.now();
  const failure = await toolchain;
  if (failure) throw failure;
  const waited = (performance.now() - waitedFrom) / 1000;
  outcomes.push({ name: "waiting for the toolchain", passed: 0, failed: 0, skipped: 0, seconds: waited });
  const wanted = files.length > 0 ? files : ["tests/integration/**/*.test.ts"];
  outcomes.push(await mocha("integration", ["--config", ".mocharc.integration.json", ...parallel, ...wanted]));
}

/** All at once: Go builds take turns by themselves, and packages are downloaded meanwhile. */
async function prepareToolchain() {
  // The hosts and the generator are mostly made of what the engine is made of, and that is compiled once.
  const pulumi = ensurePulumi().then(() => Promise.all([ensurePulumiPython(), ensurePulumiGo()]));
  const servers = [
    pulumi,
    ensurePulumiYaml(),
    ensureEtcd(),
    ensureKubeApiserver(),
    ensureVault(),
    ensureMoto(),
    ensureOpenBao(),
  ];
  const browser = ensureChromium();
  const airflows = [ensureAirflow("3.3.2"), ensureAirflow("2.11.2"), ensureAirflowHooks()];
  await Promise.all([browser, ...servers, ...airflows, ensureNode("20"), ensureNode("22"), ensureNode("24")]);
}
