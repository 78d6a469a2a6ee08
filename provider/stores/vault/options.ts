import * as z from "zod";

import { InputError } from "../../errors";

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

const example = "vault://secret/airflow?address=https://vault.example.com:8200";
const path = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/, "must be letters, digits and _.- in parts divided by slashes")
  .refine((text) => text.split("/").every((part) => !/^\.+$/.test(part)), "must not have parts of dots alone");

const schema = z.strictObject({
  mount: path,
  prefix: path,
  query: z.strictObject({
    address: z
      .url({ protocol: /^https?$/, abort: true })
      .refine((text) => {
        const url = new URL(text);
        return url.username === "" && url.password === "" && url.search === "" && url.hash === "";
      }, "must hold neither credentials nor a query")
      .transform((text) => text.replace(/\/+$/, ""))
      .optional(),
    namespace: z
      .string()
      .regex(/^[A-Za-z0-9_./-]+$/, "must be a namespace path such as admin/team-a")
      .optional(),
    keepVersions: z
      .enum(["true", "false"])
      .default("false")
      .transform((text) => text === "true"),
    auth: z.enum(["token", "approle", "kubernetes", "jwt"]).optional(),
    authMount: path.optional(),
    timeoutMs: z.coerce.number().int().min(100).max(600_000).default(15_000),
    maxAttempts: z.coerce.number().int().min(1).max(20).default(5),
  }),
});

/**
 * Reads `vault://MOUNT/PREFIX?address=…&namespace=…&keepVersions=true&auth=…&authMount=…&timeoutMs=…&maxAttempts=…`.
 * A mount of several parts is written with `%2F`: `vault://team%2Fkv/airflow`.
 *
 * @throws InputError naming the part of the address that is wrong; touches neither network nor environment.
 */
export function parseVaultOptions(address: string): VaultOptions {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || url.protocol !== "vault:" || url.hash !== "") {
    throw new InputError(`store address is not of the form ${example}`, [
      { field: "store", reason: `must look like ${example}` },
    ]);
  }
  if (url.username !== "" || url.password !== "" || url.port !== "") {
    throw new InputError(
      "store address must hold neither credentials nor a port: the login comes from the environment, Vault's own address goes into ?address=…",
      [{ field: "store", reason: "must not hold user, password or port" }],
    );
  }
  const parsed = schema.safeParse({
    query: Object.fromEntries(url.searchParams),
    mount: url.host.replaceAll(/%2f/gi, "/"),
    prefix: url.pathname.replace(/^\//, "").replace(/\/$/, ""),
  });
  if (parsed.success) {
    const { mount, prefix, query } = parsed.data;
    return { mount, prefix, ...query };
  }
  const problems = parsed.error.issues.map((issue) => ({
    field: ["store", ...issue.path.filter((part) => part !== "query").map(String)].join("."),
    reason: issue.message,
  }));
  throw new InputError(
    `store address is wrong: ${problems.map((problem) => `${problem.field} ${problem.reason}`).join("; ")}; expected ${example}`,
    problems,
  );
}

/** The address for messages. */
export function describeVaultAddress(options: VaultOptions): string {
  const query = new URLSearchParams();
  if (options.address !== undefined) query.set("address", options.address);
  if (options.namespace !== undefined) query.set("namespace", options.namespace);
  const text = decodeURIComponent(query.toString());
  return `vault://${options.mount.replaceAll("/", "%2F")}/${options.prefix}${text === "" ? "" : `?${text}`}`;
}
