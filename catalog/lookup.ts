/**
 * The typed catalog of Airflow connection types. Everything is lazy: the data is read at the first look-up.
 */
export type { ExtraField, ExtraType, FieldForm, StandardField } from "./catalog-data";
export {
  catalogAirflowVersion,
  findConnectionType,
  findExtra,
  isSecretExtra,
  isSecretField,
  isSensitiveName,
  listConnectionTypes,
  withoutFormPrefix,
  type ConnectionType,
} from "./connection-types";
export { nearestNames } from "./nearest-names";
export { missingProvider, parseRequirement, requiredProviderPackage, type Requirement } from "./requirements";
export { holdsLogin } from "./url-login";
export { validateAgainstCatalog, type CatalogInput, type Finding, type Findings } from "./validate";
