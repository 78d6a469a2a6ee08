import { encodeDocument } from "../../provider/environment/codec";
import type { ValueDocument } from "../../provider/environment/documents";
import { documentKeys } from "../../provider/environment/keys";
import { metadataOf } from "../../provider/environment/metadata";
import { ABSENT, type SecretsStore } from "../../provider/stores/store";
import { withStores, type CliContext } from "../context";
import { RefusedError, shortList } from "../failure";
import { cliOwner, findValue } from "../value-document";
import type { SecretPlace } from "./program";
import { pulumiConfig, setPulumiSecret } from "./pulumi-config";

/** Where an import keeps secrets. */
export interface PlaceOptions {
  secrets: SecretPlace;
  workspace: string;
  /** Of the store; needed when secrets go there. */
  store: string | undefined;
  stack: string | undefined;
}

/** What of the secrets is there already, and how to write the others. */
interface Place {
  find(name: string): Promise<string | undefined>;
  set(name: string, value: string): Promise<void>;
}

/**
 * Writes those secrets that are not there yet.
 *
 * @returns the names of those written, or to be written by a dry run.
 * @throws RefusedError when one is there with another value: it may be newer than the source. Nothing is written then.
 */
export async function keepSecrets(
  context: CliContext,
  secrets: Map<string, string>,
  options: PlaceOptions,
  isDryRun: boolean,
): Promise<string[]> {
  if (secrets.size === 0) return [];
  return inPlace(context, options, async (place) => {
    const missing: [name: string, value: string][] = [];
    const differing: string[] = [];
    for (const [name, value] of secrets) {
      const current = await place.find(name);
      if (current === undefined) missing.push([name, value]);
      else if (current !== value) differing.push(name);
    }
    if (differing.length > 0)
      throw new RefusedError(
        `${shortList(differing)}: there already with another value, which may be newer than the source; remove what is ` +
          `old with ${options.secrets === "pulumi" ? "pulumi config rm NAME" : "airflow-env value remove NAME"}`,
        { differing },
      );
    if (!isDryRun)
      for (const [index, [name, value]] of missing.entries()) {
        context.terminal.progress(`secret ${index + 1} of ${missing.length}`);
        await place.set(name, value);
      }
    context.terminal.endProgress();
    return missing.map(([name]) => name);
  });
}

async function inPlace<T>(context: CliContext, options: PlaceOptions, work: (place: Place) => Promise<T>): Promise<T> {
  if (options.secrets === "store")
    return withStores(context, [options.store ?? ""], (store) => work(storePlace(context, store, options.workspace)));
  const stack = { stack: options.stack, workingFolder: context.workingFolder, environment: context.environment };
  const current = await pulumiConfig(stack);
  return work({
    find: (name) => Promise.resolve(current.get(name)),
    set: (name, value) => setPulumiSecret(name, value, stack),
  });
}

function storePlace(context: CliContext, store: SecretsStore, workspace: string): Place {
  return {
    find: async (name) => (await findValue(store, workspace, name))?.document.value,
    async set(name, value) {
      const document: ValueDocument = { kind: "value", name, owner: cliOwner(context.userName()), value };
      await store.put(documentKeys.value(workspace, name), encodeDocument(document), metadataOf(document), ABSENT);
    },
  };
}
