import { MANAGED_BY } from "../shared/entries";
import type { GoogleClient } from "./client";
import { unexpected, type GoogleCall } from "./failures";
import type { GoogleOptions } from "./options";
import type { SecretVersions, VersionRead } from "./secret-versions";

/** On every secret of ours. Google allows small letters, digits, `_` and `-`. */
const MANAGED_LABEL = "managed-by";
/** What the secret is for, for people. */
const KEY_ANNOTATION = "airflow-env-key";

/**
 * `SecretVersions` by Google's REST interface.
 *
 * @see https://docs.cloud.google.com/secret-manager/docs/reference/rest
 */
export function restVersions(
  client: GoogleClient,
  { kmsKey, location }: Pick<GoogleOptions, "kmsKey" | "location">,
): SecretVersions {
  async function access(secret: string, version: string, expects: string[]) {
    const call: GoogleCall = { action: "versions.access", secret };
    const path = `/secrets/${secret}/versions/${version}:access`;
    const answer = await client.call({ ...call, method: "GET", path }, expects);
    if ("error" in answer) return answer;
    const { name, payload } = answer.body as { name?: unknown; payload?: { data?: unknown } };
    if (typeof name !== "string") throw unexpected(call);
    const data = payload?.data ?? "";
    if (typeof data !== "string") throw unexpected(call);
    return { number: numberOf(name, call), data: Buffer.from(data, "base64") };
  }

  return {
    async add(secret, data) {
      const call: GoogleCall = { action: "versions.add", secret };
      const body = { payload: { data: data.toString("base64") } };
      const path = `/secrets/${secret}:addVersion`;
      const answer = await client.call({ ...call, method: "POST", path, body }, ["NOT_FOUND"]);
      return "error" in answer ? undefined : numberOf((answer.body as { name?: unknown }).name, call);
    },

    async read(secret, number): Promise<VersionRead> {
      const found = await access(secret, String(number), ["NOT_FOUND", "FAILED_PRECONDITION"]);
      if (!("error" in found)) return { is: "payload", data: found.data };
      if (found.error.status === "NOT_FOUND") return { is: "absent" };
      return { is: /DISABLED/.test(found.error.message) ? "disabled" : "destroyed" };
    },

    async hint(secret) {
      const found = await access(secret, "latest", ["NOT_FOUND", "FAILED_PRECONDITION"]);
      return "error" in found ? undefined : found.number;
    },

    async create(secret, key) {
      const cmek = kmsKey === undefined ? {} : { customerManagedEncryption: { kmsKeyName: kmsKey } };
      const body = {
        labels: { [MANAGED_LABEL]: MANAGED_BY },
        annotations: { [KEY_ANNOTATION]: key },
        ...(location === undefined ? { replication: { automatic: cmek } } : cmek),
      };
      const path = `/secrets?secretId=${secret}`;
      const answer = await client.call({ action: "secrets.create", secret, method: "POST", path, body }, [
        "ALREADY_EXISTS",
      ]);
      return "error" in answer ? "exists" : "created";
    },

    async isManaged(secret) {
      const answer = await client.call({ action: "secrets.get", secret, method: "GET", path: `/secrets/${secret}` }, [
        "NOT_FOUND",
      ]);
      // It exists and is not shown yet, so it was made a moment ago, and with our digest in its name it is ours.
      if ("error" in answer) return true;
      return (answer.body as { labels?: Record<string, unknown> }).labels?.[MANAGED_LABEL] === MANAGED_BY;
    },

    async destroy(secret, number) {
      const path = `/secrets/${secret}/versions/${String(number)}:destroy`;
      await client.call({ action: "versions.destroy", secret, method: "POST", path, body: {} }, [
        "FAILED_PRECONDITION",
        "NOT_FOUND",
      ]);
    },
  };
}

/** The last part of `projects/P/secrets/S/versions/N`. */
function numberOf(name: unknown, call: GoogleCall): number {
  const [, digits] = /\/versions\/(\d{1,9})$/.exec(typeof name === "string" ? name : "") ?? [];
  if (digits === undefined) throw unexpected(call);
  return Number(digits);
}
