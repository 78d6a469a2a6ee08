import { InputError, type InputProblem } from "../errors";
import type { Properties } from "../resources/declaration/values";
import { storeAddressProblem } from "../stores/registry";

/** Configuration of the provider: `pulumi config set airflow-env:NAME`, or the arguments of an explicit provider. */
export interface Settings {
  /** Store of a Workspace that names none. */
  store?: string;
  /** False: previews compare with recorded state only. */
  liveDiff: boolean;
  /** Pulumi organization, part of the owner; what a self-managed backend has by default. */
  organization: string;
}

/** What is wrong with a configuration. Pure. */
export function settingsProblems({ store, liveDiff, organization }: Properties): InputProblem[] {
  const problems: InputProblem[] = [];
  if (typeof store === "string") {
    const reason = storeAddressProblem(store);
    if (reason !== undefined) problems.push({ path: ["store"], reason });
  }
  if (liveDiff !== undefined && booleanOf(liveDiff) === undefined)
    problems.push({ path: ["liveDiff"], reason: "must be true or false" });
  if (organization !== undefined && (typeof organization !== "string" || organization === ""))
    problems.push({ path: ["organization"], reason: "must be the name of a Pulumi organization" });
  return problems;
}

/**
 * The settings of a configuration; what is not known counts as not set.
 *
 * @throws InputError for one that has problems.
 */
export function settingsOf(configuration: Properties): Settings {
  const [problem] = settingsProblems(configuration);
  if (problem) throw new InputError(`airflow-env:${problem.path.join(".")}: ${problem.reason}`);
  const { store, liveDiff, organization } = configuration;
  return {
    ...(typeof store === "string" && { store }),
    liveDiff: booleanOf(liveDiff) ?? true,
    organization: typeof organization === "string" ? organization : "organization",
  };
}

/** The engine passes configuration as JSON texts. */
function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  return value === "true" ? true : value === "false" ? false : undefined;
}
