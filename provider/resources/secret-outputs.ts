import type { SecretRules } from "./catalog";
import { secretValues } from "./fingerprints";
import type { Properties } from "./handler";

/**
 * Pulumi's wire form of a secret. The engine takes it from a provider's answers too, so a secret that appeared in the
 * store by other means never enters the state in clear.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/runtime/rpc.ts `specialSigKey`
 */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** The fields with every secret value in Pulumi's wire form. */
export function sealSecrets(catalog: SecretRules, connType: string | undefined, fields: Properties): Properties {
  const secrets = secretValues(catalog, connType, fields);
  const seal = (value: unknown, path: string): unknown => {
    if (secrets.has(path)) return { [SIGNATURE]: SECRET, value };
    if (Array.isArray(value)) return value.map((item, index) => seal(item, `${path}.${index}`));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]: [string, unknown]) => [key, seal(item, `${path}.${key}`)]),
    );
  };
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, seal(value, field)]));
}
