import type { Changes, DeploymentChange, ObjectChange } from "./changes";

/** Hidden in the comment, so that the next run finds and replaces it. */
export const MARKER = "<!-- pulumi-airflow-env report -->";

/** What a report is made of. */
export interface ReportContent {
  workspace: string;
  changes: Changes;
  /** Why the preview failed; empty when it did not. */
  errors: string[];
  /** What a policy refuses, as sentences. */
  refused: string[];
}

const SIGNS = { removed: "−", added: "+", changed: "~" } as const;
const ORDER = ["removed", "added", "changed"] as const;

/**
 * A Markdown comment for a pull request: deletions first, then Deployment by Deployment. Equal input gives equal text.
 *
 * @param maxCharacters - GitHub takes 65,536 in a comment, GitLab 1,000,000. What does not fit is left out from the end,
 *   and counted.
 */
export function markdownOf(content: ReportContent, maxCharacters: number): string {
  const { changes } = content;
  const blocks = [
    headline(content),
    ...failures(content),
    ...deletions(changes),
    ...refusals(content),
    ...overview(changes),
    ...sharedWithAll(changes),
    ...changes.deployments.map(details),
    ...storeDrift(changes),
    ...(changes.deployments.length > 0 ? [RUNNING_TASKS] : []),
  ];
  return `${MARKER}\n${fitting(blocks, maxCharacters - MARKER.length - 1)}\n`;
}

const RUNNING_TASKS =
  "Running tasks keep what they have read. A Secret that is mounted changes in the pods when the kubelet syncs it, within " +
  "about a minute by default; a `kubernetesBackend` or a directory is read anew by the next task.";

function headline({ workspace, changes: { deployments, total }, errors }: ReportContent): string {
  const affected = deployments.length;
  const what =
    errors.length > 0
      ? "the preview failed"
      : affected === 0
        ? "no Deployment is affected"
        : `${affected} of ${Math.max(total, affected)} ${plural("Deployment", Math.max(total, affected))} affected`;
  return `### Airflow Workspace ${code(workspace)}: ${what}`;
}

function failures({ errors }: ReportContent): string[] {
  return errors.length > 0 ? [alert("CAUTION", ["**pulumi preview failed:**", ...errors.map(quoted)])] : [];
}

function refusals({ refused }: ReportContent): string[] {
  return refused.length > 0
    ? [alert("CAUTION", ["**Refused by policy:**", ...refused.map((one) => `- ${quoted(one)}`)])]
    : [];
}

function deletions({ deployments }: Changes): string[] {
  const lines = deployments.flatMap(({ name, change, objects }) => {
    if (change === "deleted")
      return [`- Deployment ${code(name)} is deleted, with all that it gets (${objects.length})`];
    const removed = objects.filter((one) => one.change === "removed");
    return removed.length === 0 ? [] : [`- ${code(name)} loses ${removed.map(named).join(", ")}`];
  });
  return lines.length > 0 ? [alert("CAUTION", ["**Deletions:**", ...lines])] : [];
}

function overview({ deployments }: Changes): string[] {
  if (deployments.length === 0) return [];
  const count = ({ objects }: DeploymentChange, change: ObjectChange["change"]) => {
    const found = objects.filter((one) => one.change === change).length;
    return found === 0 ? "" : `${SIGNS[change]}${found}`;
  };
  const rows = deployments.map(
    (one) =>
      `| ${code(one.name)} | ${one.change === "unchanged" ? "" : one.change} | ${ORDER.map((change) => count(one, change)).join(" | ")} | ` +
      `${one.drift.length === 0 ? "" : one.drift.length} | ${one.missing.length === 0 ? "" : one.missing.length} |`,
  );
  const head =
    "| Deployment | | removed | added | changed | drifted | packages missing |\n|---|---|---|---|---|---|---|";
  return [`${head}\n${rows.join("\n")}`];
}

function sharedWithAll({ sharedWithAll: shared, total }: Changes): string[] {
  const lines = shared.map(
    ({ kind, id, change, deployments }) =>
      `- ${kind} ${code(id)} (${change}): ${deployments.length} of ${Math.max(total, deployments.length)}${change === "removed" ? "" : ", and every later one"}`,
  );
  return lines.length > 0 ? [`**Shared with all Deployments**\n\n${lines.join("\n")}`] : [];
}

function details(one: DeploymentChange): string {
  const { name, change, settings, objects, untouched, drift, missing } = one;
  const lines = [
    ...(change === "moved" ? ["- moves to another target: the new place is written, then the old one is emptied"] : []),
    ...(settings.length > 0 ? [`- settings: ${settings.map(code).join(", ")}`] : []),
    ...ORDER.flatMap((kind) => objects.filter((object) => object.change === kind).map(objectLine)),
    ...missing.map(
      ({ connType, packageName }) => `- **missing provider package** ${code(packageName)} for type ${code(connType)}`,
    ),
    ...drift.map((text) => `- drifted, is brought back: ${quoted(text)}`),
    ...(untouched.length > 0
      ? [`- unchanged by values of its own: ${untouched.map(({ kind, id }) => `${kind} ${code(id)}`).join(", ")}`]
      : []),
  ];
  return `#### ${code(name)}${change === "unchanged" ? "" : ` (${change})`}\n\n${lines.join("\n")}`.trimEnd();
}

function objectLine(object: ObjectChange): string {
  const { change, fields } = object;
  const text = `${change} ${named(object)}${fields.length > 0 ? `: ${fields.map(code).join(", ")}` : ""}`;
  return `- ${change === "removed" ? `**${text}**` : text}`;
}

function storeDrift({ drift }: Changes): string[] {
  const lines = drift.flatMap(({ resource, drift: texts }) =>
    texts.map((text) => `- ${code(resource)}: ${quoted(text)}`),
  );
  return lines.length > 0 ? [`**Changed in the store by other means, is brought back**\n\n${lines.join("\n")}`] : [];
}

function named({ kind, id, connType }: ObjectChange): string {
  return `${kind} ${code(id)}${connType === undefined ? "" : ` (${quoted(connType)})`}`;
}

/** Names hold what their authors like: a code span in which no character means anything. */
export function code(text: string): string {
  const plain = oneLine(text);
  const longest = Math.max(0, ...[...plain.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = plain.startsWith("`") || plain.endsWith("`") || plain === "" ? " " : "";
  return `${fence}${pad}${plain.replaceAll("|", "\\|")}${pad}${fence}`;
}

/** Text without markup of its own. */
function quoted(text: string): string {
  return oneLine(text).replace(/[\\`*_{}[\]<>#|~@!]/g, (sign) => `\\${sign}`);
}

const BREAKING = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;

function oneLine(text: string): string {
  return text.replace(BREAKING, " ").trim();
}

function alert(level: "CAUTION", lines: string[]): string {
  return [`> [!${level}]`, ...lines.map((line) => `> ${line}`)].join("\n");
}

function plural(noun: string, count: number): string {
  return count === 1 ? noun : `${noun}s`;
}

/** As many blocks as fit, and of the first that does not as many lines; then how much was left out. */
function fitting(blocks: string[], maxCharacters: number): string {
  const whole = blocks.join("\n\n");
  if (whole.length <= maxCharacters) return whole;
  const lines = whole.split("\n");
  const note = (left: number) =>
    `\n\n**${left} more lines did not fit into this comment; \`airflow-env report\` prints them all.**`;
  let kept = 0;
  for (let used = 0; kept < lines.length; kept += 1) {
    used += (lines[kept]?.length ?? 0) + 1;
    if (used + note(lines.length).length > maxCharacters) break;
  }
  const left = lines.slice(kept).filter((line) => line !== "").length;
  return `${lines.slice(0, kept).join("\n").trimEnd()}${note(left)}`;
}
