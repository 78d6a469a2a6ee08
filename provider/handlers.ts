import { processContext } from "./context";
import { PartialCreateError, ProviderError } from "./errors";
import { redact } from "./redact";
import { connectionLinkHandler } from "./resources/connection-link/handler";
import { connectionHandler } from "./resources/connection/handler";
import { deploymentHandler } from "./resources/deployment/handler";
import type { Handler, HandlerContext, Kind } from "./resources/handler";
import { overrideHandler } from "./resources/override/handler";
import { workspaceHandler } from "./resources/workspace/handler";

/** All handlers over one context. */
export function createHandlers(context: HandlerContext): Record<Kind, Handler> {
  return {
    workspace: printable(workspaceHandler(context)),
    deployment: printable(deploymentHandler(context)),
    connection: printable(connectionHandler(context)),
    "connection-link": printable(connectionLinkHandler(context)),
    override: printable(overrideHandler(context)),
  };
}

/**
 * What the code in Pulumi's state calls, by kind. This module's path and this name are stored in every state:
 * never rename them, and let every handler accept what earlier releases recorded.
 */
export const handlers: Record<Kind, Handler> = createHandlers(processContext());

/** Pulumi prints whatever a handler throws, with its stack: only our own messages may leave. */
function printable(handler: Handler): Handler {
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

function toPrintable(error: unknown): Error {
  const ours = error instanceof ProviderError;
  const safe =
    error instanceof PartialCreateError
      ? error
      : new ProviderError(ours ? error.code : "failed", ours ? error.message : redact(error));
  // Pulumi prints the message and, for most verbs, the stack after it; frames of ours tell the user nothing.
  const wantsStack = process.env["AIRFLOW_ENV_DEBUG"] === "1" && error instanceof Error;
  // The lines before the frames repeat the message, of which a vendor's further lines may hold values.
  const frames = (error as Error).stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
  safe.stack = wantsStack ? frames.join("\n") : "";
  return safe;
}
