import { expect } from "chai";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "../../provider/stores/registry";
import type { SecretsStore } from "../../provider/stores/store";
import type { Cluster, SecretObject } from "./cluster";
import { STORE_PASSPHRASE, type Stack } from "./engine";
import { decodeDocument } from "../../provider/environment/codec";

/** Where the runs of a stack leave their traces. */
interface Places {
  stack: Stack;
  cluster: Cluster;
  namespaces: string[];
  /** Folder of the local store. */
  store: string;
}

/** What a stack has made, in a form in which two runs of one program are equal. */
export interface Snapshot {
  /** By key, without what is random. */
  documents: Record<string, unknown>;
  /** Text of every projected file, by place. */
  files: Record<string, string>;
  /** URNs in Pulumi's state. */
  resources: string[];
}

/** A copy of everything, to start from again. */
export interface Saved {
  folder: string;
  secrets: Map<string, SecretObject[]>;
}

/** Everything that the runs of one stack can change: Pulumi's state, the local store and Secrets. */
export class World {
  readonly #folders: Map<string, string>;

  constructor(private readonly places: Places) {
    const { stack, store } = places;
    this.#folders = new Map([
      ["state", join(stack.engine.root, "state")],
      ["store", store],
    ]);
  }

  /** Fails when a document, a file or a Secret is not whole. */
  async look(): Promise<Snapshot> {
    const { stack, namespaces } = this.places;
    const files = new Map<string, string>();
    for (const namespace of namespaces)
      for (const { metadata, data } of await this.#secrets(namespace))
        for (const [key, text] of Object.entries(data))
          files.set(`${namespace}/${metadata.name}/${key}`, Buffer.from(text, "base64").toString());
    for (const [place, text] of files) expect(() => void JSON.parse(text), `${place}: ${text}`).not.to.throw();
    const { resources = [] } = stack.readState().checkpoint.latest;
    const urns = resources.map(({ urn }) => urn).sort();
    return { documents: await this.#documents(), files: Object.fromEntries(files), resources: urns };
  }

  async save(): Promise<Saved> {
    const saved: Saved = { folder: mkdtempSync(join(tmpdir(), "airflow-env-saved-")), secrets: new Map() };
    for (const [name, folder] of this.#folders)
      if (existsSync(folder)) cpSync(folder, join(saved.folder, name), { recursive: true });
    for (const namespace of this.places.namespaces) saved.secrets.set(namespace, await this.#secrets(namespace));
    return saved;
  }

  async restore({ folder, secrets }: Saved): Promise<void> {
    for (const [name, place] of this.#folders) {
      rmSync(place, { recursive: true, force: true });
      if (existsSync(join(folder, name))) cpSync(join(folder, name), place, { recursive: true });
    }
    for (const [namespace, objects] of secrets) {
      for (const { metadata } of await this.#secrets(namespace))
        await this.#request("DELETE", namespace, `/${metadata.name}`);
      for (const { metadata, data, type } of objects) {
        const { name, labels, annotations } = metadata;
        await this.#request("POST", namespace, "", { metadata: { name, labels, annotations }, data, type });
      }
    }
  }

  async #secrets(namespace: string): Promise<SecretObject[]> {
    return ((await this.#request("GET", namespace, "")) as { items: SecretObject[] }).items;
  }

  async #request(method: string, namespace: string, path: string, body?: unknown): Promise<unknown> {
    const url = `/api/v1/namespaces/${namespace}/secrets${path}`;
    const answer = await this.places.cluster.kube.request(method, url, body);
    if (answer.status >= 300) throw new Error(`${method} ${url}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  #documents(): Promise<Record<string, unknown>> {
    return inLocalStore(this.places.store, async (store) => {
      const documents = (await store.list("data/")).map(({ key, text }) => [key, decodeDocument(key, text)]);
      const random = ["uid", "fingerprintKey", "instance"];
      const withoutRandom = JSON.stringify(Object.fromEntries(documents), (name, value: unknown) =>
        random.includes(name) ? undefined : value,
      );
      return JSON.parse(withoutRandom) as Record<string, unknown>;
    });
  }
}

/** Looks into, or changes, the local store of the stacks behind their back. */
export async function inLocalStore<T>(folder: string, use: (store: SecretsStore) => Promise<T>): Promise<T> {
  process.env["AIRFLOW_ENV_PASSPHRASE"] = STORE_PASSPHRASE;
  const store = await openStore(`local:${folder}`);
  try {
    return await use(store);
  } finally {
    delete process.env["AIRFLOW_ENV_PASSPHRASE"];
    await store.close();
  }
}
