import type { ListedWorkspace } from "../inventory";
import { objectsOf, receivedBy, type NamedObject, type Received, type Through } from "../received";

/** How one object stands to one Deployment, from metadata alone. */
export interface Cell {
  /** Undefined when the Deployment does not get it. */
  through?: Through;
  /** It is linked to all, and this Deployment is excluded. */
  isExcluded: boolean;
  /** Names of the fields that have values of the Deployment's own. */
  ownFields: string[];
  /** Another object of this kind and id comes to the Deployment too: Airflow could be given only one. */
  collides: boolean;
}

/** A Workspace as the page shows it. */
export interface View {
  workspace: ListedWorkspace;
  /** Names, sorted. */
  deployments: string[];
  objects: NamedObject[];
}

/** What metadata say of one Workspace. Pure. */
export function viewOf(workspace: ListedWorkspace): View {
  return {
    workspace,
    deployments: workspace.deployments.map(({ name }) => name).sort(),
    objects: objectsOf(workspace),
  };
}

/** Looks up cells; what several cells need is found once. Pure. */
export function cellsOf({ objects }: View): (object: NamedObject, deployment: string) => Cell {
  const byName = new Map<string, NamedObject[]>();
  for (const object of objects) byName.set(nameOf(object), [...(byName.get(nameOf(object)) ?? []), object]);
  return (object, deployment) => {
    const received = receivedBy(object, deployment);
    const others = byName.get(nameOf(object)) ?? [];
    return {
      through: received?.through,
      isExcluded: !received && object.sharing === "LinkedToAll" && object.exclude.includes(deployment),
      ownFields: ownFieldsOf(received),
      collides: received !== undefined && others.some((other) => other !== object && receivedBy(other, deployment)),
    };
  };
}

/** Fields whose value a link or an Override gives. */
export function ownFieldsOf(received: Received | undefined): string[] {
  return Object.entries(received?.fields ?? {})
    .filter(([, layer]) => layer !== "base")
    .map(([field]) => field)
    .sort();
}

/** The part of an owner that names organization, project and stack. */
export function stackOf(owner: string | undefined): string {
  return owner?.split("::")[0] ?? "";
}

/** What is shown of the matrix. */
export interface Filter {
  /** Part of an id, in any case. */
  q: string;
  /** `variable`, or a connection's type. */
  type: string;
  /** One Deployment: only its column, and what it gets or is kept from. */
  deployment: string;
  /** Of the object: organization, project and stack. */
  owner: string;
}

/** The part of a view that a filter leaves; an unknown Deployment leaves none. Pure. */
export function filtered(view: View, { q, type, deployment, owner }: Filter): View {
  const wanted = q.toLowerCase();
  const cell = cellsOf(view);
  return {
    workspace: view.workspace,
    deployments: deployment === "" ? view.deployments : view.deployments.filter((name) => name === deployment),
    objects: view.objects.filter((object) => {
      if (!object.id.toLowerCase().includes(wanted)) return false;
      if (type !== "" && typeOf(object) !== type) return false;
      if (owner !== "" && stackOf(object.owner) !== owner) return false;
      if (deployment === "") return true;
      if (!view.deployments.includes(deployment)) return false;
      const { through, isExcluded } = cell(object, deployment);
      return through !== undefined || isExcluded;
    }),
  };
}

/** A connection's type; of a Variable `variable`. */
export function typeOf({ kind, connType }: NamedObject): string {
  return kind === "variable" ? kind : (connType ?? "unknown");
}

/** What keeps an object from being deleted. */
export function holdersOf({ links, overrides }: NamedObject): string[] {
  return [
    ...Object.keys(links)
      .sort()
      .map((deployment) => `the link to ${deployment}`),
    ...Object.keys(overrides)
      .sort()
      .map((deployment) => `the Override in ${deployment}`),
  ];
}

/** What keeps a Deployment from being deleted. */
export function holdersOfDeployment({ objects }: View, deployment: string): string[] {
  return objects.flatMap((object) => {
    const name = `${object.kind === "variable" ? "Variable" : object.kind} ${object.id}`;
    return [
      ...(object.deployment === deployment ? [`its own ${name}`] : []),
      ...(Object.hasOwn(object.links, deployment) ? [`link of ${name}`] : []),
      ...(Object.hasOwn(object.overrides, deployment) ? [`Override of ${name}`] : []),
    ];
  });
}

function nameOf({ kind, id }: NamedObject): string {
  return `${kind}/${id}`;
}
