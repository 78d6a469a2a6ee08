// @ts-check
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root, setUp } from "./setup.mjs";
import { ToolchainError, ensurePulumi } from "./toolchain.mjs";

const folder = join(root, ".demo");
const deployments = ["prod", "staging", "dev"];
const isTerminal = process.stdout.isTTY === true && !process.env.NO_COLOR;

if (process.argv.includes("--help") || process.argv.includes("-h")) {
  process.stdout.write("Shows the main job on this machine, in the folder .demo: npm run demo\n");
} else {
  try {
    await demo();
  } catch (error) {
    if (!(error instanceof ToolchainError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

async function demo() {
  await setUp();
  const { pulumi, env, version, source } = await ensurePulumi();
  title(`Pulumi ${version} (${source}), a new stack in .demo, no account needed`);
  prepare();
  const cli = pulumiIn(pulumi, env);
  await cli(["stack", "init", "demo"], "quiet");

  title("1. pulumi up: a Workspace, three Deployments, two connections, two links, one override");
  await cli(["up", "--yes", "--skip-preview"]);
  title("What each Airflow now gets");
  await showConnections();

  title("2. Change the warehouse's host in the program; what would that do? pulumi preview --diff");
  const program = join(folder, "index.ts");
  writeFileSync(
    program,
    readFileSync(program, "utf8").replace('host: "warehouse.internal"', 'host: "warehouse2.internal"'),
  );
  await cli(["preview", "--diff"]);
  say("appliesTo: only staging gets the new host. Production overrides it, and dev is not linked.");
  await cli(["up", "--yes", "--skip-preview"], "quiet");

  title("3. Somebody edits dev's file by hand. Does a plain preview notice?");
  const file = join(folder, "deployments", "dev", "connections.json");
  writeFileSync(file, readFileSync(file, "utf8").replace("alerts.internal", "evil.example"));
  await cli(["preview", "--diff"]);
  await cli(["up", "--yes", "--skip-preview"], "quiet");
  say("pulumi up has put it right:");
  await showConnections();

  title("What next");
  say(`  Look at it           AIRFLOW_ENV_PASSPHRASE=demo node dist/cli/main.js ui --store local:.demo/.airflow-env
  The program          examples/quickstart/index.ts (this run's copy: .demo/index.ts)
  Your own stack       pulumi stack init dev && pulumi up      (Pulumi.yaml in this folder runs the quickstart)
  On Kubernetes        target: { kubernetes: { namespace: "airflow" } }, see README.md
  Another store        docs/stores/
  How it works         docs/architecture.md`);
}

/** A copy of the quickstart, so that the demo never touches a stack of yours. */
function prepare() {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "state"), { recursive: true });
  cpSync(join(root, "examples", "quickstart", "index.ts"), join(folder, "index.ts"));
  const config = JSON.parse(readFileSync(join(root, "examples", "quickstart", "tsconfig.json"), "utf8"));
  config.compilerOptions.rootDir = "..";
  config.compilerOptions.paths = { "pulumi-airflow-env": ["../dist/sdk/index.d.ts"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  writeFileSync(join(folder, "Pulumi.yaml"), "name: airflow-env-demo\nruntime: nodejs\nmain: index.ts\n");
}

/** @param {string} pulumi @param {Record<string, string>} toolEnv */
function pulumiIn(pulumi, toolEnv) {
  const env = {
    ...process.env,
    ...toolEnv,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "demo",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    AIRFLOW_ENV_PASSPHRASE: "demo",
  };
  const common = ["--non-interactive", "--color", isTerminal ? "always" : "never"];
  /** @param {string[]} args @param {"quiet" | "shown"} [output] @returns {Promise<void>} */
  return (args, output = "shown") =>
    new Promise((resolve, reject) => {
      const flags =
        args[0] === "stack"
          ? common
          : [...common, "--suppress-permalink=true", ...(output === "shown" ? ["--suppress-progress"] : [])];
      if (output === "shown") say(`$ pulumi ${args.join(" ")}\n`);
      const child = spawn(pulumi, [...args, ...flags], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
      let kept = "";
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding("utf8").on("data", (text) => {
          kept += text;
          if (output === "shown") process.stdout.write(text);
        });
      child.on("error", reject);
      child.on("close", (code) =>
        code === 0
          ? resolve()
          : reject(new ToolchainError(`pulumi ${args.join(" ")} failed:\n${output === "quiet" ? kept : ""}`)),
      );
    });
}

async function showConnections() {
  const { default: Table } = await import("cli-table3");
  const { isSensitiveName } = (await import("../dist/catalog/lookup.js")).default;
  const { MASK } = (await import("../dist/provider/redact.js")).default;
  const table = new Table({
    head: ["Deployment", "connection", "type", "host", "login", "password", "extra"],
    style: isTerminal ? {} : { head: [], border: [] },
  });
  for (const deployment of deployments) {
    const file = join(folder, "deployments", deployment, "connections.json");
    for (const [id, connection] of Object.entries(JSON.parse(readFileSync(file, "utf8")))) {
      const extra = Object.entries(connection.extra ?? {}).map(
        ([key, value]) => `${key}=${isSensitiveName(key) ? MASK : value}`,
      );
      const shown = [connection.host, connection.login, connection.password === undefined ? undefined : MASK];
      table.push([deployment, id, connection.conn_type, ...shown.map((value) => value ?? ""), extra.join(" ")]);
    }
  }
  say(table.toString());
}

/** @param {string} text */
function title(text) {
  say(isTerminal ? `\n\u001b[1m${text}\u001b[0m\n` : `\n== ${text}\n`);
}

/** @param {string} text */
function say(text) {
  process.stdout.write(`${text}\n`);
}
