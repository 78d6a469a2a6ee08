/**
 * Levels of objects and lists in a connection's `extra`, itself the first; Python's own recursion limit is near 1,000
 * frames, the task's included.
 */
export const MAX_DEPTH = 100;
const SHOWN_CHARACTERS = 60;

/** Something on the way down. */
interface Step {
  value: object;
  depth: number;
  key: string;
  from?: Step;
}

/**
 * What is wrong with how deep a value is nested, or undefined. To be asked before anything walks such a value by
 * recursion, which ends with "Maximum call stack size exceeded" some thousand levels down; here nothing recurses. A value
 * that contains itself is too deep.
 *
 * @param field - its name, such as `extra`, for the answer.
 * @param isLeaf - what not to look into, such as Pulumi's outputs.
 */
export function depthProblem(
  value: unknown,
  field: string,
  isLeaf: (value: object) => boolean = () => false,
): { field: string; reason: string } | undefined {
  // The depth at which each was seen: what is shared in many places is looked into again only when it lies deeper there.
  const seen = new Map<object, number>();
  const open: Step[] = isGroup(value) ? [{ value, depth: 1, key: field }] : [];
  for (let step = open.pop(); step; step = open.pop()) {
    if (step.depth > MAX_DEPTH)
      return { field: pathOf(step), reason: `is nested more than ${MAX_DEPTH} levels deep, or contains itself` };
    if (isLeaf(step.value) || (seen.get(step.value) ?? 0) >= step.depth) continue;
    seen.set(step.value, step.depth);
    for (const [key, item] of Object.entries(step.value) as [string, unknown][])
      if (isGroup(item)) open.push({ value: item, depth: step.depth + 1, key, from: step });
  }
  return undefined;
}

function isGroup(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Where it begins is enough to find it. */
function pathOf(last: Step): string {
  const keys: string[] = [];
  for (let step: Step | undefined = last; step; step = step.from) keys.unshift(step.key);
  const path = keys.join(".");
  return path.length > SHOWN_CHARACTERS ? `${path.slice(0, SHOWN_CHARACTERS)}…` : path;
}
