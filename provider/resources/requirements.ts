import { InputError } from "../errors";
import type { ConnectionDocument, DeploymentDocument } from "../model/documents";
import type { CatalogFindings } from "./catalog";
import { hasUnknown } from "./unknowns";

/** A connection that a Deployment cannot use until a package is installed. */
export interface MissingPackage {
  connId: string;
  connType: string;
  deployment: string;
  packageName: string;
  /** The Deployment asked for an error instead of a warning. */
  strict: boolean;
}

const KUBERNETES_BACKEND_PACKAGE = "apache-airflow-providers-cncf-kubernetes";

/**
 * Provider packages that a Deployment lacks for its connections. Pure.
 *
 * @param deployment - without declared `providers`, or with unknown ones, nothing is known, and nothing is reported.
 */
export function missingPackages(
  catalog: Pick<CatalogFindings, "missingProvider">,
  deployment: DeploymentDocument,
  connections: Iterable<Pick<ConnectionDocument, "connId" | "base">>,
): MissingPackage[] {
  const { providers, strict = false, airflowVersion, runtimeVersion } = deployment;
  if (!providers || hasUnknown([providers, strict, airflowVersion, runtimeVersion])) return [];
  return [...connections].flatMap(({ connId, base }) => {
    const packageName = catalog.missingProvider(base.connType, providers, airflowVersionOf(deployment));
    return packageName === undefined
      ? []
      : [{ connId, connType: base.connType, deployment: deployment.name, packageName, strict }];
  });
}

/** What a Deployment's own declaration lacks: its target's backend lives in a provider package. Pure. */
export function missingBackendPackage(
  deployment: Pick<DeploymentDocument, "name" | "target" | "providers">,
): string | undefined {
  const { target, providers } = deployment;
  if (!providers || hasUnknown(providers)) return undefined;
  // A target that is not known yet is text.
  if (!Object.hasOwn(target, "kubernetesBackend")) return undefined;
  const names = providers.map((line) => line.toLowerCase().replace(/[-_.]+/g, "-"));
  if (names.some((name) => name.startsWith(KUBERNETES_BACKEND_PACKAGE))) return undefined;
  return (
    `Deployment "${deployment.name}": its target needs Airflow's KubernetesSecretsBackend; ` +
    `install ${KUBERNETES_BACKEND_PACKAGE} there, or use the kubernetes target`
  );
}

/** One sentence with the remedy. */
export function describeMissing({ connId, connType, deployment, packageName }: MissingPackage): string {
  return (
    `connection "${connId}" is of type "${connType}", and Deployment "${deployment}" lacks the provider package for it; ` +
    `add ${packageName} to its image and to its providers`
  );
}

/** @throws InputError naming the first package that a strict Deployment lacks. */
export function requirePackages(missing: MissingPackage[]): void {
  const [first] = missing.filter(({ strict }) => strict);
  if (first) throw new InputError(`${describeMissing(first)}, or set strict: false on the Deployment`);
}

/**
 * The Airflow version, from Astro Runtime's where only that is given: Runtime 3.x and later follow Airflow's own
 * numbers, Runtime 4 to 13 contain Airflow 2.
 *
 * @see https://www.astronomer.io/docs/runtime/runtime-release-notes
 */
export function airflowVersionOf({
  airflowVersion,
  runtimeVersion,
}: Pick<DeploymentDocument, "airflowVersion" | "runtimeVersion">): string | undefined {
  if (airflowVersion !== undefined || runtimeVersion === undefined) return airflowVersion;
  return Number.parseInt(runtimeVersion, 10) >= 4 ? "2" : runtimeVersion;
}
