import { InputError } from "../../errors";
import { pathText, type Path } from "../../path";
import { isRecord, membersOf } from "./values";

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
export function withReferences(value: unknown, replacement: unknown): unknown {
  if (isReference(value)) return replacement;
  if (Array.isArray(value)) return value.map((item) => withReferences(item, replacement));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withReferences(item, replacement)]));
}

/** The references inside, with where they are. */
export function findReferences(value: unknown, path: Path = []): { path: Path; reference: ValueReference }[] {
  if (isReference(value)) return [{ path, reference: value }];
  if (typeof value !== "object" || value === null) return [];
  return membersOf(value).flatMap(([key, item]) => findReferences(item, [...path, key]));
}

/**
 * The same structure with every reference replaced by its value.
 *
 * @throws InputError naming the field and the reference if it leads nowhere.
 */
export async function resolveReferences<T extends object>(value: T, sources: ReferenceSources): Promise<T> {
  return (await resolved(value, sources, [])) as T;
}

/** The same for an earlier declaration, whose references may lead nowhere any more: undefined then. */
export async function tryToResolve<T extends object>(value: T, sources: ReferenceSources): Promise<T | undefined> {
  try {
    return await resolveReferences(value, sources);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Where a reference leads, for people. */
export function describeReference({ valueFrom }: ValueReference): string {
  if ("env" in valueFrom) return `environment variable ${valueFrom.env}`;
  return "file" in valueFrom ? `file ${valueFrom.file}` : `"${valueFrom.store}" in the store`;
}

async function resolved(value: unknown, sources: ReferenceSources, path: Path): Promise<unknown> {
  if (isReference(value)) return resolveReference(value, sources, pathText(path));
  if (Array.isArray(value)) return Promise.all(value.map((item, at) => resolved(item, sources, [...path, at])));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(
    async ([key, item]) => [key, await resolved(item, sources, [...path, key])] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
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
