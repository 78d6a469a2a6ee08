import * as pulumi from "@pulumi/pulumi";
import type { ConnectionReference } from "./connection";
import { ProgramError } from "./program-error";

/**
 * The type of a referenced connection, where this program knows it. The first look at the reference: a program without
 * type checks, or a circular import, may give something else.
 *
 * @param resource - for the error, such as `link "prod-warehouse"`.
 * @throws ProgramError naming the resource and what is expected.
 */
export function connTypeOf(resource: string, connection: ConnectionReference): pulumi.Input<string> | undefined {
  const given: unknown = connection;
  const isReference =
    typeof given === "object" &&
    given !== null &&
    (pulumi.Output.isInstance(given) || ("workspace" in given && "connId" in given));
  if (!isReference)
    throw new ProgramError(
      `${resource}: connection: ${whatIsWrong(given)}; pass a Connection or { workspace, connId }`,
    );
  return "connType" in connection ? connection.connType : undefined;
}

function whatIsWrong(given: unknown): string {
  if (given === undefined || given === null) return "is missing";
  return typeof given === "string" ? "an id alone does not say in which Workspace" : "is not a connection";
}
