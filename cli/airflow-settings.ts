import { dump } from "js-yaml";
import type { AirflowSide } from "../provider/targets/airflow-side";
import { configKwargs, environmentOf } from "../sdk/airflow/environment";
import { chartValues } from "../sdk/airflow/helm-values";
import { patchedPod } from "../sdk/airflow/pod";

/** Forms of Airflow's settings. */
export type SettingsFormat = "helm" | "pod" | "env" | "cfg" | "rbac";

/** Airflow's settings as text; undefined where the form has nothing to say: a Role for what needs no rights. Pure. */
export function settingsText(side: AirflowSide, format: SettingsFormat): string | undefined {
  if (format === "helm") return yaml(chartValues(side));
  // A strategic merge adds to a container by its name, which only the pod's author knows.
  if (format === "pod") return yaml({ spec: patchedPod(side, { containers: [{ name: "base" }] }) });
  if (format === "rbac") return side.secretRights && yaml(role(side.secretRights));
  if (format === "cfg") return `[secrets]\nbackend = ${side.backend}\nbackend_kwargs = ${configKwargs(side)}\n`;
  return Object.entries(environmentOf(side))
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

function role({ namespace, verbs }: NonNullable<AirflowSide["secretRights"]>): object {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "airflow-reads-connections", namespace },
    rules: [{ apiGroups: [""], resources: ["secrets"], verbs }],
  };
}

/** @see https://github.com/nodeca/js-yaml#dump-object---options- */
function yaml(value: object): string {
  return dump(value, { lineWidth: -1, noRefs: true });
}
