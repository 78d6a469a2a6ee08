import { UsageError } from "../failure";
import type { Changes, DeploymentChange } from "./changes";

/** Something that a pull request must not do, as `--fail-on` names it. */
export interface Rule {
  name: RuleName;
  /** Only in this Deployment. */
  deployment: string | undefined;
}

/** What a rule finds in one Deployment, as the end of a sentence; undefined when it is kept. */
const RULES = {
  change: ({ change, name }: DeploymentChange) =>
    change === "unchanged" ? undefined : `Deployment "${name}" is affected`,
  delete: ({ change, name, objects }: DeploymentChange) => {
    if (change === "deleted") return `Deployment "${name}" is deleted`;
    const removed = objects.filter((one) => one.change === "removed").map(({ kind, id }) => `${kind} "${id}"`);
    return removed.length > 0 ? `Deployment "${name}" loses ${removed.join(", ")}` : undefined;
  },
  drift: ({ name, drift }: DeploymentChange) =>
    drift.length > 0 ? `the target of Deployment "${name}" has drifted` : undefined,
  "missing-package": ({ name, missing }: DeploymentChange) =>
    missing.length > 0
      ? `Deployment "${name}" lacks ${missing.map(({ packageName }) => packageName).join(", ")}`
      : undefined,
} as const;

type RuleName = keyof typeof RULES | "linked-to-all";

const NAMES: RuleName[] = ["change", "delete", "drift", "linked-to-all", "missing-package"];

/**
 * Reads `--fail-on`, for example `delete-in=prod,drift,missing-package`.
 *
 * @throws UsageError naming the rules that there are.
 */
export function parseRules(text: string): Rule[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "")
    .map((word) => {
      const [, stem = "", deployment] = /^([a-z-]+?)(?:-in=(.+))?$/s.exec(word) ?? [];
      const name = NAMES.find((known) => known === stem);
      if (name === undefined || (name === "linked-to-all" && deployment !== undefined))
        throw new UsageError(
          `--fail-on: there is no rule "${word}"; it takes ${NAMES.join(", ")}, and all but linked-to-all with -in=DEPLOYMENT`,
        );
      return { name, deployment };
    });
}

/** What the rules refuse, as sentences. Pure. */
export function refusedBy(rules: Rule[], { deployments, sharedWithAll, drift }: Changes): string[] {
  const found = rules.flatMap(({ name, deployment }): string[] => {
    if (name === "linked-to-all")
      return sharedWithAll.map(({ kind, id }) => `linked-to-all: ${kind} "${id}" reaches every Deployment`);
    const concerned = deployments.filter((one) => deployment === undefined || one.name === deployment);
    const texts: string[] = concerned.flatMap((one) => RULES[name](one) ?? []);
    const inStore = name === "drift" && deployment === undefined ? drift : [];
    texts.push(...inStore.map(({ resource }) => `"${resource}" was changed in the store by other means`));
    return texts.map((text) => `${name}: ${text}`);
  });
  return [...new Set(found)];
}
