import type { SecretsStore } from "../../../provider/stores/store";

/** What can go wrong between a store and its backend. */
export const FAULTS = ["denied", "expired", "unreachable", "throttled", "slow", "reset", "lostReply"] as const;

/**
 * - `denied`: the login may not read or write here.
 * - `expired`: the login was good once.
 * - `unreachable`: nobody listens there, or the name does not resolve.
 * - `throttled`: the backend asks for fewer calls.
 * - `slow`: the backend accepts the call and never answers.
 * - `reset`: the connection breaks before the backend acts.
 * - `lostReply`: the backend acts, and the connection breaks before its answer arrives.
 */
export type FaultName = (typeof FAULTS)[number];

/** A client whose way to the backend can be broken. */
export interface Fault {
  store: SecretsStore;
  /** Breaks the next `calls` requests to the backend (for `lostReply`: writing ones); Infinity until released. */
  arm(calls: number): void;
  release(): Promise<void>;
}

/** A client that stands still in the middle of its next deletion. */
export interface StalledDeleter {
  store: SecretsStore;
  /** Another client, which waits for nothing: its clock moves by itself. */
  other: SecretsStore;
  /** Resolves when the deletion has taken effect for readers and its deleter stands still. */
  stalled(): Promise<void>;
  /** Lets the deleter go on; by its clock, more has passed than all that `other` slept. */
  goOn(): void;
}

/** What a backend may be unable to bring about. */
export type Hindrance = FaultName | "foreign" | "stalledDeleter";

/** One running backend, as the suite needs it. */
export interface StoreBackend {
  /** A new client with full rights and nothing cached, as another process would have it. */
  open(): SecretsStore | Promise<SecretsStore>;

  /**
   * A client that may list metadata and may not read documents.
   * Required when `capabilities.separateMetadata`; otherwise a client that lacks the right (or the key) to read.
   */
  openWithoutReadingSecrets(): SecretsStore | Promise<SecretsStore>;

  /**
   * Puts objects of somebody else where documents below `prefix` would be.
   *
   * @returns a check that they are all unchanged.
   */
  plantForeign?(prefix: string): Promise<() => Promise<void>>;

  /** Deleters that stand still between the steps of a deletion, by the store's settings. */
  stalledDeleters?: Record<string, () => StalledDeleter>;

  /** How each fault is brought about. */
  faults?: Partial<Record<FaultName, () => Promise<Fault>>>;

  /** Stops servers, removes files. */
  cleanup(): Promise<void>;
}
