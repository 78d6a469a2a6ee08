import type { AirflowSide } from "../airflow-side";

/** Brings the backend, and with it what reads the label. */
export const REQUIRED_PACKAGE = "apache-airflow-providers-cncf-kubernetes";

/** Airflow in pods that list the Secrets of the namespace. */
export function kubernetesBackendSide({ namespace = "" }: { namespace?: string }): AirflowSide {
  return {
    backend: "airflow.providers.cncf.kubernetes.secrets.kubernetes_secrets_backend.KubernetesSecretsBackend",
    kwargs: { namespace },
    testedFrom: "3.3",
    requiredPackage: REQUIRED_PACKAGE,
    secretRights: { namespace, verbs: ["list"] },
  };
}
