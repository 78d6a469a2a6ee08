import type { ResourceValidationPolicy } from "@pulumi/policy";
import type { Kind } from "../../provider/resources/contract";
import { judgedOf } from "./judged";
import { isInScope, type StackScope } from "./stacks";

/** What takes connections or Variables from Airflow when it is deleted. */
const GUARDED: readonly Kind[] = ["workspace", "deployment", "connection", "variable"];

/**
 * What tasks depend on has Pulumi's option `protect: true`, so that no `up` deletes it by mistake: Workspaces,
 * Deployments, connections and Variables.
 *
 * @param scope - where it holds, for example `{ stacks: ["prod", "prod-*"] }`.
 */
export function protectedResources(scope: StackScope): ResourceValidationPolicy {
  return {
    name: "airflow-protected-resources",
    description: "Workspaces, Deployments, connections and Variables are protected from deletion.",
    enforcementLevel: "mandatory",
    validateResource: (args, report) => {
      const judged = judgedOf(args);
      if (!judged || !GUARDED.includes(judged.kind) || !isInScope(scope, judged.stack)) return;
      if (!args.opts.protect)
        report(`not protected in stack "${judged.stack}"; pass { protect: true } as resource option`);
    },
  };
}
