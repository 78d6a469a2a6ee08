import { attachmentHandler } from "./attachment/handler";
import type { Handler, HandlerContext, Kind } from "./contract";
import type { DeclaredKind } from "./declared-kind";
import { deploymentHandler } from "./deployment/handler";
import { connectionLink, connectionOverride, declaredConnection } from "./kinds/connection/declared";
import { declaredVariable, variableLink } from "./kinds/variable/declared";
import { sharedObjectHandler } from "./shared-object/handler";
import { workspaceHandler } from "./workspace/handler";

/** How each kind of shared object is declared, by the kind's name. */
export const declaredKinds: ReadonlyMap<string, DeclaredKind> = new Map<string, DeclaredKind>(
  [declaredConnection, declaredVariable].map((kind) => [kind.object.name, kind]),
);

/** The handler of each kind of resource, over one context; they know no wire. */
export function resourceHandlers(context: HandlerContext): Record<Kind, Handler> {
  return {
    workspace: workspaceHandler(context),
    deployment: deploymentHandler(declaredKinds, context),
    connection: sharedObjectHandler(declaredConnection, context),
    "connection-link": attachmentHandler(connectionLink, context),
    override: attachmentHandler(connectionOverride, context),
    variable: sharedObjectHandler(declaredVariable, context),
    "variable-link": attachmentHandler(variableLink, context),
  };
}
