/**
 * Finds the candidates a user may have meant.
 *
 * @param limit - most names returned.
 * @returns Candidates close enough to be a misspelling (about one slip in three letters), nearest first; `-`, `_`, `.` and case count for nothing.
 */
export function nearestNames(name: string, candidates: Iterable<string>, limit = 3): string[] {
  const wanted = fold(name);
  const found: { candidate: string; distance: number }[] = [];
  for (const candidate of candidates) {
    const folded = fold(candidate);
    const allowed = Math.max(1, Math.floor(Math.max(wanted.length, folded.length) / 4));
    if (Math.min(wanted.length, folded.length) < 2 || Math.abs(wanted.length - folded.length) > allowed) continue;
    const distance = editDistance(wanted, folded);
    if (distance <= allowed) found.push({ candidate, distance });
  }
  return found
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/**
 * The candidate that a name almost certainly stands for: the same letters (case and separators aside), or one slip in a
 * name of some length. A name that another one begins or ends with (`project`, `project_id`) is a name of its own.
 *
 * @param nearlyCertain - other names are meaningful too: one slip only in long names, and none in digits.
 */
export function misspelt(
  name: string,
  candidates: Iterable<string>,
  { nearlyCertain }: { nearlyCertain: boolean },
): string | undefined {
  const wanted = fold(name);
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const folded = fold(candidate);
    const distance = wanted === folded ? 0 : isWithin(wanted, folded) ? Infinity : editDistance(wanted, folded);
    const shortest = Math.min(wanted.length, folded.length);
    const allowed = nearlyCertain
      ? Number(shortest >= 8 && digits(wanted) === digits(folded))
      : shortest >= 10
        ? 2
        : Number(shortest >= 5);
    if (distance <= allowed && distance < (best?.distance ?? Infinity)) best = { candidate, distance };
  }
  return best?.candidate;
}

const isWithin = (a: string, b: string): boolean =>
  [a.startsWith(b), a.endsWith(b), b.startsWith(a), b.endsWith(a)].includes(true);

const digits = (text: string): string => text.replace(/\D+/g, " ");

const fold = (name: string): string => name.toLowerCase().replace(/[-_.\s]+/g, "");

/** Optimal string alignment: insert, delete, replace, or swap of neighbours cost 1 each. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const at = (line: number[], index: number): number => line[index] ?? Infinity;
      const replace = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(replace, at(last, j) + 1, at(row, j - 1) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, at(beforeLast, j - 2) + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? Infinity;
}
