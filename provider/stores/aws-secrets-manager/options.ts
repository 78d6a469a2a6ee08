import * as z from "zod";

import { type AddressForm, parseAddress, serverUrl, text, wholeNumber } from "../shared/address";

/** A parsed `aws-sm:` address; credentials are never part of it. */
export interface AwsOptions {
  /** Start of every secret's name, without a slash at either end. */
  prefix: string;
  /** Undefined leaves the region to the SDK's own chain (AWS_REGION, profile). */
  region?: string;
  /** KMS key id, ARN or alias; undefined is the account's `aws/secretsmanager` key. */
  kmsKeyId?: string;
  /** Another endpoint than the region's own, for VPC endpoints and emulators. */
  endpoint?: string;
  /** Days in which a deleted secret can be restored, 7 to 30; 0 deletes at once and for good. */
  recoveryWindowDays: number;
  /** Limit of one call, in milliseconds. */
  timeoutMs: number;
  /** Tries per call, the first included. */
  maxAttempts: number;
}

const parts = {
  // `@` is kept for our own index secrets, so that no key can ever be taken for one.
  prefix: text(
    /^[A-Za-z0-9_.+=-]+(\/[A-Za-z0-9_.+=-]+)*$/,
    200,
    "must be letters, digits and _.+=- in parts divided by slashes",
  ),
};

const query = {
  region: text(/^[a-z0-9-]+$/, 60, "must be a region such as eu-west-1").optional(),
  kmsKeyId: z.string().min(1, "is empty").max(2048, "must have at most 2048 characters").optional(),
  endpoint: serverUrl("https://vpce-1.secretsmanager.eu-west-1.vpce.amazonaws.com"),
  recoveryWindowDays: wholeNumber(0, 30, 30).refine((days) => days === 0 || days >= 7, "must be 0 or from 7 to 30"),
  timeoutMs: wholeNumber(100, 600_000, 15_000),
  maxAttempts: wholeNumber(1, 20, 6),
};

const form: AddressForm<typeof parts, typeof query> = {
  example: "aws-sm://airflow?region=eu-west-1",
  instead: "credentials come from the AWS default chain",
  parts,
  read: (url) => ({ prefix: (url.host + url.pathname).replace(/\/$/, "") }),
  query,
};

/**
 * Reads `aws-sm://PREFIX?region=…&kmsKeyId=…&endpoint=…&recoveryWindowDays=…&timeoutMs=…&maxAttempts=…`.
 *
 * @throws InputError naming the part of the address that is wrong; touches neither network nor environment.
 */
export function parseAwsOptions(address: string): AwsOptions {
  return parseAddress(form, address);
}

/** The address for messages: prefix and region only. */
export function describeAwsAddress(options: AwsOptions): string {
  return `aws-sm://${options.prefix}${options.region === undefined ? "" : `?region=${options.region}`}`;
}
