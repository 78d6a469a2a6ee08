import { expect } from "chai";
import { describeTargetConformance } from "../conformance/target";
import { MemoryPlace, memoryTarget } from "./memory-target";

for (const maxBytes of [Infinity, 100_000])
  describeTargetConformance(`memory, at most ${maxBytes} bytes`, {
    async make() {
      const place = new MemoryPlace();
      return {
        open: () => memoryTarget(place, { maxBytes }),
        seen: async (kind = "connections") => place.object?.files[kind],
        plant: async (text) => place.plant(text, place.object?.marks),
        plantNeighbours: async () => async () => undefined,
      };
    },
  });

describe("memory target", () => {
  it("calls its hooks around each operation", async () => {
    const steps: string[] = [];
    const target = memoryTarget(new MemoryPlace(), {
      before: ({ operation }) => void steps.push(`before ${operation}`),
      after: ({ operation }) => void steps.push(`after ${operation}`),
    });
    await target.read();
    expect(steps).to.deep.equal(["before read", "after read"]);
  });

  it("takes effect before a lost reply", async () => {
    const place = new MemoryPlace();
    const target = memoryTarget(place, {
      after: () => {
        throw new Error("reply lost");
      },
    });
    const marks = { workspace: "w", workspaceUid: "u", deployment: "d", owner: "o" };
    await target.write({ connections: { text: "{}\n", entries: {} } }, marks, undefined).catch(() => undefined);
    expect(place.text).to.equal("{}\n");
  });
});
