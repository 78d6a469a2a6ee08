import type * as Lookup from "../../catalog/lookup";

/** The parts of the catalog that handlers use. */
export type CatalogFindings = Pick<
  typeof Lookup,
  "validateAgainstCatalog" | "isSecretExtra" | "isSensitiveName" | "missingProvider"
>;
