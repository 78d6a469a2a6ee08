import { type AddressForm, parseAddress, serverUrl, text, wholeNumber } from "../shared/address";

/** A parsed `gcp-sm:` address; credentials are never part of it. */
export interface GoogleOptions {
  /** Id or number of the Google Cloud project. */
  project: string;
  /** Start of every secret's name. */
  prefix: string;
  /** Region of regional secrets; undefined makes global secrets with automatic replication. */
  location?: string;
  /** Full name of a Cloud KMS key for new secrets; undefined leaves encryption to Google's own keys. */
  kmsKey?: string;
  /** Another endpoint than Google's own, for Private Service Connect and emulators. */
  endpoint?: string;
  /** Limit of one call, in milliseconds. */
  timeoutMs: number;
  /** Tries per call that is throttled or fails at Google, the first included. */
  maxAttempts: number;
}

const parts = {
  project: text(/^[a-z0-9][a-z0-9-]{4,28}[a-z0-9]$/, 30, "must be the id or number of a Google Cloud project"),
  // `_` is kept for us, so that no prefix can ever begin like the names of another one.
  prefix: text(/^[A-Za-z0-9-]+$/, 60, "must be letters, digits and - (one part, without slashes)"),
};

const query = {
  location: text(/^[a-z]+-[a-z]+\d+$/, 60, "must be a region such as europe-west1").optional(),
  kmsKey: text(
    /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/,
    500,
    "must be like projects/P/locations/L/keyRings/R/cryptoKeys/K",
  ).optional(),
  endpoint: serverUrl("https://secretmanager-psc.p.googleapis.com"),
  timeoutMs: wholeNumber(100, 600_000, 15_000),
  maxAttempts: wholeNumber(1, 30, 14),
};

const form: AddressForm<typeof parts, typeof query> = {
  example: "gcp-sm://my-project/airflow?location=europe-west1",
  instead: "credentials come from Google's application default credentials",
  parts,
  read: (url) => ({ project: url.host, prefix: url.pathname.replace(/^\//, "").replace(/\/$/, "") }),
  query,
};

/**
 * Reads `gcp-sm://PROJECT/PREFIX?location=…&kmsKey=…&endpoint=…&timeoutMs=…&maxAttempts=…`.
 *
 * @throws InputError naming the part of the address that is wrong; touches neither network nor environment.
 */
export function parseGoogleOptions(address: string): GoogleOptions {
  return parseAddress(form, address);
}

/** The address for messages: project, prefix and location only. */
export function describeGoogleAddress({ project, prefix, location }: GoogleOptions): string {
  return `gcp-sm://${project}/${prefix}${location === undefined ? "" : `?location=${location}`}`;
}
