import { expect } from "chai";
import fc from "fast-check";
import { World } from "../../../fakes/world";
import { begin, changes, make, type Change } from "./changes";
import { ModelStack, type Step } from "./engine-model";
import { differences } from "./judge";
import { pictureOf } from "./picture";

/** `PREVIEWS=full`: ten times as many; takes some minutes. */
const RUNS = process.env["PREVIEWS"] === "full" ? 2_500 : 250;
const CHANGES_OF_A_RUN = { minLength: 4, maxLength: 6 };

/** What random runs have found. */
const FOUND: [Change[]][] = [
  [
    [
      // Another stack takes a connection over, which its first owner then gives another scope.
      { name: "addConnection", stack: "team", picks: [0, 0, 15, 0, 0, 0], isBatched: false },
      { name: "scope", stack: "platform", picks: [0, 3, 0, 0, 0, 0], isBatched: false },
    ],
  ],
];

/** How often what came of a run. */
type Seen = Record<"green" | "red" | "notAnnounced" | Step["op"], number>;

/** Two stacks of one Workspace. */
class Run {
  readonly world = new World();
  readonly stacks = { platform: new ModelStack("platform", this.world), team: new ModelStack("team", this.world) };

  constructor(private readonly seen: Seen) {}

  async begin(): Promise<void> {
    const { platform, team } = this.stacks;
    begin(platform, team);
    await this.check(platform, false);
    await this.check(team, false);
  }

  /**
   * Previews, runs, and compares. What is refused in the preview is tried all the same: it must be refused then too.
   *
   * Not held against a preview, because it cannot know:
   * - that a delete is refused, since somebody still uses what it removes: the engine asks the provider for no delete
   *   in a preview. Where the delete is part of a replacement, the preview must refuse it.
   * - what targets hold of Deployments that the program does not declare; see `differences`.
   * - which Deployments a LinkedToAll object has reached since its last run; it says "every Deployment".
   *
   * @returns whether the run succeeded.
   */
  async check(stack: ModelStack, isBatched: boolean): Promise<boolean> {
    const planned = await stack.preview();
    const isRed = planned.some(({ op }) => op === "refused");
    const own = [...stack.program.values()].filter(({ kind }) => kind === "deployment");
    const compared = new Set(own.map(({ args }) => String(args["name"])));
    const found: string[] = [];
    let isAnnounced = true;
    const { steps, error } = await stack.up(isBatched, async (step, run) => {
      const before = pictureOf(this.world);
      try {
        await run();
      } catch (caught) {
        if (step.op === "refused") return;
        isAnnounced = step.op !== "delete" || step.deleteFirst;
        throw caught;
      }
      if (step.op === "refused") found.push(`${text(step)} was refused by the preview alone: ${step.reasons.join()}`);
      const after = pictureOf(this.world);
      found.push(...differences(step, before, after, { compared }).map((what) => `${text(step)} ${what}`));
      this.seen[step.op]++;
    });
    if (!isAnnounced && /is still (used by|holds)/.test(error?.message ?? "")) this.seen.notAnnounced++;
    else if (error && !isRed) found.push(`the preview was green, and up failed: ${error.message}`);
    // What depends on something that is replaced goes before it, not at the end.
    const [said, did] = [planned, steps].map((all) =>
      all
        .filter(({ op }) => op !== "delete")
        .map(text)
        .join("\n"),
    );
    if (said !== did && (isRed || !error)) found.push(`the preview said:\n${said}\nand up did:\n${did}`);
    this.seen[isRed ? "red" : "green"]++;
    if (found.length > 0) throw new Error(found.join("\n"));
    return error === undefined;
  }
}

const text = ({ op, kind, name }: Step) => `${op} ${kind} ${name}`;

describe("a preview and the up after it, over random programs and changes", () => {
  it("have the same steps, Deployments, fields and success", async function () {
    this.timeout(1_800_000);
    const seen: Seen = {
      green: 0,
      red: 0,
      notAnnounced: 0,
      create: 0,
      update: 0,
      replace: 0,
      same: 0,
      delete: 0,
      refused: 0,
    };
    await fc.assert(
      fc.asyncProperty(fc.array(changes, CHANGES_OF_A_RUN), async (many) => {
        const run = new Run(seen);
        await run.begin();
        for (const change of many) {
          const stack = run.stacks[change.stack];
          const before = new Map(stack.program);
          await make(change, stack, run.world);
          // What is refused is taken back: else all that follows would be refused too.
          if (!(await run.check(stack, change.isBatched))) stack.restore(before);
        }
      }),
      { numRuns: RUNS, examples: FOUND },
    );
    expect(seen.green + seen.red).to.be.at.least(1_000);
    for (const op of ["green", "red", "create", "update", "replace", "delete"] as const)
      expect(seen[op], op).to.be.greaterThan(0);
  });
});
