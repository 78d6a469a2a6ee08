import type { ResourceValidationPolicy } from "@pulumi/policy";
import { judgedOf } from "./judged";
import { isInScope, type StackScope } from "./stacks";

/** What connections may be. */
export interface AllowedTypes extends StackScope {
  /** Airflow's names of types, such as `["postgres", "snowflake"]`. */
  types: readonly string[];
}

/** Connections are of certain types only. */
export function allowedConnectionTypes({ types, ...scope }: AllowedTypes): ResourceValidationPolicy {
  return {
    name: "airflow-allowed-connection-types",
    description: "Connections are of the types that the platform supports.",
    enforcementLevel: "mandatory",
    validateResource: (args, report) => {
      const judged = judgedOf(args);
      if (judged?.kind !== "connection" || !isInScope(scope, judged.stack)) return;
      const { connType } = judged.inputs;
      if (typeof connType === "string" && types.includes(connType)) return;
      const found =
        typeof connType === "string"
          ? `connType "${connType}" is not allowed`
          : "connType is not known of a uri by reference";
      report(
        `${found}; allowed are ${types.join(", ")}${typeof connType === "string" ? "" : ": write the fields instead"}`,
      );
    },
  };
}
