import { PassThrough } from "node:stream";
import { expect } from "chai";
import { type Document } from "../../provider/environment/documents";
import { ABSENT, type SecretsStore } from "../../provider/stores/store";
import { InputError } from "../../provider/errors";
import { runCli } from "../../cli/program";
import { streamTerminal, type Terminal } from "../../cli/terminal";
import { MemoryBackend, memoryStore, type MemoryStoreOptions } from "../fakes/memory-store";
import { encodeDocument } from "../../provider/environment/codec";
import { documentKeys } from "../../provider/environment/keys";
import { metadataOf } from "../../provider/environment/metadata";

/** Stands in every secret; no command may print it unless asked to. */
export const CANARY = "canary-4d7e1a90c3";

/** The documents of a small Workspace "data", secrets included. */
export function sampleDocuments(): [key: string, document: Document][] {
  const owner = (name: string) => `acme/platform/prod::${name}`;
  return [
    [
      documentKeys.workspace("data"),
      {
        kind: "workspace",
        name: "data",
        uid: "uid-1",
        owner: owner("data"),
        fingerprintKey: `${CANARY}-key`,
        secretsFetching: true,
      },
    ],
    ...["dev", "prod"].map((name): [string, Document] => [
      documentKeys.deployment("data", name),
      { kind: "deployment", name, owner: owner(name), target: { directory: { path: `out/${name}` } } },
    ]),
    [
      documentKeys.connection("data", "warehouse"),
      {
        kind: "connection",
        id: "warehouse",
        owner: owner("warehouse"),
        base: { connType: "postgres", host: "db", login: "etl", password: CANARY, extra: { sslmode: "require" } },
        sharing: "Restricted",
        exclude: [],
        links: { prod: { owner: "acme/team/prod::link", overrides: { host: "db.prod" } } },
        overrides: { prod: { owner: "acme/team/prod::login", fields: { login: "etl_prod" } } },
      },
    ],
    [
      documentKeys.connection("data", "api"),
      {
        kind: "connection",
        id: "api",
        owner: owner("api"),
        base: { connType: "http", host: "api", password: `${CANARY}-$HOME #'\`` },
        sharing: "LinkedToAll",
        exclude: ["prod"],
        links: {},
        overrides: {},
      },
    ],
    [
      documentKeys.connection("data", "local", "dev"),
      {
        kind: "connection",
        id: "local",
        owner: owner("local"),
        deployment: "dev",
        base: { connType: "sqlite", host: "/tmp/x.db" },
        sharing: "Restricted",
        exclude: [],
        links: {},
        overrides: {},
      },
    ],
    [documentKeys.value("data", "token"), { kind: "value", name: "token", owner: "cli/ana", value: `${CANARY}-token` }],
  ];
}

/** Puts documents into a store, whatever version is there. */
export async function fill(store: SecretsStore, documents: [string, Document][]): Promise<void> {
  for (const [key, document] of documents) {
    const current = await store.find(key);
    await store.put(key, encodeDocument(document), metadataOf(document), current?.version ?? ABSENT);
  }
}

/** Key and text of everything in a store. */
export async function contents(store: SecretsStore): Promise<Record<string, string>> {
  return Object.fromEntries((await store.list("")).map(({ key, text }) => [key, text]));
}

/** A memory store with an address of its own. */
export function namedStore(name: string, options?: MemoryStoreOptions, backend = new MemoryBackend()): SecretsStore {
  return { ...memoryStore(backend, options), address: `memory:${name}` };
}

/** What a command did. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Input of a command. */
export interface RunOptions {
  stdin?: string | Buffer;
  /** Standard output and error are terminals. */
  isTerminal?: boolean;
  environment?: NodeJS.ProcessEnv;
  workingFolder?: string;
  /** Changes of the terminal, for example a typist. */
  terminal?: Partial<Terminal>;
}

/** Runs a command on stores by address, and checks that it prints no secret. */
export async function run(stores: SecretsStore[], args: string[], options: RunOptions = {}): Promise<Outcome> {
  const outcome = await runUnchecked(stores, args, options);
  expect(`${outcome.stdout}${outcome.stderr}`).not.to.contain(CANARY);
  return outcome;
}

/** As `run`, for a command that is asked to print secrets. */
export async function runUnchecked(stores: SecretsStore[], args: string[], options: RunOptions = {}): Promise<Outcome> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end(options.stdin ?? "");
  const isTTY = options.isTerminal ?? false;
  const code = await runCli(args, {
    openStore(address) {
      const store = stores.find((candidate) => candidate.address === address);
      if (!store) throw new InputError(`"${address}" is no store address`);
      return store;
    },
    terminal: {
      ...streamTerminal(
        stdin,
        Object.assign(stdout, { isTTY }),
        Object.assign(stderr, { isTTY }),
        options.environment ?? {},
      ),
      ...options.terminal,
    },
    workingFolder: options.workingFolder ?? "/nowhere",
    environment: options.environment ?? {},
    userName: () => "ana b",
  });
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

function text(stream: PassThrough): string {
  const chunk = stream.read() as Buffer | null;
  return chunk?.toString("utf8") ?? "";
}
