import type { AirflowVersion } from "../toolchain.mjs";

/** A connection as Airflow itself holds it after reading. */
export interface AirflowConnection {
  conn_id: string;
  conn_type: string | null;
  description: string | null;
  host: string | null;
  login: string | null;
  password: string | null;
  schema: string | null;
  port: number | null;
  /** The raw text. */
  extra: string | null;
  extra_dejson: Record<string, unknown>;
}

export interface Airflow {
  version: AirflowVersion;
  /**
   * Reads a projected file with Airflow's own `LocalFilesystemBackend`.
   * @returns the connections by id; those that Airflow does not find are missing.
   * @throws with Airflow's own message, when Airflow cannot read the file. `name` is the Python class.
   */
  read(filePath: string, connIds: readonly string[] | "all"): Promise<Record<string, AirflowConnection>>;
  /** Texts of the Variables that Airflow's own `LocalFilesystemBackend` finds in a projected file. */
  readVariables(filePath: string, keys: readonly string[]): Promise<Record<string, string>>;
  /** The same with `KubernetesSecretsBackend` (only in 3.3.2). */
  readVariablesFromKubernetes(
    kubeconfig: string,
    namespace: string,
    keys: readonly string[],
  ): Promise<Record<string, string>>;
  /** Milliseconds of one `get_connection` in a process whose secrets masker is empty, as in a new task. */
  timeGetConnection(filePath: string, connId: string): Promise<number>;
  /** Parses an Airflow connection URI, or the JSON form, as Airflow does. */
  parse(connId: string, value: string): Promise<AirflowConnection>;
  /**
   * Reads with Airflow's `KubernetesSecretsBackend` (only in 3.3.2).
   * @param kubeconfig used in place of the pod's service account
   */
  readFromKubernetes(
    kubeconfig: string,
    namespace: string,
    connIds: readonly string[],
    options?: { connections_label?: string; connections_data_key?: string },
  ): Promise<Record<string, AirflowConnection>>;
  stop(): Promise<void>;
}

/** Starts a Python process with Airflow loaded, which takes seconds; each reading then takes milliseconds. */
export function startAirflow(version: AirflowVersion): Promise<Airflow>;

/**
 * Reads a projected file with Airflow's own backend, in a process that is started once per version and ends with this
 * one.
 */
export function readConnectionsWithAirflow(
  version: AirflowVersion,
  filePath: string,
  connIds: readonly string[] | "all",
): Promise<Record<string, AirflowConnection>>;
