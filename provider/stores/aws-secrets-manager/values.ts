import type { BatchGetSecretValueResponse, GetSecretValueResponse } from "@aws-sdk/client-secrets-manager";

import { mapConcurrently } from "../../concurrency";
import { StoreUnavailableError } from "../../errors";
import type { AwsClient } from "./client";
import { awsFailure, isAbsent, labelOf } from "./failures";
import { fromSecretString } from "./versions";

/** The current value of one secret. */
export interface SecretValue {
  name: string;
  version: string;
  text: string;
}

/** Most names that AWS takes in one BatchGetSecretValue. */
const BATCH = 20;
// AWS allows 100 batches a second for the whole account; four at a time read 1,000 documents in about a second.
const BATCHES_AT_ONCE = 4;

/** @returns the current value, or undefined when AWS says that the secret is absent or scheduled for deletion. */
export async function readValue(client: AwsClient, name: string): Promise<SecretValue | undefined> {
  return client
    .call(
      { action: "GetSecretValue", name },
      (sdk) => sdk.getSecretValue({ SecretId: name, VersionStage: "AWSCURRENT" }),
      isAbsent,
    )
    .then(
      (response) => toValue(name, response),
      (error: unknown) => {
        if (isAbsent(error)) return undefined;
        throw error;
      },
    );
}

/** Current values of many secrets by name, 20 per call; absent ones are left out. */
export async function readValues(client: AwsClient, names: string[]): Promise<Map<string, SecretValue>> {
  const batches = Array.from({ length: Math.ceil(names.length / BATCH) }, (_, index) =>
    names.slice(index * BATCH, (index + 1) * BATCH),
  );
  const pages = await mapConcurrently(batches, BATCHES_AT_ONCE, (batch) => readBatch(client, batch));
  return new Map(pages.flat().map((value) => [value.name, value]));
}

async function readBatch(client: AwsClient, names: string[]): Promise<SecretValue[]> {
  const values: SecretValue[] = [];
  let page: BatchGetSecretValueResponse = {};
  do {
    const token = page.NextToken;
    const several = names.length === 1 ? (names[0] ?? "") : `${names[0] ?? ""} and ${String(names.length - 1)} more`;
    page = await client.call({ action: "BatchGetSecretValue", name: several }, (sdk) =>
      sdk.batchGetSecretValue({ SecretIdList: names, ...(token === undefined ? {} : { NextToken: token }) }),
    );
    for (const failure of page.Errors ?? []) throwUnlessAbsent(failure);
    values.push(...(page.SecretValues ?? []).map((value) => toValue(value.Name ?? "", value)));
  } while (page.NextToken !== undefined && page.NextToken !== "");
  return values;
}

/** One secret's failure inside a successful batch has the same codes as a failed GetSecretValue. */
function throwUnlessAbsent(failure: { SecretId?: string; ErrorCode?: string; Message?: string }): void {
  const error = Object.assign(new Error(failure.Message ?? ""), { name: failure.ErrorCode ?? "unknown error" });
  if (!isAbsent(error)) throw awsFailure(error, { action: "GetSecretValue", name: failure.SecretId ?? "" });
}

function toValue(name: string, response: GetSecretValueResponse): SecretValue {
  const { VersionId: version, SecretString: text } = response;
  if (version === undefined || text === undefined) {
    throw new StoreUnavailableError(
      "corrupt",
      `${labelOf(name)}: holds binary data, which airflow-env never writes; move AWSCURRENT back to AWSPREVIOUS`,
    );
  }
  return { name, version, text: fromSecretString(text) };
}
