import {
  isOfKind,
  isShared,
  type DeploymentDocument,
  type Document,
  type SharedDocument,
  type WorkspaceDocument,
} from "../environment/documents";

/** Documents of one Workspace as last read, with this process's own writes on top. */
export interface Snapshot {
  readonly workspace: WorkspaceDocument | undefined;
  readonly deployments: ReadonlyMap<string, DeploymentDocument>;
  /** Connections and Variables. */
  readonly objects: readonly SharedDocument[];
  /** Names of the values for `valueFrom.store`. */
  readonly values: readonly string[];
}

/** Sorts the documents of one Workspace by what they are. */
export function snapshotOf(documents: Iterable<Document>): Snapshot {
  let workspace: WorkspaceDocument | undefined;
  const deployments = new Map<string, DeploymentDocument>();
  const objects: SharedDocument[] = [];
  const values: string[] = [];
  for (const document of documents) {
    if (isShared(document)) objects.push(document);
    else if (isOfKind(document, "workspace")) workspace = document;
    else if (isOfKind(document, "deployment")) deployments.set(document.name, document);
    else values.push(document.name);
  }
  return { workspace, deployments, objects, values };
}
