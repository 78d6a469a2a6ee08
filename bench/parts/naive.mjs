// @ts-check
import { startPulumi } from "../pulumi.mjs";
import { seconds, summarize } from "../statistics.mjs";

/**
 * One resource per pair of connection and Deployment, with handlers that do nothing, beside ours, which does all its
 * work. Directory targets: no API server is part of either.
 *
 * @param {{ sizes: [number, number][], rounds: number }} options sizes: connections and Deployments
 * @param {(text: string) => void} say
 */
export async function measureNaive({ sizes, rounds }, say) {
  const results = [];
  for (const [connections, deployments] of sizes) {
    const pulumi = await startPulumi();
    try {
      const programs = /** @type {const} */ (["naive", "ours"]);
      /** @type {Record<"naive" | "ours", { up: number[], rotate: number[], state: { resources: number, bytes: number } }>} */
      const measured = {
        naive: { up: [], rotate: [], state: { resources: 0, bytes: 0 } },
        ours: { up: [], rotate: [], state: { resources: 0, bytes: 0 } },
      };
      for (let round = 0; round < rounds; round += 1)
        for (const program of programs) {
          const stack = await pulumi.stack(`${program}${round}`, program, { connections, deployments });
          measured[program].up.push(await seconds(() => stack.up()));
          measured[program].state = stack.state();
          stack.spec.revision = 1;
          measured[program].rotate.push(await seconds(() => stack.up()));
          say(`naive ${connections} × ${deployments}: ${program} up ${measured[program].up.at(-1)?.toFixed(1)} s`);
        }
      const summary = programs.map((program) => {
        const { up, rotate, state } = measured[program];
        return [program, { up: summarize(up), rotate: summarize(rotate), ...state }];
      });
      results.push({ connections, deployments, rounds, ...Object.fromEntries(summary) });
    } finally {
      pulumi.remove();
    }
  }
  return results;
}
