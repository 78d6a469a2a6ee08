import type { Target, TargetReading } from "./target";

/** Reads targets one call each, side by side: for kinds where a single read is cheap. */
export async function readEach(targets: Target[]): Promise<Map<Target, TargetReading>> {
  return new Map(await Promise.all(targets.map(async (target) => [target, await reading(target)] as const)));
}

/** One reading, its failure included. */
export async function reading(target: Target): Promise<TargetReading> {
  try {
    return { state: await target.read() };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(`${target.address} could not be read`) };
  }
}
