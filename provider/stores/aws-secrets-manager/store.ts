import { ConflictError, StaleVersionError, UnsupportedError } from "../../errors";
import { assertFits, assertKey, assertPrefix } from "../checks";
import { mapConcurrently } from "../../concurrency";
import { MANAGED_BY } from "../shared/entries";
import { defaultTombstoneTiming, type TombstoneTiming } from "../shared/tombstone";
import { ABSENT, type SecretsStore, type StoredMetadata, type StoredText } from "../store";
import { AWS_KIND, awsCapabilities } from "./capabilities";
import { awsClient } from "./client";
import { labelOf } from "./failures";
import { keyIndex } from "./key-index";
import { describeAwsAddress, type AwsOptions } from "./options";
import { secretRegister } from "./register";
import { fromTags, MANAGED_TAG, toTags } from "./tags";
import { readValue, readValues, type SecretValue } from "./values";
import { isOurVersion, isTombstone, toSecretString } from "./versions";

/** Waiting times, in milliseconds; tests shorten them. */
export interface AwsTiming extends TombstoneTiming {
  /** How long creates are gathered before the index is written. */
  gatherMs: number;
}

const defaultTiming: AwsTiming = { ...defaultTombstoneTiming, pauseMs: 200, gatherMs: 30 };

/** @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
const MAX_NAME = 512;
// AWS allows 10,000 of these a second.
const DESCRIBES_AT_ONCE = 32;

/**
 * Documents as secrets of AWS Secrets Manager, one secret each, named `PREFIX/KEY`.
 *
 * Connects at first use; credentials come from the SDK's default chain.
 *
 * @see docs/stores/aws-secrets-manager.md
 */
export function awsStore(options: AwsOptions, timing: Partial<AwsTiming> = {}): SecretsStore {
  const times = { ...defaultTiming, ...timing };
  const client = awsClient(options);
  const register = secretRegister(client, options, times);
  const index = keyIndex(client, register, options.prefix, listKeysByAws, times.gatherMs);

  const nameOf = (key: string): string => `${options.prefix}/${key}`;
  const keyOf = (name: string): string => name.slice(options.prefix.length + 1);

  async function find(key: string): Promise<StoredText | undefined> {
    assertKey(key);
    const value = await readValue(client, nameOf(key));
    if (value === undefined || isTombstone(value.version)) return undefined;
    if (!(await isOurs(value))) {
      throw new ConflictError(
        `${labelOf(value.name)} was not made by airflow-env; rename or delete it, or use another prefix`,
      );
    }
    return { key, version: value.version, text: value.text };
  }

  async function put(key: string, text: string, metadata: string, expected: string): Promise<string> {
    assertKey(key);
    const name = nameOf(key);
    const value = toSecretString(text);
    assertFits({ kind: AWS_KIND, capabilities: awsCapabilities }, key, value);
    if (name.length > MAX_NAME) {
      throw new UnsupportedError(
        `store "${AWS_KIND}": document "${key}" would be a secret with a name of ${String(name.length)} characters, ` +
          `the most is ${String(MAX_NAME)}; use shorter names or a shorter prefix`,
      );
    }
    const tags = toTags(metadata, name);
    if (expected !== ABSENT) return register.replace(name, value, tags, expected);
    return index.announce(key, () => register.create(name, value, tags));
  }

  async function remove(key: string, expected: string): Promise<void> {
    assertKey(key);
    if (expected !== ABSENT) {
      await register.remove(nameOf(key), expected);
    } else if ((await find(key)) !== undefined) {
      throw new StaleVersionError(`${labelOf(nameOf(key))} exists although it was expected to be absent`);
    }
  }

  async function list(prefix: string): Promise<StoredText[]> {
    assertPrefix(prefix);
    const keys = await announced(prefix);
    const values = await readValues(client, keys.map(nameOf));
    const found = await mapConcurrently(keys, DESCRIBES_AT_ONCE, async (key): Promise<StoredText | undefined> => {
      const value = values.get(nameOf(key));
      if (value === undefined || isTombstone(value.version) || !(await isOurs(value))) return undefined;
      return { key, version: value.version, text: value.text };
    });
    index.noteAbsent(keys.filter((_, position) => found[position] === undefined));
    return found.filter((document) => document !== undefined);
  }

  /**
   * One DescribeSecret each: ListSecrets would be a hundredth of the calls, but may be five minutes old, and the right
   * to it cannot be limited to a prefix, so it would show the reader every secret of the account.
   */
  async function listMetadata(prefix: string): Promise<StoredMetadata[]> {
    assertPrefix(prefix);
    const found = await mapConcurrently(
      await announced(prefix),
      DESCRIBES_AT_ONCE,
      async (key): Promise<StoredMetadata | undefined> => {
        const state = await register.describe(nameOf(key));
        if (state?.managed !== true || state.deleted || state.current === undefined) return undefined;
        if (isTombstone(state.current)) return undefined;
        return { key, version: state.current, metadata: fromTags(state.tags) ?? "{}" };
      },
    );
    return found.filter((document) => document !== undefined);
  }

  async function announced(prefix: string): Promise<string[]> {
    return (await index.keys()).filter((key) => key.startsWith(prefix));
  }

  /** Our own version ids prove that we wrote it; anything else was edited by hand, or is somebody else's secret. */
  async function isOurs(value: SecretValue): Promise<boolean> {
    return isOurVersion(value.version) || (await register.describe(value.name))?.managed === true;
  }

  /** Keys of our secrets as AWS lists them, used when the index is missing. */
  async function listKeysByAws(): Promise<string[]> {
    const keys: string[] = [];
    const start = nameOf("");
    let token: string | undefined;
    do {
      const page = await client.call({ action: "ListSecrets", name: start }, (sdk) =>
        sdk.listSecrets({
          Filters: [{ Key: "name", Values: [start] }],
          MaxResults: 100,
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      );
      for (const { Name = "", Tags = [] } of page.SecretList ?? []) {
        const ours = Tags.some((tag) => tag.Key === MANAGED_TAG && tag.Value === MANAGED_BY);
        if (ours && Name.startsWith(start) && !keyOf(Name).startsWith("@")) keys.push(keyOf(Name));
      }
      token = page.NextToken === "" ? undefined : page.NextToken;
    } while (token !== undefined);
    return keys;
  }

  return {
    kind: AWS_KIND,
    address: describeAwsAddress(options),
    capabilities: awsCapabilities,
    find,
    put,
    delete: remove,
    list,
    // The index alone may name deleted documents, so keys cost as much as values.
    keys: async (prefix) => (await list(prefix)).map((document) => document.key),
    listMetadata,
    close: () => client.close(),
  };
}
