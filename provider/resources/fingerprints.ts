import { createHmac } from "node:crypto";
import { holdsLogin } from "../../catalog/url-login";
import type { OVERRIDABLE_FIELDS } from "../model/effective";
import type { SecretRules } from "./catalog";
import { isReference, referencePaths } from "./references";

/** Values by dotted path. */
export type Fingerprints = Record<string, string>;

/**
 * The secret values among fields, by path (`password`, `extra.private_key`); references count as secrets, and so does
 * text with a login in a URL.
 *
 * @param resolved - the same fields with the values of references, which are what is returned.
 */
export function secretValues(
  catalog: SecretRules,
  connType: string | undefined,
  fields: object,
  resolved: object = fields,
): Map<string, unknown> {
  const isSecretField = (field: string) =>
    catalog.isSecretField(connType, field as (typeof OVERRIDABLE_FIELDS)[number]);
  const isSecretExtra = (key: string, nested: boolean) =>
    nested ? catalog.isSensitiveName(key) : catalog.isSecretExtra(connType, key);
  const secrets = new Map<string, unknown>();
  const values = new Map<string, unknown>(Object.entries(resolved));
  for (const [field, declared] of Object.entries(fields) as [string, unknown][]) {
    const value = values.get(field);
    if (field === "extra") collectExtra(declared, value, "extra", isSecretExtra, secrets);
    else if (isReference(declared) || holdsLogin(declared) || isSecretField(field)) secrets.set(field, value);
  }
  for (const [path, value] of secrets) if (value === undefined || value === null) secrets.delete(path);
  return secrets;
}

function collectExtra(
  declared: unknown,
  resolved: unknown,
  path: string,
  isSecret: (key: string, nested: boolean) => boolean,
  secrets: Map<string, unknown>,
  nested = false,
): void {
  if (typeof declared !== "object" || declared === null) return;
  const values = new Map<string, unknown>(Object.entries(resolved ?? {}));
  for (const [key, item] of Object.entries(declared) as [string, unknown][]) {
    const itemPath = `${path}.${key}`;
    if (isReference(item) || holdsLogin(item) || isSecret(key, nested)) secrets.set(itemPath, values.get(key));
    else collectExtra(item, values.get(key), itemPath, isSecret, secrets, true);
  }
}

/**
 * Keyed fingerprint of one secret value: shows in a preview that it changed, and nothing else.
 *
 * @param key - the Workspace's fingerprint key, base64.
 * @param place - document and path, so that equal secrets in two places have different fingerprints.
 * @returns 12 hexadecimal digits of an HMAC-SHA-256.
 */
export function fingerprint(key: string, place: string, value: unknown): string {
  return createHmac("sha256", Buffer.from(key, "base64"))
    .update(place)
    .update("\0")
    .update(JSON.stringify(value) ?? "")
    .digest("hex")
    .slice(0, 12);
}

/** Fingerprints of all secret values of a document, or undefined when there are none. */
export function fingerprintAll(key: string, document: string, secrets: Map<string, unknown>): Fingerprints | undefined {
  if (secrets.size === 0) return undefined;
  return Object.fromEntries(
    [...secrets].sort().map(([path, value]) => [path, fingerprint(key, `${document}#${path}`, value)]),
  );
}

/**
 * Drift without that of references whose value is another one now: what changed is the value, not what is stored.
 *
 * @param drift - texts that begin with the field's path and a colon.
 */
export function withoutRotated(
  drift: string[],
  declared: object,
  before: unknown,
  after: Fingerprints | undefined,
): string[] {
  const recorded = new Map(Object.entries(before ?? {}) as [string, unknown][]);
  const rotated = referencePaths(declared).filter((path) => recorded.get(path) !== after?.[path]);
  return drift.filter((text) => {
    const [field = ""] = text.split(":", 1);
    return !rotated.some((path) => path === field || path.startsWith(`${field}.`));
  });
}
