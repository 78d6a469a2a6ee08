import { ConflictError, StaleVersionError } from "../../errors";
import { labelOf } from "./failures";

/** The secret, or its newest version, is somebody else's. @param version - undefined: the secret itself. */
export function notOurs(secret: string, version?: number): ConflictError {
  return new ConflictError(
    version === undefined
      ? `${labelOf(secret)}: Google has a secret of this name that airflow-env did not make; delete it, or use another prefix`
      : `${labelOf(secret)}: airflow-env did not write version ${String(version)}; destroy that version, or use another prefix`,
  );
}

/** The document has another version than expected. */
export function stale(secret: string): StaleVersionError {
  return new StaleVersionError(`${labelOf(secret)}: changed since it was read`);
}

/** The document, or its whole secret, is no longer there. */
export function gone(secret: string): StaleVersionError {
  return new StaleVersionError(`${labelOf(secret)}: was deleted since it was read`);
}
