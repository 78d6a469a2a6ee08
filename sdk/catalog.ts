import type * as Lookup from "../catalog/lookup";

/** Loads the catalog when it is first asked: importing the SDK stays quick, and the answers are needed synchronously. */
export function catalog(): typeof Lookup {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it with the SDK
  return require("../catalog/lookup") as typeof Lookup;
}
