import * as pulumi from "@pulumi/pulumi";

/** Names that a program gave to a resource as plain text; what is an output is left out. */
export interface KnownNames {
  workspace?: string | undefined;
  /** Id of a connection, or key of a Variable. */
  id?: string | undefined;
  deployment?: string | undefined;
  /** A shared object of the Workspace: it has no Deployment of its own. */
  isWorkspaceLevel?: boolean;
}

const names = new WeakMap<object, KnownNames>();

/** Remembers the names of a resource: as outputs they are known much later, when its registration has been answered. */
export function rememberNames(resource: pulumi.Resource, known: KnownNames): void {
  names.set(resource, known);
}

/**
 * The name that a reference gives as plain text: by itself, in a field of its own, or when its resource was declared.
 *
 * @param of - which of a resource's names.
 * @param field - of a reference by names, such as `{ name, store }`.
 */
export function knownName(
  reference: unknown,
  of: "workspace" | "id" | "deployment",
  field: string,
): string | undefined {
  if (typeof reference === "string") return reference;
  if (typeof reference !== "object" || reference === null || pulumi.Output.isInstance(reference)) return undefined;
  if (pulumi.Resource.isInstance(reference)) return names.get(reference)?.[of];
  const name: unknown = new Map<string, unknown>(Object.entries(reference)).get(field);
  return typeof name === "string" ? name : undefined;
}

/** Whether a reference is to an object that has no Deployment of its own, as far as the program shows it. */
export function isWorkspaceLevel(reference: object): boolean {
  return names.get(reference)?.isWorkspaceLevel ?? !("deployment" in reference);
}

/** Values of a program that may be known later: plain, outputs, or lists of either. */
type Eventual<T> = { [K in keyof T]: T[K] extends (infer Item)[] ? pulumi.Input<Item>[] : pulumi.Input<T[K]> };

/**
 * Judges values of the program: now, where all are plain, so that a mistake shows where it was made; otherwise once they
 * are known.
 *
 * @returns what a resource has to wait for.
 * @throws what `judge` throws, where it judges now.
 */
export function judgeNowOrLater<T extends object>(
  values: Eventual<T>,
  judge: (values: T) => void,
): pulumi.Output<void> {
  if (!isKnown(values)) return pulumi.output(values as pulumi.Input<object>).apply((known) => judge(known as T));
  judge(values);
  return pulumi.output(undefined).apply(() => undefined);
}

function isKnown<T extends object>(values: Eventual<T>): values is Eventual<T> & T {
  return !Object.values(values).flat().some(isEventual);
}

function isEventual(value: unknown): boolean {
  return pulumi.Output.isInstance(value) || value instanceof Promise;
}
