import { isDeepStrictEqual } from "node:util";
import { changedPaths } from "../../../../provider/environment/compare";
import {
  isShared,
  type DeploymentDocument,
  type Document,
  type SharedDocument,
} from "../../../../provider/environment/documents";
import { pathText } from "../../../../provider/path";
import { filesOf } from "../../../fakes/effective";
import type { World } from "../../../fakes/world";

/** Entries of one Deployment's files, by kind and id. */
type Entries = Map<string, unknown>;

/** What stores and targets hold at one moment. */
export interface Picture {
  /** By Deployment, as its target has it; without those whose target is missing. */
  targets: Map<string, Entries>;
  /** By Deployment, as its target should have it by the documents. */
  wanted: Map<string, Entries>;
  documents: Map<string, Document>;
}

export function pictureOf(world: World): Picture {
  const documents = new Map([...world.backend.documents.keys()].map((key) => [key, world.document(key) as Document]));
  const objects = [...documents.values()].filter(isShared);
  const picture: Picture = { targets: new Map(), wanted: new Map(), documents };
  for (const document of documents.values())
    if (document.kind === "deployment") {
      const { name, target } = document as DeploymentDocument;
      const files = world.place(String(target["directory"]?.["path"]).replace("/program/", "")).object?.files;
      if (files) picture.targets.set(name, entriesOf(files.connections, files.variables));
      const { connections, variables } = filesOf(name, objects);
      picture.wanted.set(name, entriesOf(connections.text, variables?.text));
    }
  return picture;
}

/** Deployments of which an entry differs; all but `except` when that is given. */
export function differingAt(before: Picture, after: Picture, isMeant: (entry: string) => boolean): string[] {
  const names = new Set([...before.targets.keys(), ...after.targets.keys()]);
  return [...names].filter((name) => {
    const [one, other] = [before.targets.get(name) ?? new Map(), after.targets.get(name) ?? new Map()] as const;
    const entries = [...new Set<string>([...one.keys(), ...other.keys()])].filter(isMeant);
    return entries.some((entry) => !isDeepStrictEqual(one.get(entry), other.get(entry)));
  });
}

/** Whether a Deployment's target was what the documents say. */
export function wasUpToDate({ targets, wanted }: Picture, deployment: string): boolean {
  return isDeepStrictEqual(targets.get(deployment), wanted.get(deployment));
}

/** Fields of an object's document that differ. */
export function changedFields(before: Picture, after: Picture, key: string): string[] {
  const part = ({ documents }: Picture) => {
    const { base, sharing, exclude } = (documents.get(key) ?? {}) as Partial<SharedDocument>;
    return { ...base, sharing, exclude };
  };
  return changedPaths(part(before), part(after)).map(pathText);
}

function entriesOf(connections: string | undefined, variables: string | undefined): Entries {
  const read = (kind: string, text: string | undefined): [string, unknown][] =>
    text === undefined ? [] : Object.entries(JSON.parse(text) as object).map(([id, entry]) => [`${kind} ${id}`, entry]);
  return new Map([...read("connection", connections), ...read("variable", variables)]);
}
