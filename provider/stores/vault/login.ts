import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

import { StoreUnavailableError } from "../../errors";
import { VAULT_KIND } from "./capabilities";
import type { VaultAuth, VaultOptions } from "./options";

/** Where a token comes from: the environment has one, or it is asked for with a role's credentials. */
export type Login = { token: string } | { path: string; body: Record<string, string> };

/** The parts of the process that a login is read from. */
export interface LoginSource {
  env: NodeJS.ProcessEnv;
  home: string;
}

/** This process's own. */
export const processLogin = (): LoginSource => ({ env: process.env, home: homedir() });

const KUBERNETES_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";
const NEEDS: Record<VaultAuth, string> = {
  token: "VAULT_TOKEN, or the file .vault-token that `vault login` writes",
  approle: "VAULT_ROLE_ID and VAULT_SECRET_ID",
  kubernetes: "VAULT_K8S_ROLE, in a pod with a service account (or VAULT_K8S_TOKEN_FILE)",
  jwt: "VAULT_JWT_ROLE, and VAULT_JWT or VAULT_JWT_FILE",
};
const ORDER: VaultAuth[] = ["token", "approle", "kubernetes", "jwt"];

/**
 * Reads the login from the environment, each time anew: service account and CI tokens are replaced while we run.
 *
 * @throws StoreUnavailableError with reason `missing`, naming the variables that would do.
 */
export async function findLogin(options: VaultOptions, source: LoginSource): Promise<Login> {
  const { env, home } = source;
  const wanted = options.auth === undefined ? ORDER : [options.auth];
  for (const method of wanted) {
    const login = await readers[method](env, options.authMount ?? method);
    if (login !== undefined) return login;
  }
  const saved = wanted.includes("token") ? await readSecretFile(join(home, ".vault-token")) : undefined;
  if (saved !== undefined) return { token: saved };
  throw new StoreUnavailableError(
    "missing",
    `store "${VAULT_KIND}": no Vault login found; set ${wanted.map((method) => NEEDS[method]).join("; or ")}`,
  );
}

const readers: Record<VaultAuth, (env: NodeJS.ProcessEnv, mount: string) => Promise<Login | undefined>> = {
  token: (env) => Promise.resolve(env.VAULT_TOKEN ? { token: env.VAULT_TOKEN } : undefined),
  approle: (env, mount) => {
    const { VAULT_ROLE_ID: role_id, VAULT_SECRET_ID: secret_id } = env;
    return Promise.resolve(
      role_id && secret_id ? { path: `auth/${mount}/login`, body: { role_id, secret_id } } : undefined,
    );
  },
  kubernetes: async (env, mount) => {
    const role = env.VAULT_K8S_ROLE;
    const jwt = role ? await readSecretFile(env.VAULT_K8S_TOKEN_FILE ?? KUBERNETES_TOKEN) : undefined;
    return role && jwt ? { path: `auth/${mount}/login`, body: { role, jwt } } : undefined;
  },
  jwt: async (env, mount) => {
    const role = env.VAULT_JWT_ROLE;
    if (!role) return undefined;
    const jwt = env.VAULT_JWT ?? (env.VAULT_JWT_FILE ? await readSecretFile(env.VAULT_JWT_FILE) : undefined);
    return jwt ? { path: `auth/${mount}/login`, body: { role, jwt } } : undefined;
  },
};

async function readSecretFile(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).trim() || undefined;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new StoreUnavailableError("missing", `store "${VAULT_KIND}": ${path} cannot be read (${code ?? "unknown"})`);
  }
}
