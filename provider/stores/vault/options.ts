import { type AddressForm, flag, oneOf, parseAddress, serverUrl, text, wholeNumber } from "../shared/address";

/** How to log in; the credentials themselves come from the environment. */
export type VaultAuth = "token" | "approle" | "kubernetes" | "jwt";

/** A parsed `vault:` address; credentials are never part of it. */
export interface VaultOptions {
  /** Path of the KV version 2 engine. */
  mount: string;
  /** Path below the mount under which all documents are, without a slash at either end. */
  prefix: string;
  /** Undefined leaves it to VAULT_ADDR. */
  address?: string;
  /** Undefined leaves it to VAULT_NAMESPACE. */
  namespace?: string;
  /** Deleting keeps the history, to be undeleted; otherwise all versions go for good. */
  keepVersions: boolean;
  /** Undefined takes the first method that the environment has credentials for. */
  auth?: VaultAuth;
  /** Path of the auth method, when it is not the method's name. */
  authMount?: string;
  /** Limit of one call, in milliseconds. */
  timeoutMs: number;
  /** Tries per call, the first included. */
  maxAttempts: number;
}

const path = text(
  /^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/,
  200,
  "must be letters, digits and _.- in parts divided by slashes",
).refine((all) => all.split("/").every((part) => !/^\.+$/.test(part)), "must not have parts of dots alone");

const parts = { mount: path, prefix: path };

const query = {
  address: serverUrl("https://vault.example.com:8200"),
  namespace: text(/^[A-Za-z0-9_./-]+$/, 200, "must be a namespace path such as admin/team-a").optional(),
  keepVersions: flag(),
  auth: oneOf(["token", "approle", "kubernetes", "jwt"]),
  authMount: path.optional(),
  timeoutMs: wholeNumber(100, 600_000, 15_000),
  maxAttempts: wholeNumber(1, 20, 5),
};

const form: AddressForm<typeof parts, typeof query> = {
  example: "vault://secret/airflow?address=https://vault.example.com:8200",
  instead: "the login comes from the environment, Vault's own address goes into ?address=…",
  parts,
  read: (url) => ({
    mount: url.host.replaceAll(/%2f/gi, "/"),
    prefix: url.pathname.replace(/^\//, "").replace(/\/$/, ""),
  }),
  query,
};

/**
 * Reads `vault://MOUNT/PREFIX?address=…&namespace=…&keepVersions=true&auth=…&authMount=…&timeoutMs=…&maxAttempts=…`.
 * A mount of several parts is written with `%2F`: `vault://team%2Fkv/airflow`.
 *
 * @throws InputError naming the part of the address that is wrong; touches neither network nor environment.
 */
export function parseVaultOptions(address: string): VaultOptions {
  return parseAddress(form, address);
}

/** The address for messages. */
export function describeVaultAddress(options: VaultOptions): string {
  const query = new URLSearchParams();
  if (options.address !== undefined) query.set("address", options.address);
  if (options.namespace !== undefined) query.set("namespace", options.namespace);
  const text = decodeURIComponent(query.toString());
  return `vault://${options.mount.replaceAll("/", "%2F")}/${options.prefix}${text === "" ? "" : `?${text}`}`;
}
