/**
 * Policies for a policy pack of `@pulumi/policy`, for resources of both front doors: the TypeScript classes and the plugin.
 */
export { allowedConnectionTypes, type AllowedTypes } from "./connection-types";
export { protectedResources } from "./protection";
export { secretsByReference } from "./secrets";
export { noLinkedToAll } from "./sharing";
export type { StackScope } from "./stacks";
