import { createHash } from "node:crypto";
import { InputError, type InputProblem } from "../../errors";
import type { EffectiveConnection } from "../../model/effective";

/** Sum of a Secret's values. */
const MAX_ENTRY_BYTES = 1_048_576;
const LABEL_VALUE = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

/**
 * Name of the Secret of a connection: readable, unique although Kubernetes knows neither capitals nor `_`.
 *
 * @returns at most 130 characters.
 */
export function secretNameOf(namePrefix: string, connId: string): string {
  const readable = connId
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  const digest = createHash("sha256").update(connId).digest("hex").slice(0, 10);
  return [namePrefix, readable, digest].filter((part) => part !== "").join("-");
}

/**
 * Refuses what this kind of target cannot hold although the file could.
 *
 * @throws InputError naming connections, never values.
 */
export function requireEntries(address: string, entries: Record<string, string>): void {
  const problems = Object.entries(entries).flatMap(([connId, entry]) => {
    const { conn_type: connType = "", port } = JSON.parse(entry) as { conn_type?: string; port?: number };
    const connection = { connId, connType, ...(port !== undefined && { port }) };
    return backendProblems(connection, Buffer.byteLength(entry)).map(({ reason }) => ({
      field: `connection "${connId}"`,
      reason,
    }));
  });
  if (problems.length === 0) return;
  const text = problems.map(({ field, reason }) => `${field}: ${reason}`).join("; ");
  throw new InputError(`${address}: ${text}; or use the kubernetes target`, problems);
}

/**
 * What this kind of target cannot hold of one connection. Pure.
 *
 * @param bytes - size of its entry.
 * @see https://airflow.apache.org/docs/apache-airflow-providers-cncf-kubernetes/stable/secrets-backends/kubernetes-secrets-backend.html
 */
export function backendProblems(
  { connId, connType, port }: Pick<EffectiveConnection, "connId" | "connType" | "port">,
  bytes: number,
): InputProblem[] {
  const problems: InputProblem[] = [];
  if (!LABEL_VALUE.test(connId))
    problems.push({
      field: "connId",
      reason: "the id must be a Kubernetes label value: at most 63 characters, a letter or digit at both ends",
    });
  // Airflow's Connection.from_json rewrites these; its file backend does not.
  if (connType === "postgresql" || connType.includes("-"))
    problems.push({
      field: "connType",
      reason: 'Airflow reads "-" in connType as "_", and "postgresql" as "postgres"; write it that way',
    });
  if (port === 0) problems.push({ field: "port", reason: "Airflow reads port 0 as no port; leave it out" });
  if (bytes > MAX_ENTRY_BYTES)
    problems.push({
      field: "connection",
      reason: `is larger than the ${MAX_ENTRY_BYTES} bytes that a Secret takes; shorten it`,
    });
  return problems;
}
