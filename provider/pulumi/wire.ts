import { membersOf, Secret, UNKNOWN, type Properties } from "../resources/declaration/values";

/**
 * What Pulumi passes in previews for a value that is not known yet.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/runtime/rpc.ts `unknownValue`
 */
export const UNKNOWN_ON_THE_WIRE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * Pulumi's wire form of a secret. The engine takes it from a provider's answers too, so a secret that appeared in the
 * store by other means never enters the state in clear.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/runtime/rpc.ts `specialSigKey`
 */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Pulumi's own input of a dynamic resource: the code of its provider. */
export const CODE = "__provider";

/** Inputs or outputs as the handlers take them: what is secret arrives in clear anyway. */
export function fromWire(properties: Properties): Properties {
  return mapMembers(properties, (value) => {
    if (value === UNKNOWN_ON_THE_WIRE) return UNKNOWN;
    if (isSealed(value)) return value.value;
    return undefined;
  });
}

/**
 * Inputs or outputs as the engine takes them; it knows no undefined. Where a stored document holds the mark of Pulumi's
 * own objects (assets, archives, references), which the engine would act on, the mark is left out.
 */
export function toWire(properties: Properties): Properties {
  const replace = (value: unknown): unknown => {
    if (value === UNKNOWN) return UNKNOWN_ON_THE_WIRE;
    if (value instanceof Secret) return { [SIGNATURE]: SECRET, ...toWire({ value: value.value }) };
    return undefined;
  };
  return mapMembers(properties, replace, (key) => key !== SIGNATURE);
}

/** A copy with members replaced where there is something to replace them with; undefined members are left out. */
function mapMembers(
  properties: Properties,
  replace: (value: unknown) => unknown,
  isKept: (key: string | number) => boolean = () => true,
): Properties {
  const map = (value: unknown): unknown => {
    const replaced = replace(value);
    if (replaced !== undefined) return replaced;
    if (Array.isArray(value)) return value.map(map);
    if (typeof value !== "object" || value === null) return value;
    return ofMembers(value);
  };
  const ofMembers = (value: object): Properties =>
    Object.fromEntries(
      membersOf(value).flatMap(([key, item]) => (item === undefined || !isKept(key) ? [] : [[key, map(item)]])),
    );
  return ofMembers(properties);
}

function isSealed(value: unknown): value is { value: unknown } {
  return typeof value === "object" && value !== null && SIGNATURE in value && "value" in value;
}
