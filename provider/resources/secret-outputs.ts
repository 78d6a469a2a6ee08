import type { SecretRules } from "./catalog";
import { secretValues } from "./fingerprints";
import type { Properties } from "./handler";
import { isReference } from "./references";

/**
 * Pulumi's wire form of a secret. The engine takes it from a provider's answers too, so a secret that appeared in the
 * store by other means never enters the state in clear.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/runtime/rpc.ts `specialSigKey`
 */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** One value in Pulumi's wire form of a secret. */
export function seal(value: unknown): unknown {
  return isSealed(value) ? value : { [SIGNATURE]: SECRET, value };
}

/** The fields with every secret value in Pulumi's wire form. */
export function sealSecrets(catalog: SecretRules, connType: string | undefined, fields: Properties): Properties {
  const secrets = secretValues(catalog, connType, fields);
  const sealAt = (value: unknown, path: string): unknown => {
    if (isSealed(value) || isReference(value)) return value;
    if (secrets.has(path)) return seal(value);
    if (Array.isArray(value)) return value.map((item, index) => sealAt(item, `${path}.${index}`));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]: [string, unknown]) => [key, sealAt(item, `${path}.${key}`)]),
    );
  };
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, sealAt(value, field)]));
}

function isSealed(value: unknown): boolean {
  return typeof value === "object" && value !== null && SIGNATURE in value;
}
