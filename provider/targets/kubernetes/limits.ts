import { namespaceText } from "../../kubernetes/options";
import type { TargetLimits } from "../target";

/** Sum of a Secret's values. @see https://kubernetes.io/docs/concepts/configuration/secret/#restriction-data-size */
export const MAX_SECRET_BYTES = 1_048_576;

/** What is true of every `kubernetes` target. */
export const kubernetesLimits: TargetLimits = {
  maxBytes: MAX_SECRET_BYTES,
  oneFile: true,
  placeOf: namespaceText,
  paths: [],
  problemsOf: () => [],
};
