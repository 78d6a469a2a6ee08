/** What an Airflow needs so that it reads a target. */
export interface AirflowSide {
  /** Class of the secrets backend. */
  backend: string;
  /** Its arguments. */
  kwargs: Record<string, string>;
  /** Oldest Airflow that it is tested with. */
  testedFrom: string;
  /** Provider package that brings the class, where Airflow itself does not. */
  requiredPackage?: string;
  /** What every pod that looks connections up must mount. */
  mount?: SecretMount;
  /** What the service accounts of these pods may do with Secrets, where they read them over the API. */
  secretRights?: { namespace: string; verbs: string[] };
}

/** A Secret as files: never with `subPath`, which is not updated, and never `optional`, see docs/targets.md. */
export interface SecretMount {
  secretName: string;
  /** Folder in the container. */
  path: string;
  /** Of the files, such as `0o440`: the official image runs as uid 50000 with gid 0. */
  mode: number;
}

/** What a Deployment's target does not say. */
export interface AirflowSideOptions {
  /** Folder in the containers, for a target that is mounted. */
  mountPath?: string;
  /** Airflow logs an error at each look-up of a Variable while the file is missing, so it is named only where it is wanted. */
  variables?: boolean;
}

/** Airflow's own backend for files, which it reads at each look-up. @see https://airflow.apache.org/docs/apache-airflow/stable/security/secrets/secrets-backend/local-filesystem-secrets-backend.html */
export function filesSide(connections: string, variables?: string): AirflowSide {
  return {
    backend: "airflow.secrets.local_filesystem.LocalFilesystemBackend",
    kwargs: {
      connections_file_path: connections,
      ...(variables !== undefined && { variables_file_path: variables }),
    },
    testedFrom: "2.11",
  };
}
