import { InputError, ProviderError } from "../errors";
import { parseAwsOptions } from "./aws-secrets-manager/options";
import { parseGoogleOptions } from "./google-secret-manager/options";
import { parseKubernetesOptions } from "./kubernetes/options";
import { parseLocalOptions } from "./local/options";
import type { SecretsStore } from "./store";
import { parseVaultOptions } from "./vault/options";

/** How a kind of store plugs in: its options are parsed without the network, its code is loaded when it is used. */
interface StoreKind {
  /** An address to imitate, for messages. */
  example: string;
  /** @throws InputError naming what is wrong with the address. */
  parse(address: string): unknown;
  open(address: string): Promise<SecretsStore>;
}

const kinds: Record<string, StoreKind> = {
  local: {
    example: "local:.airflow-env",
    parse: parseLocalOptions,
    open: async (address) => (await import("./local/store.js")).localStore(parseLocalOptions(address)),
  },
  kubernetes: {
    example: "kubernetes://airflow-env?context=prod",
    parse: parseKubernetesOptions,
    open: async (address) => (await import("./kubernetes/store.js")).kubernetesStore(parseKubernetesOptions(address)),
  },
  "aws-sm": {
    example: "aws-sm://airflow?region=eu-central-1",
    parse: parseAwsOptions,
    open: async (address) => (await import("./aws-secrets-manager/store.js")).awsStore(parseAwsOptions(address)),
  },
  "gcp-sm": {
    example: "gcp-sm://my-project/airflow?location=europe-west1",
    parse: parseGoogleOptions,
    open: async (address) =>
      (await import("./google-secret-manager/store.js")).googleStore(parseGoogleOptions(address)),
  },
  vault: {
    example: "vault://secret/airflow",
    parse: parseVaultOptions,
    open: async (address) => (await import("./vault/store.js")).vaultStore(parseVaultOptions(address)),
  },
};

/** URL schemes of all stores. */
export const storeSchemes = Object.keys(kinds);

/**
 * Opens a store; the network is touched at its first use.
 *
 * @throws InputError if the address is not one of a store.
 */
export async function openStore(address: string): Promise<SecretsStore> {
  return kindOf(address).open(address);
}

/** What is wrong with a store's address, or undefined. Pure: no code of a vendor is loaded. */
export function storeAddressProblem(address: string): string | undefined {
  try {
    kindOf(address).parse(address);
    return undefined;
  } catch (error) {
    if (error instanceof ProviderError) return error.message;
    throw error;
  }
}

function kindOf(address: string): StoreKind {
  const scheme = /^([a-z][a-z0-9+.-]*):/.exec(address)?.[1] ?? "";
  const kind = Object.hasOwn(kinds, scheme) ? kinds[scheme] : undefined;
  if (kind) return kind;
  const examples = Object.values(kinds).map(({ example }) => `"${example}"`);
  throw new InputError(`the store address begins with no known scheme; use one like ${examples.join(", ")}`);
}
