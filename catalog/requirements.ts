import { catalog, findConnectionType } from "./connection-types";

/** One installed or required Python package. */
export interface Requirement {
  /** Normalised after PEP 503. */
  readonly name: string;
  readonly extras: readonly string[];
}

/** PEP 503: lower case, runs of `-`, `_`, `.` are one `-`. */
const normalise = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, "-");

const NAME = "[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?";

/**
 * Reads one line of a requirements file: a name or requirement specifier (PEP 508), a wheel or archive by path or URL,
 * or `-e …#egg=name`.
 *
 * @returns `undefined` for blank lines, comments and options such as `-r other.txt`.
 */
export function parseRequirement(line: string): Requirement | undefined {
  const text = line.replace(/(^|\s)#.*$/, "").trim();
  const egg = new RegExp(`#(?:.*&)?egg=(${NAME})(?:\\[([^\\]]*)\\])?`).exec(text);
  if (egg) return requirement(egg[1], egg[2]);
  if (text === "" || text.startsWith("-")) return undefined;
  const archive = /([^/\\]+)\.(?:whl|tar\.gz|zip)(?:[?#\s;].*)?$/.exec(text)?.[1];
  if (archive !== undefined && !/^\S+\s*@/.test(text)) return requirement(/^(.+?)-\d/.exec(archive)?.[1] ?? archive, undefined);
  const match = new RegExp(`^(${NAME})\\s*(?:\\[([^\\]]*)\\])?\\s*(?:$|[=<>!~;@(,])`).exec(text);
  return match ? requirement(match[1], match[2]) : undefined;
}

function requirement(name: string | undefined, extras: string | undefined): Requirement | undefined {
  if (name === undefined) return undefined;
  const list = (extras ?? "").split(",").map((extra) => normalise(extra.trim()));
  return { name: normalise(name), extras: list.filter((extra) => extra !== "") };
}

/** The provider package that brings the hook of a connection type; `undefined` for unknown types. */
export function requiredProviderPackage(connType: string): string | undefined {
  return findConnectionType(connType)?.providerPackage;
}

/**
 * The provider package that a Deployment lacks for a connection type.
 *
 * @param installed - names or lines of a requirements file; `apache-airflow[postgres]` counts for its extras.
 * @param airflowVersion - decides which packages Airflow brings along; by default those that 3.x brings.
 * @returns `undefined` when nothing is missing or the type is unknown.
 */
export function missingProvider(connType: string, installed: readonly string[], airflowVersion?: string): string | undefined {
  const needed = requiredProviderPackage(connType);
  if (needed === undefined) return undefined;
  const { airflowExtras, preinstalled } = catalog();
  if (preinstalled[airflowVersion?.trim().startsWith("2.") ? "2" : "3"].includes(needed)) return undefined;
  for (const line of installed) {
    const found = parseRequirement(line);
    if (found?.name === needed) return undefined;
    if (found?.name !== "apache-airflow") continue;
    for (const extra of found.extras) {
      const packages: readonly string[] = airflowExtras[extra] ?? [`apache-airflow-providers-${extra}`];
      if (extra === "all" || packages.includes(needed)) return undefined;
    }
  }
  return needed;
}
