import type { NamedObject } from "../received";

/** Where the page's parts are: addresses of the server, or places in the one file of a report. */
export interface Links {
  matrix: string;
  object(of: Pick<NamedObject, "kind" | "id">): string;
  deployment(name: string): string;
}

const part = encodeURIComponent;

/** Path of a Workspace's page. */
export function workspacePath(workspace: string): string {
  return `/w/${part(workspace)}`;
}

/** Addresses of the server. */
export function serverLinks(workspace: string): Links {
  const root = workspacePath(workspace);
  return {
    matrix: root,
    object: ({ kind, id }) => `${root}/${kind}/${part(id)}`,
    deployment: (name) => `${root}/deployment/${part(name)}`,
  };
}

/** Id of the place of an object in a report. */
export function objectAnchor({ kind, id }: Pick<NamedObject, "kind" | "id">): string {
  return `${kind}-${part(id)}`;
}

/** Id of the place of a Deployment in a report. */
export function deploymentAnchor(name: string): string {
  return `deployment-${part(name)}`;
}

/** Places in a report. Browsers decode what follows the #, so that it is encoded once more. */
export const reportLinks: Links = {
  matrix: "#matrix",
  object: (of) => `#${part(objectAnchor(of))}`,
  deployment: (name) => `#${part(deploymentAnchor(name))}`,
};
