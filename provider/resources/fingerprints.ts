import { createHmac } from "node:crypto";
import type { OVERRIDABLE_FIELDS } from "../model/effective";
import type { SecretRules } from "./catalog";
import { isReference } from "./references";

/** Values by dotted path. */
export type Fingerprints = Record<string, string>;

/**
 * The secret values among fields, by path (`password`, `extra.private_key`); references count as secrets.
 */
export function secretValues(catalog: SecretRules, connType: string | undefined, fields: object): Map<string, unknown> {
  const secrets = new Map<string, unknown>();
  for (const [field, value] of Object.entries(fields) as [string, unknown][]) {
    if (field === "extra")
      collectExtra(value, "extra", (key, nested) =>
        nested ? catalog.isSensitiveName(key) : catalog.isSecretExtra(connType, key),
      ).forEach((secret, path) => secrets.set(path, secret));
    else if (isReference(value) || catalog.isSecretField(connType, field as (typeof OVERRIDABLE_FIELDS)[number]))
      secrets.set(field, value);
  }
  for (const [path, value] of secrets) if (value === undefined || value === null) secrets.delete(path);
  return secrets;
}

function collectExtra(
  value: unknown,
  path: string,
  isSecret: (key: string, nested: boolean) => boolean,
  nested = false,
): Map<string, unknown> {
  const found = new Map<string, unknown>();
  if (typeof value !== "object" || value === null) return found;
  for (const [key, item] of Object.entries(value) as [string, unknown][]) {
    const itemPath = `${path}.${key}`;
    if (isReference(item) || isSecret(key, nested)) found.set(itemPath, item);
    else collectExtra(item, itemPath, isSecret, true).forEach((secret, at) => found.set(at, secret));
  }
  return found;
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
