import type { Judging } from "../../../catalog/lookup";
import type { Path } from "../../path";
import type { SecretRules } from "../catalog-findings";
import { isReference } from "./references";
import { isRecord, Secret } from "./values";

/** Where the secrets of declared connection fields are; references count, for their values are. */
export function secretPathsOf(
  catalog: SecretRules,
  connType: string | undefined,
  fields: object,
  judging?: Judging,
): Path[] {
  const found: Path[] = [];
  const seal = (_value: unknown, path: Path) => found.push(path);
  const exception = (value: unknown) => (isReference(value) ? ("seal" as const) : undefined);
  catalog.visitSecrets(connType, fields, { seal, exception }, judging);
  return found;
}

/** The fields with every secret value marked as one; references are none themselves. */
export function markSecrets(fields: object, secrets: Path[]): Record<string, unknown> {
  const isSecret = new Set(secrets.map((path) => JSON.stringify(path)));
  const mark = (value: unknown, path: Path): unknown => {
    if (value instanceof Secret || isReference(value)) return value;
    if (isSecret.has(JSON.stringify(path))) return value === null ? value : new Secret(value);
    if (Array.isArray(value)) return value.map((item, at) => mark(item, [...path, at]));
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mark(item, [...path, key])]));
  };
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, mark(value, [field])]));
}
