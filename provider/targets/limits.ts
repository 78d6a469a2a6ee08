import type { TargetSpec } from "../environment/documents";
import { directoryLimits } from "./directory/limits";
import { kubernetesBackendLimits } from "./kubernetes-backend/limits";
import { kubernetesLimits } from "./kubernetes/limits";
import type { TargetLimits } from "./target";

const limits = new Map<string, TargetLimits>([
  ["directory", directoryLimits],
  ["kubernetes", kubernetesLimits],
  ["kubernetesBackend", kubernetesBackendLimits],
]);

/** Of a kind that is not known yet: no limits. */
const NONE: TargetLimits = {
  maxBytes: Infinity,
  oneFile: false,
  paths: [],
  problemsOf: () => [],
};

/** What a target takes and needs, without opening it. Pure. */
export function limitsOf(spec: TargetSpec): TargetLimits {
  // A target that is not known yet is text.
  const [kind = ""] = typeof spec === "object" ? Object.keys(spec) : [];
  return limits.get(kind) ?? NONE;
}
