import * as z from "zod";

import { InputError } from "../../errors";

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

const example = "aws-sm://airflow?region=eu-west-1";
const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

const schema = z.strictObject({
  // `@` is kept for our own index secrets, so that no key can ever be taken for one.
  prefix: z
    .string()
    .max(200)
    .regex(
      /^[A-Za-z0-9_.+=-]+(\/[A-Za-z0-9_.+=-]+)*$/,
      "must be letters, digits and _.+=- in parts divided by slashes",
    ),
  query: z.strictObject({
    region: z
      .string()
      .regex(/^[a-z0-9-]+$/, "must be a region such as eu-west-1")
      .optional(),
    kmsKeyId: z.string().min(1).max(2048).optional(),
    endpoint: z
      .url({ protocol: /^https?$/, abort: true })
      .refine((url) => new URL(url).username === "" && new URL(url).password === "", "must not hold credentials")
      .optional(),
    recoveryWindowDays: wholeNumber(0, 30)
      .refine((days) => days === 0 || days >= 7, "must be 0 or from 7 to 30")
      .default(30),
    timeoutMs: wholeNumber(100, 600_000).default(15_000),
    maxAttempts: wholeNumber(1, 20).default(6),
  }),
});

/**
 * Reads `aws-sm://PREFIX?region=…&kmsKeyId=…&endpoint=…&recoveryWindowDays=…&timeoutMs=…&maxAttempts=…`.
 *
 * @throws InputError naming the part of the address that is wrong; touches neither network nor environment.
 */
export function parseAwsOptions(address: string): AwsOptions {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || url.protocol !== "aws-sm:" || url.hash !== "") {
    throw new InputError(`store address is not of the form ${example}`, [
      { field: "store", reason: `must look like ${example}` },
    ]);
  }
  if (url.username !== "" || url.password !== "" || url.port !== "") {
    throw new InputError(
      "store address must hold neither credentials nor a port; credentials come from the AWS default chain",
      [{ field: "store", reason: "must not hold user, password or port" }],
    );
  }
  const parsed = schema.safeParse({
    query: Object.fromEntries(url.searchParams),
    prefix: (url.host + url.pathname).replace(/\/$/, ""),
  });
  if (parsed.success) return { prefix: parsed.data.prefix, ...parsed.data.query };
  const problems = parsed.error.issues.map((issue) => ({
    field: ["store", ...issue.path.filter((part) => part !== "query").map(String)].join("."),
    reason: issue.message,
  }));
  throw new InputError(
    `store address is wrong: ${problems.map((problem) => `${problem.field} ${problem.reason}`).join("; ")}; expected ${example}`,
    problems,
  );
}

/** The address for messages: prefix and region only. */
export function describeAwsAddress(options: AwsOptions): string {
  return `aws-sm://${options.prefix}${options.region === undefined ? "" : `?region=${options.region}`}`;
}
