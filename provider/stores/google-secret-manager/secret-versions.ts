/** What an access of one version by its number says. */
export type VersionRead = { is: "payload"; data: Buffer } | { is: "absent" | "destroyed" | "disabled" };

/**
 * The calls of Google Secret Manager that this store is built on. Two of them decide: numbers are given in order, one
 * for each `add`, and `read` by number sees every `add` that returned before it. All else may lag by hours.
 *
 * @see https://docs.cloud.google.com/secret-manager/docs/consistency
 */
export interface SecretVersions {
  /**
   * Adds a version. May be sent several times: a repetition is one more version with the same payload.
   *
   * @returns its number, from 1; undefined when there is no such secret.
   */
  add(secret: string, data: Buffer): Promise<number | undefined>;
  /** Reads one version by its number; `absent` also when there is no such secret. */
  read(secret: string, number: number): Promise<VersionRead>;
  /** A number that some version had, maybe long ago; only a place to begin to look. */
  hint(secret: string): Promise<number | undefined>;
  /** @param key - for people who look at the secret in Google's console. */
  create(secret: string, key: string): Promise<"created" | "exists">;
  /** True when the secret has our label. */
  isManaged(secret: string): Promise<boolean>;
  /** Destroys one version; one that is destroyed already is a success. */
  destroy(secret: string, number: number): Promise<void>;
}
