import { connectionKind } from "./connection/kind";
import type { ObjectKind, ObjectKinds } from "./kind";
import { variableKind } from "./variable/kind";

/** The kinds of shared objects, by name. */
export const objectKinds: ObjectKinds = new Map<string, ObjectKind>([
  [connectionKind.name, connectionKind],
  [variableKind.name, variableKind],
]);
