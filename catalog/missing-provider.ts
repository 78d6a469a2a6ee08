import { airflowMajor, type DeploymentVersions } from "./airflow-major";
import { catalog, findConnectionType } from "./connection-types";
import { normaliseName, parseRequirement } from "./requirements";

/** The provider package that brings the hook of a connection type; `undefined` for unknown types. */
export function requiredProviderPackage(connType: string): string | undefined {
  return findConnectionType(connType)?.providerPackage;
}

/**
 * The provider package that a Deployment lacks for a connection type.
 *
 * @param installed - names or lines of a requirements file; `apache-airflow[postgres]` counts for its extras.
 * @param versions - decide which packages Airflow brings along; by default those that 3.x brings.
 * @returns `undefined` when nothing is missing or the type is unknown.
 */
export function missingProvider(
  connType: string,
  installed: readonly string[],
  versions: DeploymentVersions = {},
): string | undefined {
  const needed = requiredProviderPackage(connType);
  return needed === undefined || hasPackage(needed, installed, versions) ? undefined : needed;
}

/**
 * Whether a Deployment has a provider package: by name, as an extra of `apache-airflow`, or because Airflow brings it.
 *
 * @param packageName - such as `apache-airflow-providers-postgres`.
 * @param installed - as for {@link missingProvider}.
 * @param versions - as for {@link missingProvider}.
 */
export function hasPackage(
  packageName: string,
  installed: readonly string[],
  versions: DeploymentVersions = {},
): boolean {
  const needed = normaliseName(packageName);
  const { airflowExtras, preinstalled } = catalog();
  if (preinstalled[airflowMajor(versions) ?? 3].includes(needed)) return true;
  const packagesOf = (extra: string): readonly string[] =>
    airflowExtras[extra] ?? [`apache-airflow-providers-${extra}`];
  return installed.some((line) => {
    const { name, extras } = parseRequirement(line) ?? {};
    if (name === needed) return true;
    return name === "apache-airflow" && extras?.some((extra) => extra === "all" || packagesOf(extra).includes(needed));
  });
}
