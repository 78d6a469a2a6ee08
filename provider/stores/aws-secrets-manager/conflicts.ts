import { ConflictError, StaleVersionError } from "../../errors";
import { labelOf } from "./failures";

/** The name is taken by a secret that we did not make. */
export function notOurs(name: string): ConflictError {
  return new ConflictError(
    `${labelOf(name)}: AWS has a secret of this name that airflow-env did not make; rename or delete it, or use another prefix`,
  );
}

/** The secret has another version than expected. */
export function stale(name: string): StaleVersionError {
  return new StaleVersionError(`${labelOf(name)}: changed since it was read`);
}

/** The secret, or the document in it, is no longer there. */
export function gone(name: string): StaleVersionError {
  return new StaleVersionError(`${labelOf(name)}: was deleted since it was read`);
}
