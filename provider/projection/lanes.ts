/** What callers want of a projection. */
export interface Claim {
  /** Of the document write that it must include; it owes a write of the target, even of equal bytes. 0: of none. */
  sequence: number;
  /** Whether it may take over a target that is not ours. */
  adopt: boolean;
}

/** The projections of one Deployment in this process. */
export interface Lane {
  /** Sequence of the document writes that the last rendering included. */
  renderedSequence: number;
}

/** A run, with what all of its callers want. Callers that join while it is underway raise its claim. */
interface Run {
  promise: Promise<void>;
  claim: Claim;
}

interface Runs extends Lane {
  /** The run that has begun to read. */
  running: Run | undefined;
  /** The run that has not: it covers every call that comes before it does. */
  next: Run | undefined;
}

/**
 * Group commit: calls for one Deployment share runs, of which at most one is underway and one waits.
 *
 * A run is shared only by calls that it is sure to cover, so every caller finds its write included when its promise
 * resolves.
 */
export class Lanes {
  readonly #lanes = new Map<string, Runs>();

  /**
   * @param run - projects once; reads `claim` whenever it needs it, because it may be raised meanwhile.
   * @param settled - resolves when no further call is expected soon.
   */
  constructor(
    private readonly run: (deployment: string, lane: Lane, claim: Readonly<Claim>) => Promise<void>,
    private readonly settled: () => Promise<void>,
  ) {}

  /** Joins the run that covers the claim, or starts one. */
  join(deployment: string, claim: Claim): Promise<void> {
    const lane = this.#lane(deployment);
    const { running, next } = lane;
    if (running && covers(running, lane, claim)) {
      // Should its write be lost, what it owes is owed to this caller too.
      raise(running.claim, claim);
      return running.promise;
    }
    if (next) {
      raise(next.claim, claim);
      return next.promise;
    }
    const fresh: Run = { claim: { ...claim }, promise: Promise.resolve() };
    lane.next = fresh;
    fresh.promise = this.#begin(deployment, lane, fresh);
    return fresh.promise;
  }

  #lane(deployment: string): Runs {
    let lane = this.#lanes.get(deployment);
    if (!lane) {
      lane = { renderedSequence: 0, running: undefined, next: undefined };
      this.#lanes.set(deployment, lane);
    }
    return lane;
  }

  async #begin(deployment: string, lane: Runs, run: Run): Promise<void> {
    await Promise.allSettled([lane.running?.promise]);
    await this.settled();
    lane.next = undefined;
    lane.running = run;
    try {
      await this.run(deployment, lane, run.claim);
    } finally {
      if (lane.running === run) lane.running = undefined;
    }
  }
}

/** Whether a run has rendered what a call wrote. Who has written nothing wants a reading that begins after the call. */
function covers(running: Run, lane: Lane, { sequence, adopt }: Claim): boolean {
  return sequence > 0 && sequence <= lane.renderedSequence && (!adopt || running.claim.adopt);
}

function raise(claim: Claim, { sequence, adopt }: Claim): void {
  claim.sequence = Math.max(claim.sequence, sequence);
  claim.adopt ||= adopt;
}
