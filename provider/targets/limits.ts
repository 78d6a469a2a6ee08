import type { InputProblem } from "../errors";
import type { TargetSpec } from "../model/documents";
import { backendProblems } from "./kubernetes-backend/entries";
import type { TargetLimits } from "./target";

/** Sum of a Secret's values. @see https://kubernetes.io/docs/concepts/configuration/secret/#restriction-data-size */
export const MAX_SECRET_BYTES = 1_048_576;

const BACKEND_REMEDY = "or use the kubernetes target";

const limits = new Map<string, TargetLimits>([
  ["kubernetes", { maxBytes: MAX_SECRET_BYTES, problemsOf: () => [] }],
  [
    "kubernetesBackend",
    {
      maxBytes: Infinity,
      problemsOf: (connection, bytes): InputProblem[] =>
        backendProblems(connection, bytes).map(({ field, reason }) => ({
          field,
          reason: `${reason}, ${BACKEND_REMEDY}`,
        })),
    },
  ],
]);

const NONE: TargetLimits = { maxBytes: Infinity, problemsOf: () => [] };

/** What a target takes, without opening it. Pure. */
export function limitsOf(spec: TargetSpec): TargetLimits {
  const [kind = ""] = Object.keys(spec);
  return limits.get(kind) ?? NONE;
}
