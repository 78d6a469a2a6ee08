// @ts-check

/** @typedef {import("./report.d.mts").Outcome} Outcome */

/** @type {import("./report.d.mts").report} */
export function report(outcomes) {
  const sum = (/** @type {"passed" | "failed" | "skipped" | "seconds"} */ key) =>
    outcomes.reduce((total, one) => total + one[key], 0);
  const counts = outcomes
    .filter(({ passed, failed, skipped }) => passed + failed + skipped > 0)
    .map(
      ({ name, passed, failed, skipped }) =>
        `${name}: ${passed} ok, ${failed} not ok${skipped > 0 ? `, ${skipped} left out` : ""}`,
    );
  const [passed, failed, skipped] = [sum("passed"), sum("failed"), sum("skipped")];
  const closing = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
  const lines = ["", ...counts, "", `Seconds, ${sum("seconds").toFixed(0)} in all:`, ...times(outcomes), "", closing];
  return { text: `${lines.join("\n")}\n`, code: failed > 0 || passed === 0 ? 1 : 0 };
}

/** Longest first; files run side by side, so that together they take longer than their part. @param {Outcome[]} outcomes */
function times(outcomes) {
  return longestFirst(outcomes.map((one) => /** @type {[Outcome, number]} */ ([one, one.seconds]))).flatMap(
    ([{ name, files = {} }, seconds]) => [
      line(seconds, name),
      ...longestFirst(Object.entries(files)).map(([file, ofFile]) => `  ${line(ofFile, file)}`),
    ],
  );
}

/** @template T @param {[T, number][]} entries */
function longestFirst(entries) {
  return [...entries].sort(([, a], [, b]) => b - a);
}

/** @param {number} seconds @param {string} name */
function line(seconds, name) {
  return `${seconds.toFixed(1).padStart(8)}  ${name}`;
}
