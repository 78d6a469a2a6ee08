import type { ResourceValidationArgs } from "@pulumi/policy";
import {
  CONNECTIONS,
  dynamicTypeOf,
  nativeKinds,
  parseUrn,
  tokenOf,
  connectionKind,
} from "../../provider/plugin/kinds";
import { connectionTypesByClass, extraKeysOf, typedPath, untyped } from "../../provider/plugin/typed";
import { type Path, pathText } from "../../provider/path";
import type { Kind } from "../../provider/resources/contract";
import type { Properties } from "../../provider/resources/declaration/values";

/** A resource of this package as a policy judges it, whichever of its types the program uses. */
export interface Judged {
  kind: Kind;
  stack: string;
  /** Inputs under the names that a `Connection` has; those of a class of one connection type are told apart. */
  inputs: Properties;
  /** A place in `inputs` as the program wrote it, for messages. */
  written(path: Path): string;
}

/** @returns undefined for resources of other packages. */
export function judgedOf({
  type,
  urn,
  props,
}: Pick<ResourceValidationArgs, "type" | "urn" | "props">): Judged | undefined {
  const { stack } = parseUrn(urn);
  const known = nativeKinds.find((kind) => type === tokenOf(kind) || type === dynamicTypeOf(kind));
  if (known) return { kind: known.kind, stack, inputs: props, written: pathText };
  const connType = type.startsWith(CONNECTIONS)
    ? connectionTypesByClass().get(type.slice(CONNECTIONS.length))
    : undefined;
  if (!connType) return undefined;
  const keys = extraKeysOf(connType.id);
  const { inputs } = untyped(connType.id, keys, props);
  return { kind: connectionKind.kind, stack, inputs, written: (path) => pathText(typedPath(keys, props, path)) };
}
