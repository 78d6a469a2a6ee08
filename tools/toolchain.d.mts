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

/** The major versions of Node that the package and the local store are tested with. */
export type NodeVersion = "20" | "22" | "24";

/** One Node, without npm: the npm on PATH runs under it too. */
export interface NodeTool {
  /** Full path of the program. */
  node: string;
  binDir: string;
  /** `22.23.3` */
  version: string;
  /** To be merged into the environment of a process: `node` is then this one. */
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

/**
 * The running Node if it is of that major version, else one from the npm registry, installed once.
 * @throws ToolchainError where the registry has none for this machine.
 */
export function ensureNode(major: NodeVersion): Promise<NodeTool>;

/**
 * Builds Pulumi's host for Python programs and its generator of SDKs, and installs Pulumi's Python package, once.
 * @throws ToolchainError without Go, or without Python 3.11 or 3.12.
 */
export function ensurePulumiPython(): Promise<PythonTool & { binDir: string; gensdk: string }>;

/**
 * The installed Chromium or Chrome, else Debian's package, which is installed where this process may.
 * @throws ToolchainError in one line, with what to install.
 */
export function ensureChromium(): Promise<{ chromium: string }>;

/** Builds Pulumi's host for programs in YAML, once. @throws ToolchainError without Go. */
export function ensurePulumiYaml(): Promise<{ binDir: string; version: string }>;

/** Builds Pulumi's host for programs in Go, once. @throws ToolchainError without Go. */
export function ensurePulumiGo(): Promise<{ binDir: string }>;

/** Builds etcd, once. @throws ToolchainError without Go. */
export function ensureEtcd(): Promise<{ etcd: string; version: string }>;

/** Builds the Kubernetes API server, once; it takes minutes. @throws ToolchainError without Go. */
export function ensureKubeApiserver(): Promise<{ kubeApiserver: string; version: string }>;

/** Builds the Vault test server, once. @throws ToolchainError without Go. */
export function ensureVault(): Promise<{ vault: string; version: string }>;

/** Builds a program that reads env files as godotenv and Compose do, and installs python-dotenv, once. */
export function ensureEnvReaders(): Promise<PythonTool & { envReaders: string }>;

/** Installs one Airflow, once. @throws ToolchainError without Python 3.11 or 3.12. */
export function ensureAirflow(version: AirflowVersion): Promise<PythonTool & { version: AirflowVersion }>;

/** Installs Airflow 3.3.2 with the provider packages whose hooks the catalog tests compare with, once. */
export function ensureAirflowHooks(): Promise<PythonTool>;

/** Installs the emulator of AWS Secrets Manager, once. */
export function ensureMoto(): Promise<PythonTool & { motoServer: string }>;

/** Installs the emulator of Google Secret Manager, once. */
export function ensureDrongo(): Promise<PythonTool>;

/** Installs OpenBao's server, once. */
export function ensureOpenBao(): Promise<PythonTool & { bao: string }>;
