import type { ConnectionFields } from "../../provider/airflow/connection";
import { renderFile, type Rendered, type RenderedFile } from "../../provider/airflow/file";
import type { SharedDocument } from "../../provider/environment/documents";
import { validateConnection as problemsOf } from "../../provider/airflow/rules";
import { pathText } from "../../provider/path";
import { EffectiveObject } from "../../provider/objects/effective";
import { connectionKind } from "../../provider/objects/connection/kind";
import { objectKinds } from "../../provider/objects/registry";
import { planDeployment } from "../../provider/projection/plan";
import { limitsOf } from "../../provider/targets/limits";

/** A connection with its id, as tests write it. */
export interface EffectiveConnection extends ConnectionFields {
  connId: string;
}

/** The connections file of these connections. */
export function renderConnections(connections: EffectiveConnection[]): RenderedFile {
  return renderFile(
    Object.fromEntries(
      connections.map(({ connId, ...fields }) => [connId, new EffectiveObject(connectionKind, connId, fields).entry]),
    ),
  );
}

/** Problems of one connection, with the field as text. */
export function validateConnection({ connId, ...fields }: EffectiveConnection): { field: string; reason: string }[] {
  return problemsOf(connId, fields).map(({ path, reason }) => ({ field: pathText(path), reason }));
}

/** What a Deployment gets of documents, without any target's limits. */
export function filesOf(deployment: string, documents: SharedDocument[]): Rendered {
  const { files, problems } = planDeployment(objectKinds, deployment, documents, limitsOf({}));
  if (!files) throw new Error(problems.map(({ reason }) => reason).join("; "));
  return files;
}
