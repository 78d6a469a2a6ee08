// @ts-check
import { parseArgs } from "node:util";
import {
  ensureAirflow,
  ensureAirflowHooks,
  ensureChromium,
  ensureDrongo,
  ensureEnvReaders,
  ensureEtcd,
  ensureKubeApiserver,
  ensureMoto,
  ensureNode,
  ensureOpenBao,
  ensurePulumi,
  ensurePulumiGo,
  ensurePulumiPython,
  ensurePulumiYaml,
  ensureVault,
} from "./ensure.mjs";
import { ToolchainError } from "./errors.mjs";

const help = `Makes the programs that the demo and the tests need, and keeps them in a cache.

Usage: node tools/toolchain.mjs [NAME...] [--all] [--print-env]

  pulumi          the installed Pulumi (3.200 or newer), else npm's, else built from source
  pulumi-python   Pulumi's host for Python programs, its generator of SDKs, its Python package
  pulumi-go       Pulumi's host for programs in Go
  pulumi-yaml     Pulumi's host for programs in YAML
  node            Node 20, 22 and 24
  etcd            for the Kubernetes API server
  kube-apiserver  a real Kubernetes API server, without nodes
  env-readers     the parsers of env files of godotenv, Compose and python-dotenv
  vault           a Vault server for tests, in memory
  openbao         an OpenBao server for tests
  airflow         Airflow 3.3.2 and 2.11.2
  airflow-hooks   Airflow 3.3.2 with the provider packages that the catalog tests compare with (large)
  chromium        a browser, from Debian's packages
  moto            an emulator of AWS Secrets Manager
  drongo          an emulator of Google Secret Manager

  --all           everything but airflow-hooks
  --print-env     print shell lines that put pulumi on PATH and name the other programs

Examples:
  node tools/toolchain.mjs pulumi              just what the demo needs
  node tools/toolchain.mjs --all               everything the tests need, ahead of time
  eval "$(node tools/toolchain.mjs pulumi --print-env)" && pulumi version

The cache is $AIRFLOW_ENV_TOOLS_CACHE, else pulumi-airflow-env in the user's cache folder. Removing it is safe.
`;

/**
 * Each name with what it makes, and the variables that --print-env shows.
 *
 * @type {Record<string, () => Promise<Record<string, string>>>}
 */
const makers = {
  pulumi: async () => ({ PATH: `${(await ensurePulumi()).binDir}:$PATH` }),
  "pulumi-python": async () => {
    const { binDir, gensdk, python } = await ensurePulumiPython();
    return { PULUMI_PYTHON_HOST: binDir, GENSDK: gensdk, PULUMI_PYTHON: python };
  },
  "pulumi-go": async () => ({ PULUMI_GO_HOST: (await ensurePulumiGo()).binDir }),
  "pulumi-yaml": async () => ({ PULUMI_YAML_HOST: (await ensurePulumiYaml()).binDir }),
  node: async () => ({
    NODE_20: (await ensureNode("20")).node,
    NODE_22: (await ensureNode("22")).node,
    NODE_24: (await ensureNode("24")).node,
  }),
  etcd: async () => ({ ETCD: (await ensureEtcd()).etcd }),
  "kube-apiserver": async () => ({ KUBE_APISERVER: (await ensureKubeApiserver()).kubeApiserver }),
  "env-readers": async () => ({ ENV_READERS: (await ensureEnvReaders()).envReaders }),
  vault: async () => ({ VAULT_TEST_SERVER: (await ensureVault()).vault }),
  openbao: async () => ({ OPENBAO: (await ensureOpenBao()).bao }),
  airflow: async () => ({
    AIRFLOW_3_PYTHON: (await ensureAirflow("3.3.2")).python,
    AIRFLOW_2_PYTHON: (await ensureAirflow("2.11.2")).python,
  }),
  moto: async () => ({ MOTO_SERVER: (await ensureMoto()).motoServer }),
  drongo: async () => ({ DRONGO_PYTHON: (await ensureDrongo()).python }),
  chromium: async () => ({ CHROMIUM: (await ensureChromium()).chromium }),
  "airflow-hooks": async () => ({ AIRFLOW_HOOKS_PYTHON: (await ensureAirflowHooks()).python }),
};

/**
 * The command line of `tools/toolchain.mjs`.
 *
 * @param {string[]} args
 * @returns {Promise<number>} exit code
 */
export async function main(args) {
  try {
    const request = parse(args);
    if (request.help) {
      process.stdout.write(help);
      return 0;
    }
    const variables = await make(request.names);
    for (const [name, value] of variables) {
      process.stdout.write(request.printEnv ? `export ${name}="${value}"\n` : `${name} ${value}\n`);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof ToolchainError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

/**
 * Makes all at once: Python packages are downloaded while Go compiles. What fails does not stop the others.
 *
 * @param {string[]} names
 */
async function make(names) {
  const made = await Promise.allSettled(names.map((name) => makers[name]?.() ?? {}));
  const failures = made.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  const unexpected = failures.find((reason) => !(reason instanceof ToolchainError));
  if (unexpected) throw unexpected;
  if (failures.length > 0) throw new ToolchainError(failures.map((reason) => reason.message).join("\n"));
  return made.flatMap((one) => (one.status === "fulfilled" ? Object.entries(one.value) : []));
}

/** @param {string[]} args */
function parse(args) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        all: { type: "boolean", default: false },
        "print-env": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const unknown = positionals.find((name) => !(name in makers));
    if (unknown) throw new ToolchainError(`unknown name "${unknown}"; known are ${Object.keys(makers).join(", ")}`);
    const names = values.all ? Object.keys(makers).filter((name) => name !== "airflow-hooks") : positionals;
    return { names, printEnv: values["print-env"], help: values.help || names.length === 0 };
  } catch (error) {
    if (error instanceof ToolchainError) throw error;
    throw new ToolchainError(
      `${/** @type {Error} */ (error).message.split(".")[0]}\nSee node tools/toolchain.mjs --help`,
    );
  }
}
