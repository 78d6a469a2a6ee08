// @ts-check
import { join } from "node:path";
import { ensureBundle } from "./go-build.mjs";
import { etcdBundle, kubeApiserverBundle, vaultBundle } from "./programs.mjs";
import { ensurePythonEnvironment } from "./python-environment.mjs";

export { ensurePulumi } from "./pulumi.mjs";

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
