// @ts-check

/**
 * A sample of one measure.
 *
 * @typedef {{ median: number, min: number, max: number, samples: number[] }} Summary
 */

/** @param {number[]} samples not empty @returns {Summary} */
export function summarize(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  return { median: medianOf(sorted), min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN, samples };
}

/**
 * Ratios of measurements that were taken side by side, round by round: noise that lasts longer than a round hits both.
 *
 * @param {number[]} numerators @param {number[]} denominators same length, same order
 * @returns {Summary}
 */
export function summarizeRatio(numerators, denominators) {
  return summarize(numerators.map((value, at) => value / (denominators[at] ?? NaN)));
}

/** @param {number[]} sorted */
function medianOf(sorted) {
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle] ?? NaN;
  return ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/**
 * Runs contestants in turn, in alternating order, so that neither always has the warmer machine.
 *
 * @template {string} Name
 * @param {number} rounds
 * @param {Record<Name, () => Promise<number>>} contestants each returns its measure
 * @returns {Promise<Record<Name, number[]>>}
 */
export async function interleave(rounds, contestants) {
  const names = /** @type {Name[]} */ (Object.keys(contestants));
  const samples = /** @type {Record<Name, number[]>} */ (Object.fromEntries(names.map((name) => [name, []])));
  for (let round = 0; round < rounds; round += 1)
    for (const name of round % 2 === 0 ? names : [...names].reverse()) samples[name].push(await contestants[name]());
  return samples;
}

/** @param {() => Promise<unknown>} run @returns {Promise<number>} seconds */
export async function seconds(run) {
  const started = process.hrtime.bigint();
  await run();
  return Number(process.hrtime.bigint() - started) / 1e9;
}
