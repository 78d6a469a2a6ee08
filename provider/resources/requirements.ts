import { hasPackage } from "../../catalog/lookup";
import type { DeploymentDocument } from "../environment/documents";
import { InputError } from "../errors";
import type { TargetLimits } from "../targets/target";
import type { CatalogFindings } from "./catalog-findings";

/** A connection that a Deployment cannot use until a package is installed. */
export interface MissingPackage {
  connId: string;
  connType: string;
  deployment: string;
  packageName: string;
  /** The Deployment asked for an error instead of a warning. */
  strict: boolean;
}

/**
 * Provider packages that a Deployment lacks for its connections. Pure.
 *
 * @param deployment - without declared `providers` nothing is known, and nothing is reported.
 */
export function missingPackages(
  catalog: Pick<CatalogFindings, "missingProvider">,
  deployment: DeploymentDocument,
  connections: Iterable<{ id: string; connType: string }>,
): MissingPackage[] {
  const { name, providers, strict = false } = deployment;
  if (!providers) return [];
  return [...connections].flatMap(({ id, connType }) => {
    const packageName = catalog.missingProvider(connType, providers, deployment);
    return packageName === undefined ? [] : [{ connId: id, connType, deployment: name, packageName, strict }];
  });
}

/** What a Deployment's own declaration lacks: the target's backend lives in a provider package. Pure. */
export function missingBackendPackage(
  deployment: Pick<DeploymentDocument, "name" | "providers" | "airflowVersion" | "runtimeVersion">,
  { requiredPackage }: Pick<TargetLimits, "requiredPackage">,
): string | undefined {
  const { name, providers } = deployment;
  if (requiredPackage === undefined || !providers || hasPackage(requiredPackage, providers, deployment))
    return undefined;
  return (
    `Deployment "${name}": its target needs a secrets backend of Airflow that ${requiredPackage} brings; ` +
    `install it there, or use the kubernetes target`
  );
}

/** One sentence with the remedy. */
export function describeMissing({ connId, connType, deployment, packageName }: MissingPackage): string {
  return (
    `connection "${connId}" is of type "${connType}", and Deployment "${deployment}" lacks the provider package for it; ` +
    `add ${packageName} to its image and to its providers`
  );
}

/**
 * The same for all connections of a type, as a warning: a Deployment is told once of what it lacks, however many
 * connections need it and whichever is looked at first.
 */
export function describeMissingOnce({ connType, deployment, packageName }: MissingPackage): string {
  return (
    `Deployment "${deployment}" lacks the provider package for its connections of type "${connType}"; ` +
    `add ${packageName} to its image and to its providers`
  );
}

/** @throws InputError naming the first package that a strict Deployment lacks. */
export function requirePackages(missing: MissingPackage[]): void {
  const [first] = missing.filter(({ strict }) => strict);
  if (first) throw new InputError(`${describeMissing(first)}, or set strict: false on the Deployment`);
}
