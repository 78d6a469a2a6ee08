import type { SecretsStore } from "../provider/stores/store";
import type { Terminal } from "./terminal";

/** What a verb may reach; tests pass their own. */
export interface CliContext {
  /** @throws InputError for an address that names no store. */
  openStore(address: string): SecretsStore | Promise<SecretsStore>;
  terminal: Terminal;
  /** Where the command was started. */
  workingFolder: string;
  environment: NodeJS.ProcessEnv;
  /** Login name of whoever runs the command; becomes part of owners. */
  userName(): string;
}

/** Runs work on stores and closes them whatever happens; an open store would keep the process alive. */
export async function withStores<Result>(
  context: CliContext,
  addresses: string[],
  work: (...stores: SecretsStore[]) => Promise<Result>,
): Promise<Result> {
  const stores: SecretsStore[] = [];
  try {
    for (const address of addresses) stores.push(await context.openStore(address));
    return await work(...stores);
  } finally {
    for (const store of stores) await store.close();
  }
}
