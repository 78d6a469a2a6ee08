import { InputError } from "../errors";

/** A value kept elsewhere, so that Pulumi's state holds only where. */
export interface ValueReference {
  valueFrom: { env: string } | { file: string } | { store: string };
}

/** Stands for the value of a reference where only the rules for text matter. */
export const REFERENCE_STAND_IN = "value";

/** A value's name is a segment of a store's key, like a connection id. */
const STORE_NAME = /^[A-Za-z0-9_.-]{1,200}$/;

/** Where references are looked up. */
export interface ReferenceSources {
  readEnvironment(name: string): string | undefined;
  readFile(path: string): Promise<string>;
  /** A value document of the Workspace's store. */
  readStore(name: string): Promise<string | undefined>;
}

/** Whether a value is `{ valueFrom: { env | file | store: string } }` and nothing else. */
export function isReference(value: unknown): value is ValueReference {
  if (typeof value !== "object" || value === null || Object.keys(value).join() !== "valueFrom") return false;
  const source: unknown = (value as { valueFrom: unknown }).valueFrom;
  if (typeof source !== "object" || source === null) return false;
  const [kind, ...more] = Object.keys(source);
  const name = Object.values(source)[0] as unknown;
  if (more.length > 0 || typeof name !== "string" || name === "") return false;
  return kind === "store" ? STORE_NAME.test(name) && !name.includes("..") : kind === "env" || kind === "file";
}

/** The same structure with every reference replaced. */
export function withReferences(value: unknown, replacement: string): unknown {
  if (isReference(value)) return replacement;
  if (Array.isArray(value)) return value.map((item) => withReferences(item, replacement));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withReferences(item, replacement)]));
}

/** Dotted paths of the references inside. */
export function referencePaths(value: unknown, path: string[] = []): string[] {
  if (isReference(value)) return [path.join(".")];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => referencePaths(item, [...path, key]));
}

/**
 * The same structure with every reference replaced by its value.
 *
 * @throws InputError naming the field and the reference if it leads nowhere.
 */
export async function resolveReferences<T>(value: T, sources: ReferenceSources, path: string[] = []): Promise<T> {
  if (isReference(value)) return (await resolveReference(value, sources, path.join("."))) as T;
  if (Array.isArray(value))
    return (await Promise.all(
      value.map((item, index) => resolveReferences(item as unknown, sources, [...path, String(index)])),
    )) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(
    async ([key, item]) => [key, await resolveReferences(item as unknown, sources, [...path, key])] as const,
  );
  return Object.fromEntries(await Promise.all(entries)) as T;
}

/** The same for an earlier declaration, whose references may lead nowhere any more: undefined then. */
export async function findReferences<T>(value: T, sources: ReferenceSources): Promise<T | undefined> {
  try {
    return await resolveReferences(value, sources);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

async function resolveReference(
  { valueFrom }: ValueReference,
  sources: ReferenceSources,
  field: string,
): Promise<string> {
  if ("env" in valueFrom) {
    const value = sources.readEnvironment(valueFrom.env);
    if (value === undefined)
      throw new InputError(
        `${field}: environment variable ${valueFrom.env} is not set; export it before running pulumi`,
      );
    return value;
  }
  if ("file" in valueFrom) {
    try {
      // Editors and `echo` end files with a newline that is not part of the secret.
      return (await sources.readFile(valueFrom.file)).replace(/\r?\n$/, "");
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
      throw new InputError(`${field}: file ${valueFrom.file} cannot be read (${code})`);
    }
  }
  const value = await sources.readStore(valueFrom.store);
  if (value === undefined)
    throw new InputError(
      `${field}: the store has no value "${valueFrom.store}"; write it with: airflow-env value set ${valueFrom.store} --store ADDRESS --workspace NAME`,
    );
  return value;
}
