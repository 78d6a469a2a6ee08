import { processContext } from "./context";
import { dynamicHandler, type DynamicHandler } from "./pulumi/dynamic";
import { toPrintable } from "./pulumi/failures";
import type { HandlerContext, Kind } from "./resources/contract";
import { resourceHandlers } from "./resources/registry";

/** All handlers over one context, as dynamic providers. */
export function createHandlers(context: HandlerContext): Record<Kind, DynamicHandler> {
  const of = resourceHandlers(context);
  const dynamic = (kind: Kind) => printable(dynamicHandler(of[kind]));
  return {
    workspace: dynamic("workspace"),
    deployment: dynamic("deployment"),
    connection: dynamic("connection"),
    "connection-link": dynamic("connection-link"),
    override: dynamic("override"),
    variable: dynamic("variable"),
    "variable-link": dynamic("variable-link"),
  };
}

/**
 * What the code in Pulumi's state calls, by kind. This module's path and this name are stored in every state:
 * never rename them, and let every handler accept what earlier releases recorded.
 */
export const handlers: Record<Kind, DynamicHandler> = createHandlers(processContext());

/** Pulumi prints whatever a handler throws, with its stack: only our own messages may leave. */
function printable(handler: DynamicHandler): DynamicHandler {
  const guard =
    <Args extends unknown[], Result>(verb: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      try {
        return await verb(...args);
      } catch (error) {
        throw toPrintable(error);
      }
    };
  return {
    check: guard(handler.check),
    diff: guard(handler.diff),
    create: guard(handler.create),
    read: guard(handler.read),
    update: guard(handler.update),
    delete: guard(handler.delete),
  };
}
