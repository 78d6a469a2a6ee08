import type * as Lookup from "../../catalog/lookup";

/** The parts of the catalog that handlers use. */
export type CatalogFindings = Pick<
  typeof Lookup,
  "validateAgainstCatalog" | "visitSecrets" | "missingProvider" | "hasPackage"
>;

/** The parts that decide what is secret. */
export type SecretRules = Pick<CatalogFindings, "visitSecrets">;
