import { randomBytes } from "node:crypto";

import { type Clock, systemClock } from "../../clock";
import { mapConcurrently } from "../../concurrency";
import { StaleVersionError } from "../../errors";
import { assertFits, assertKey, assertPrefix } from "../checks";
import { ABSENT, type SecretsStore, type StoredMetadata, type StoredText } from "../store";
import { GOOGLE_KIND, googleCapabilities } from "./capabilities";
import { googleClient } from "./client";
import { googleLogin } from "./login";
import { describeGoogleAddress, type GoogleOptions } from "./options";
import { restVersions } from "./rest";
import { googleDocuments } from "./documents";
import type { IndexTiming } from "./index-log";

/** Waiting times, in milliseconds; tests shorten them. */
export interface GoogleTiming extends IndexTiming {
  firstPauseMs: number;
  clock: Clock;
}

const defaultTiming: GoogleTiming = {
  gatherMs: 20,
  paceMs: 500,
  snapshotAfter: 16,
  firstPauseMs: 500,
  clock: systemClock,
};
/** Google takes 80 versions a second of a regional secret. */
const REGIONAL_PACE_MS = 15;
// Google allows 90,000 of these a minute.
const READS_AT_ONCE = 32;

/**
 * Documents as secrets of Google Secret Manager, one secret each, whose versions are a log.
 *
 * Connects at first use, with Google's application default credentials.
 *
 * @see docs/stores/google-secret-manager.md
 */
export function googleStore(options: GoogleOptions, timing: Partial<GoogleTiming> = {}): SecretsStore {
  const pace = options.location === undefined ? {} : { paceMs: REGIONAL_PACE_MS };
  const times = { ...defaultTiming, ...pace, ...timing };
  let opened: ReturnType<typeof googleDocuments> | undefined;
  const newId = (): string => randomBytes(12).toString("base64url");

  const documents = (): ReturnType<typeof googleDocuments> => {
    opened ??= googleDocuments(
      restVersions(googleClient(options, googleLogin(process.env, options.project), times), options),
      options.prefix,
      times,
      newId,
    );
    return opened;
  };

  async function find(key: string): Promise<StoredText | undefined> {
    assertKey(key);
    return documents().find(key);
  }

  async function put(key: string, text: string, metadata: string, expected: string): Promise<string> {
    assertKey(key);
    assertFits({ kind: GOOGLE_KIND, capabilities: googleCapabilities }, key, text);
    return documents().put(key, text, metadata, expected === ABSENT ? undefined : expected);
  }

  async function remove(key: string, expected: string): Promise<void> {
    assertKey(key);
    if (expected !== ABSENT) return documents().remove(key, expected);
    if ((await documents().find(key)) !== undefined) {
      throw new StaleVersionError(
        `store "${GOOGLE_KIND}": document "${key}" exists although it was expected to be absent`,
      );
    }
  }

  async function list(prefix: string): Promise<StoredText[]> {
    assertPrefix(prefix);
    const rows = await documents().rows(prefix);
    const found = await mapConcurrently(rows, READS_AT_ONCE, (row) => documents().findListed(row));
    return found.filter((document) => document !== undefined);
  }

  async function listMetadata(prefix: string): Promise<StoredMetadata[]> {
    assertPrefix(prefix);
    return documents().metadata(prefix);
  }

  return {
    kind: GOOGLE_KIND,
    address: describeGoogleAddress(options),
    capabilities: googleCapabilities,
    find,
    put,
    delete: remove,
    list,
    // A process that died may have left the index behind by one write, so keys cost as much as values.
    keys: async (prefix) => (await list(prefix)).map((document) => document.key),
    listMetadata,
    close: () => Promise.resolve(),
  };
}
