import type { V1ObjectMeta } from "@kubernetes/client-node" with { "resolution-mode": "import" };

/** Whose an object is; as targets have it. */
export interface ObjectMarks {
  workspace: string;
  workspaceUid: string;
  deployment: string;
  owner: string;
}

/** Who manages an object, by Kubernetes' own recommended label. */
export const MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";
/** Our value of it. */
export const MANAGED_BY = "pulumi-airflow-env";
/** What an object of ours is for, by Kubernetes' own recommended label. */
export const COMPONENT_LABEL = "app.kubernetes.io/component";

/** Says that the Variables in a Secret are ours too. */
export const VARIABLES_ANNOTATION = "pulumi-airflow-env/variables";

const PART_OF_LABEL = "app.kubernetes.io/part-of";
const WRITE_ID = "pulumi-airflow-env/write-id";
/** Annotations, because label values end at 63 ASCII characters. */
const MARKS: Record<keyof ObjectMarks, string> = {
  workspace: "pulumi-airflow-env/workspace",
  workspaceUid: "pulumi-airflow-env/workspace-uid",
  deployment: "pulumi-airflow-env/deployment",
  owner: "pulumi-airflow-env/owner",
};

/** Labels of an object of ours. */
export function labelsFor(component: string): Record<string, string> {
  return { [MANAGED_BY_LABEL]: MANAGED_BY, [PART_OF_LABEL]: "airflow", [COMPONENT_LABEL]: component };
}

/** Annotations that say whose the object is. */
export function annotationsFor(marks: ObjectMarks): Record<string, string> {
  return Object.fromEntries(Object.entries(MARKS).map(([mark, key]) => [key, marks[mark as keyof ObjectMarks]]));
}

/**
 * Annotation that differs with every write: an update that changes nothing would keep the resourceVersion, and a
 * write whose reply was lost is recognised by it.
 */
export function writeIdAnnotation(writeId: string): Record<string, string> {
  return { [WRITE_ID]: writeId };
}

/** The annotation's value. */
export function writeIdOf(metadata: V1ObjectMeta | undefined): string | undefined {
  return metadata?.annotations?.[WRITE_ID];
}

/** Every label and annotation that we set, with null, for a merge patch that gives the object back. */
export function withoutMarks(labels: string[] = []): {
  labels: Record<string, null>;
  annotations: Record<string, null>;
} {
  const none = (keys: string[]) => Object.fromEntries(keys.map((key) => [key, null]));
  return {
    labels: none([MANAGED_BY_LABEL, PART_OF_LABEL, COMPONENT_LABEL, ...labels]),
    annotations: none([...Object.values(MARKS), VARIABLES_ANNOTATION, WRITE_ID]),
  };
}

/** @returns whose the object is; undefined when it is not managed by us. */
export function marksOf(metadata: V1ObjectMeta | undefined): ObjectMarks | undefined {
  if (metadata?.labels?.[MANAGED_BY_LABEL] !== MANAGED_BY) return undefined;
  const found = Object.entries(MARKS).map(([mark, key]) => [mark, metadata.annotations?.[key]]);
  if (found.some(([, value]) => value === undefined)) return undefined;
  return Object.fromEntries(found) as ObjectMarks;
}
