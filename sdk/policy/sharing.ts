import type { ResourceValidationPolicy } from "@pulumi/policy";
import { judgedOf } from "./judged";
import { isInScope, type StackScope } from "./stacks";

/**
 * Connections and Variables reach Deployments by links alone, one by one.
 *
 * @param scope - where it holds, for example `{ stacks: ["prod"] }`.
 */
export function noLinkedToAll(scope: StackScope = {}): ResourceValidationPolicy {
  return {
    name: "airflow-no-linked-to-all",
    description: "No connection and no Variable is shared with all Deployments at once.",
    enforcementLevel: "mandatory",
    validateResource: (args, report) => {
      const judged = judgedOf(args);
      if (!judged || !isInScope(scope, judged.stack) || judged.inputs["sharing"] !== "LinkedToAll") return;
      report(
        `sharing is LinkedToAll, which stack "${judged.stack}" does not allow; ` +
          "leave it out, and link the Deployments that need it",
      );
    },
  };
}
