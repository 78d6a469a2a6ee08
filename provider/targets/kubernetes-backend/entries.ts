import { createHash } from "node:crypto";
import { InputError, type InputProblem, UnsupportedError } from "../../errors";

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
 * @throws InputError or UnsupportedError, naming connections, never values.
 */
export function requireEntries(address: string, entries: Record<string, string>): void {
  const problems: InputProblem[] = Object.entries(entries).flatMap(([connId, entry]) =>
    [...findProblems(connId, JSON.parse(entry) as { conn_type?: string; port?: number })].map((reason) => ({
      field: `connection "${connId}"`,
      reason,
    })),
  );
  if (problems.length > 0) {
    const text = problems.map(({ field, reason }) => `${field}: ${reason}`).join("; ");
    throw new InputError(`${address}: ${text}; or use the kubernetes target`, problems);
  }
  const tooLarge = Object.entries(entries)
    .map(([connId, entry]) => ({ connId, bytes: Buffer.byteLength(entry) }))
    .filter(({ bytes }) => bytes > MAX_ENTRY_BYTES)
    .map(({ connId, bytes }) => `"${connId}" (${bytes} bytes)`);
  if (tooLarge.length > 0) {
    throw new UnsupportedError(
      `${address}: a Secret takes at most ${MAX_ENTRY_BYTES} bytes; larger: ${tooLarge.join(", ")}`,
    );
  }
}

/** @see https://airflow.apache.org/docs/apache-airflow-providers-cncf-kubernetes/stable/secrets-backends/kubernetes-secrets-backend.html */
function* findProblems(connId: string, entry: { conn_type?: string; port?: number }): Generator<string> {
  if (!LABEL_VALUE.test(connId))
    yield "the id must be a Kubernetes label value: at most 63 characters, a letter or digit at both ends";
  // Airflow's Connection.from_json rewrites these; its file backend does not.
  if (entry.conn_type === "postgresql" || entry.conn_type?.includes("-"))
    yield 'Airflow reads "-" in connType as "_", and "postgresql" as "postgres"; write it that way';
  if (entry.port === 0) yield "Airflow reads port 0 as no port; leave it out";
}
