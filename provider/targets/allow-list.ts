import type { TargetSpec } from "../environment/documents";
import { InputError } from "../errors";
import { limitsOf } from "./limits";

/** Which targets of other stacks' Deployments a process may open. */
export interface AllowList {
  allows(spec: TargetSpec): boolean;
}

const FORMS = ["kubernetes:NAMESPACE", "kubernetes:CONTEXT/NAMESPACE", "directory:/FOLDER"];

/**
 * Reads patterns of places, separated by commas. `*` stands for anything within one part of a place, `**` for anything.
 * No pattern allows nothing. Pure.
 *
 * @param text - for example `kubernetes:prod-eks/airflow-*,directory:/srv/airflow/**`; without a context the kubeconfig's
 *   current one is meant, as in a target.
 * @param name - of the setting, for messages.
 * @throws InputError for a pattern that could match no place.
 */
export function parseAllowList(text: string, name: string): AllowList {
  const patterns = text
    .split(",")
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== "");
  const wrong = patterns.find((pattern) => !/^(kubernetes:[^,]*[^/,]|directory:[/*].*)$/.test(pattern));
  if (wrong !== undefined)
    throw new InputError(
      `${name}: "${wrong}" is no pattern of a target; write ${FORMS.join(", ")}, separated by commas`,
    );
  const matchers = patterns.map(matcherOf);
  return {
    allows(spec) {
      const place = placeText(spec);
      return place !== undefined && matchers.some((matcher) => matcher.test(place));
    },
  };
}

/** A target as patterns name it; undefined for a kind that they cannot name. Pure. */
export function placeText(spec: TargetSpec): string | undefined {
  const [options] = Object.values(spec);
  return options && limitsOf(spec).placeOf?.(options);
}

function matcherOf(pattern: string): RegExp {
  const parts = pattern.split(/(\*+)/).map((part) => {
    if (!part.startsWith("*")) return part.replace(/[\\^$.+?()[\]{}|]/g, "\\$&");
    return part.length > 1 ? ".*" : "[^/]*";
  });
  return new RegExp(`^${parts.join("")}$`, "s");
}
