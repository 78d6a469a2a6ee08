import { createHash } from "node:crypto";
import { InputError, type InputProblem } from "../../errors";
import { FILE_KINDS, type FileKind, type Rendered } from "../../airflow/file";

/** Sum of a Secret's values. */
const MAX_ENTRY_BYTES = 1_048_576;
const SIZE_RULE = `is larger than the ${MAX_ENTRY_BYTES} bytes that a Secret takes; shorten it`;
const LABEL_RULE = "must be a Kubernetes label value: at most 63 characters, a letter or digit at both ends";
const LABEL_VALUE = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

/**
 * Name of the Secret of a connection or Variable: readable, unique although Kubernetes knows neither capitals nor `_`.
 *
 * @returns at most 140 characters.
 */
export function secretNameOf(namePrefix: string, kind: FileKind, id: string): string {
  const readable = id
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  const digest = createHash("sha256").update(id).digest("hex").slice(0, 10);
  const parts = [namePrefix, kind === "variables" ? "variable" : "", readable, digest];
  return parts.filter((part) => part !== "").join("-");
}

/**
 * Refuses what this kind of target cannot hold although the file could.
 *
 * @throws InputError naming connections and Variables, never values.
 */
export function requireEntries(address: string, rendered: Rendered): void {
  const texts = FILE_KINDS.flatMap((file) =>
    Object.entries(rendered[file]?.entries ?? {}).flatMap(([id, entry]) =>
      entryProblems(file, id, entry).map(({ reason }) => `${NOUNS[file]} "${id}": ${reason}`),
    ),
  );
  if (texts.length > 0) throw new InputError(`${address}: ${texts.join("; ")}; or use the kubernetes target`);
}

const NOUNS: Record<FileKind, string> = { connections: "connection", variables: "Variable" };

/**
 * What this kind of target cannot hold of one entry. Pure.
 *
 * @param entry - JSON text, ASCII.
 * @see https://airflow.apache.org/docs/apache-airflow-providers-cncf-kubernetes/stable/secrets-backends/kubernetes-secrets-backend.html
 */
export function entryProblems(file: FileKind, id: string, entry: string): InputProblem[] {
  const isConnection = file === "connections";
  const problems: InputProblem[] = [];
  if (!LABEL_VALUE.test(id)) problems.push({ path: [isConnection ? "connId" : "key"], reason: `the id ${LABEL_RULE}` });
  if (isConnection) problems.push(...connectionProblems(entry));
  if (entry.length > MAX_ENTRY_BYTES) problems.push({ path: [isConnection ? "extra" : "value"], reason: SIZE_RULE });
  return problems;
}

function connectionProblems(entry: string): InputProblem[] {
  const { conn_type: connType = "", port } = JSON.parse(entry) as { conn_type?: string; port?: number };
  const problems: InputProblem[] = [];
  // Airflow's Connection.from_json rewrites these; its file backend does not.
  if (connType === "postgresql" || connType.includes("-"))
    problems.push({
      path: ["connType"],
      reason: 'Airflow reads "-" in connType as "_", and "postgresql" as "postgres"; write it that way',
    });
  if (port === 0) problems.push({ path: ["port"], reason: "Airflow reads port 0 as no port; leave it out" });
  return problems;
}
