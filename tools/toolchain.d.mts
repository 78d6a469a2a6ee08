/** A Pulumi that runs TypeScript programs with dynamic providers. */
export interface PulumiTool {
  /** Full path of the program. */
  pulumi: string;
  /** Folder with `pulumi` and its language host. */
  binDir: string;
  version: string;
  source: "installed" | "npm" | "built";
  /** To be merged into the environment of a process that runs `pulumi`. */
  env: { PATH: string };
}

export interface PythonTool {
  /** Folder of the virtual environment. */
  venv: string;
  python: string;
}

/** The versions that the tests run against: the newest 3.x, and the last 2.x. */
export type AirflowVersion = "3.3.2" | "2.11.2";

/** A failure whose message alone tells the user what to do. */
export class ToolchainError extends Error {}

/** Where everything is kept between runs. */
export function cacheDirectory(): string;

/**
 * The installed Pulumi (3.200 or newer), else the official npm package's, else one built from its source.
 * @throws ToolchainError with what to install, if there is no way.
 */
export function ensurePulumi(): Promise<PulumiTool>;

/** Builds etcd, once. @throws ToolchainError without Go. */
export function ensureEtcd(): Promise<{ etcd: string; version: string }>;

/** Builds the Kubernetes API server, once; it takes minutes. @throws ToolchainError without Go. */
export function ensureKubeApiserver(): Promise<{ kubeApiserver: string; version: string }>;

/** Builds the Vault test server, once. @throws ToolchainError without Go. */
export function ensureVault(): Promise<{ vault: string; version: string }>;

/** Installs one Airflow, once. @throws ToolchainError without Python 3.11 or 3.12. */
export function ensureAirflow(version: AirflowVersion): Promise<PythonTool & { version: AirflowVersion }>;

/** Installs Airflow 3.3.2 with the provider packages whose hooks the catalog tests compare with, once. */
export function ensureAirflowHooks(): Promise<PythonTool>;

/** Installs the emulator of AWS Secrets Manager, once. */
export function ensureMoto(): Promise<PythonTool & { motoServer: string }>;
