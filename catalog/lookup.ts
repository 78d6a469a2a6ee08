/**
 * The typed catalog of Airflow connection types. Everything is lazy: the data is read at the first look-up.
 */
export { airflowMajor, type DeploymentVersions } from "./airflow-major";
export type { ExtraField, ExtraType, FieldForm, StandardField } from "./catalog-data";
export {
  catalogAirflowVersion,
  findConnectionType,
  findExtra,
  listConnectionTypes,
  withoutFormPrefix,
  type ConnectionType,
} from "./connection-types";
export { depthProblem, MAX_DEPTH } from "./depth";
export { nearestNames } from "./nearest-names";
export { hasPackage, missingProvider, requiredProviderPackage } from "./missing-provider";
export { parseRequirement, parseRequirements, type Requirement, type Requirements } from "./requirements";
export { isSecretExtra, isSecretField, isSensitiveName } from "./secrecy/fields";
export { holdsLogin } from "./secrecy/url-login";
export { holdsSecret, secretPaths, visitSecrets, type Judging, type Path, type Visitor } from "./secrecy/walk";
export type { CatalogInput, Finding, FindingCode, Findings } from "./finding";
export { validateAgainstCatalog } from "./validate";
