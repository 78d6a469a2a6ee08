import { InputError } from "../errors";
import { pathText, type Path } from "../path";
import { CODE, SECRET, SIGNATURE, toWire } from "../pulumi/wire";
import { markSecrets } from "../resources/declaration/secrets";
import { isRecord, UNKNOWN, type Properties } from "../resources/declaration/values";
import { Struct } from "./protobuf";

/**
 * Pulumi's marks of objects that are no plain JSON.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go
 */
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const REFUSED = new Map([
  ["c44067f5952c0a294b673a41bacd8c17", "an asset"],
  ["0def7320c3a5731c473e5ecbe6d01bc7", "an archive"],
  ["5cf8f73096256a8f31e491e813e4eb8e", "a whole resource"],
]);

/**
 * A value that is not known yet, one text for each type that it will have.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go
 */
const UNKNOWNS = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Properties as handlers take them, and where they came marked as secret. */
export interface Opened {
  properties: Properties;
  /** Outermost marks only. */
  secrets: Path[];
}

/**
 * Properties of the protocol as handlers take them.
 *
 * @throws InputError naming the property that is no value.
 */
export function opened(struct: Struct | undefined): Opened {
  const secrets: Path[] = [];
  const open = (value: unknown, path: Path, isSealed: boolean): unknown => {
    if (typeof value === "string") return UNKNOWNS.has(value) ? UNKNOWN : value;
    if (Array.isArray(value)) return value.map((item, at) => open(item, [...path, at], isSealed));
    if (!isRecord(value)) return value;
    const mark = value[SIGNATURE];
    if (mark === SECRET || (mark === OUTPUT && value["secret"] === true)) {
      if (!isSealed) secrets.push(path);
      return "value" in value ? open(value["value"], path, true) : UNKNOWN;
    }
    if (mark === OUTPUT) return "value" in value ? open(value["value"], path, isSealed) : UNKNOWN;
    const refused = typeof mark === "string" ? REFUSED.get(mark) : undefined;
    if (refused !== undefined) throw new InputError(`${pathText(path)}: must be a value, not ${refused}`);
    return members(value, path, isSealed);
  };
  const members = (record: Properties, path: Path, isSealed: boolean): Properties =>
    Object.fromEntries(Object.entries(record).map(([key, item]) => [key, open(item, [...path, key], isSealed)]));
  const { [CODE]: _, ...rest } = (struct?.toJavaScript() ?? {}) as Properties;
  return { properties: members(rest, [], false), secrets };
}

/** Properties of handlers as the protocol takes them, sealed where secrets are. */
export function sealed(properties: Properties, secrets: Path[]): Struct {
  return Struct.fromJavaScript(toWire(markSecrets(properties, secrets)) as Parameters<typeof Struct.fromJavaScript>[0]);
}
