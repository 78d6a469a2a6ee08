import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { KubeServer } from "../../tools/servers/kube.mjs";
import type { Engine } from "./engine";

/** Secrets of one test, recognisable anywhere. */
export function canary(name: string): string {
  return `canary-${name}-Zq7$é"x-${"abcdefgh".slice(0, 4)}`;
}

/** Every form in which a secret could be left behind. Unkeyed hashes count: they can be guessed offline. */
function formsOf(secret: string): { form: string; text: string }[] {
  const bytes = Buffer.from(secret);
  const digest = (algorithm: string, encoding: "hex" | "base64") =>
    createHash(algorithm).update(secret).digest(encoding).slice(0, 16);
  return [
    { form: "plain", text: secret },
    { form: "JSON", text: JSON.stringify(secret).slice(1, -1) },
    { form: "JSON in JSON", text: JSON.stringify(JSON.stringify(secret)).slice(3, -3) },
    { form: "base64", text: bytes.toString("base64").replace(/=+$/, "").slice(0, -2) },
    { form: "URL", text: encodeURIComponent(secret) },
    { form: "hex", text: bytes.toString("hex") },
    { form: "md5", text: digest("md5", "hex") },
    { form: "sha1", text: digest("sha1", "hex") },
    { form: "sha256", text: digest("sha256", "hex") },
    { form: "sha256 base64", text: digest("sha256", "base64") },
  ];
}

/** Places where the secret was found, empty when there are none. */
export function findCanary(secrets: string[], places: Iterable<{ place: string; bytes: Buffer }>): string[] {
  const forms = secrets.flatMap((secret) =>
    formsOf(secret).map(({ form, text }) => ({ form, bytes: Buffer.from(text) })),
  );
  const found: string[] = [];
  for (const { place, bytes } of places)
    for (const { form, bytes: wanted } of forms) if (bytes.includes(wanted)) found.push(`${place}: ${form}`);
  return found;
}

/**
 * Looks for secrets in everything that a run left: Pulumi's state and logs, all output, the store's files, temporary
 * files, and the marks of Kubernetes objects. Only the targets themselves may hold them.
 *
 * @param except - paths below the engine's folder that hold them by purpose.
 */
export async function scanForCanary(
  engine: Engine,
  secrets: string[],
  options: { except?: string[]; kube?: KubeServer; namespaces?: string[]; files?: string[] } = {},
): Promise<void> {
  const places = [
    ...engine.transcript.map((text, index) => ({ place: `output ${index}`, bytes: Buffer.from(text) })),
    ...engine.processArguments.map((text) => ({ place: "process arguments", bytes: Buffer.from(text) })),
    ...[engine.root, ...(options.files ?? [])].flatMap((root) => [...filesBelow(root, options.except ?? [])]),
  ];
  for (const namespace of options.namespaces ?? []) {
    const response = await options.kube?.request("GET", `/api/v1/namespaces/${namespace}/secrets`);
    for (const item of (response?.body as { items?: { metadata: unknown }[] })?.items ?? [])
      places.push({ place: `Secret metadata in ${namespace}`, bytes: Buffer.from(JSON.stringify(item.metadata)) });
  }
  const found = findCanary(secrets, places);
  if (found.length > 0) throw new Error(`secrets were found in:\n${[...new Set(found)].join("\n")}`);
  if (places.length < 5) throw new Error("the scan looked at almost nothing");
}

function* filesBelow(folder: string, except: string[]): Generator<{ place: string; bytes: Buffer }> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (except.some((excepted) => path.startsWith(excepted))) continue;
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) yield* filesBelow(path, except);
    else if (stat?.isFile() && stat.size < 50_000_000) yield { place: path, bytes: readFileSync(path) };
  }
}
