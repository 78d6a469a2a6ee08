import { CATALOG_WARNINGS } from "../../catalog/finding";

/** Codes of the warnings of a declaration, which `ignoreWarnings` takes and docs/warnings.md explains. */
export const WARNING_CODES = [
  ...CATALOG_WARNINGS,
  "empty-password",
  "login-in-host",
  "password-newline",
  "port-range",
  "uri-reading",
] as const;

/** One of {@link WARNING_CODES}. */
export type WarningCode = (typeof WARNING_CODES)[number];
