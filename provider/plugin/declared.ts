import type { Kind } from "../resources/contract";
import { Declarations, type Declaration } from "../resources/declaration/conflicts";
import { isRecord, type Properties } from "../resources/declaration/values";
import { textIn } from "../resources/record";
import { parseUrn } from "./kinds";

const KINDS: Record<Kind, Pick<Declaration, "kind" | "of">> = {
  workspace: { kind: "workspace" },
  deployment: { kind: "deployment" },
  connection: { kind: "connection" },
  "connection-link": { kind: "link" },
  override: { kind: "override" },
  variable: { kind: "variable" },
  "variable-link": { kind: "link", of: "variable" },
};

/** What the resources of one run declare: the plugin sees all of them, whatever language they are written in. */
export class ProgramDeclarations {
  readonly #declarations = new Declarations();

  /** @returns what is wrong with a declaration and an earlier one; both are named. */
  add(declaration: Declaration | undefined): string | undefined {
    return declaration && this.#declarations.add(declaration);
  }
}

/** The declaration of a resource; undefined while it is not known which object it is of. */
export function declarationOf(kind: Kind, urn: string, inputs: Properties): Declaration | undefined {
  const { workspace, exclude, sharing } = inputs;
  const { name: resource } = parseUrn(urn);
  const ofKind = KINDS[kind];
  const owner = kind === "workspace" ? inputs["name"] : isRecord(workspace) ? workspace["name"] : undefined;
  const deployment = textIn(inputs, kind === "deployment" ? "name" : "deployment");
  const connId = textIn(inputs, kind.startsWith("variable") ? "key" : "connId");
  const isNamed = kind === "workspace" || (kind === "deployment" ? deployment : connId) !== undefined;
  if (typeof owner !== "string" || !isNamed) return undefined;
  if ("deployment" in inputs && deployment === undefined) return undefined;
  return {
    ...ofKind,
    urn,
    resource,
    workspace: owner,
    ...(connId !== undefined && { connId }),
    ...(deployment !== undefined && { deployment }),
    ...(Array.isArray(exclude) && { exclude: exclude.filter((name) => typeof name === "string") }),
    linkedToAll: sharing === "LinkedToAll",
  };
}
