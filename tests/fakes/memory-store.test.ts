import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { StoreUnavailableError } from "../../provider/errors";
import { ABSENT } from "../../provider/stores/store";
import { describeStoreConformance, type Fault } from "../conformance/store";
import { MemoryBackend, memoryCapabilities, memoryStore, type StoreStep } from "./memory-store";
import { Hold } from "./fault-proxy";

describeStoreConformance("memory", {
  capabilities: memoryCapabilities,
  cannot: {
    foreign: "only this store writes to its map",
    expired: "there is no login",
    throttled: "it makes no calls to repeat",
    slow: "it has no clock",
    reset: "it makes no calls to repeat",
    lostReply: "it cannot read back what a hook took away; `after` is for tests of what is above a store",
  },
  async make() {
    const backend = new MemoryBackend();
    const broken = (reason: "denied" | "unreachable") => async (): Promise<Fault> => {
      let left = 0;
      const before = (): void => {
        if (left-- > 0) throw new StoreUnavailableError(reason, `store "memory": ${reason} by the test`);
      };
      return {
        store: memoryStore(backend, { before }),
        arm: (calls) => (left = calls),
        release: async () => void (left = 0),
      };
    };
    return {
      open: () => memoryStore(backend),
      openWithoutReadingSecrets: () =>
        memoryStore(backend, {
          before: () => Promise.reject(new StoreUnavailableError("denied", 'store "memory": denied by the test')),
        }),
      stalledDeleters: {
        "after its only step": () => {
          const hold = new Hold();
          const after = async ({ operation }: StoreStep): Promise<void> => {
            if (operation !== "delete") return;
            hold.arrive();
            await hold.released;
          };
          return {
            store: memoryStore(backend, { after }),
            other: memoryStore(backend),
            stalled: () => hold.arrived,
            goOn: hold.letGo,
          };
        },
      },
      faults: { denied: broken("denied"), unreachable: broken("unreachable") },
      cleanup: () => Promise.resolve(),
    };
  },
});

describe("memory store hooks", () => {
  it("let a test decide who goes first", async () => {
    const backend = new MemoryBackend();
    const steps: StoreStep[] = [];
    let letGo = (): void => undefined;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    const slow = memoryStore(backend, {
      async before(step) {
        steps.push(step);
        await gate;
      },
    });
    const writing = slow.put("w/c", "{}", "{}", ABSENT).catch((error: unknown) => error);
    while (steps.length === 0) await sleep(1);
    await memoryStore(backend).put("w/c", "{}", "{}", ABSENT);
    letGo();
    expect(await writing).to.have.property("code", "stale-version");
    expect(steps).to.deep.equal([{ operation: "put", key: "w/c" }]);
  });

  it("can lose a reply after the commit", async () => {
    const backend = new MemoryBackend();
    const crash = new Error("crash");
    const store = memoryStore(backend, { after: () => Promise.reject(crash) });
    expect(await store.put("w/c", "{}", "{}", ABSENT).catch((error: unknown) => error)).to.equal(crash);
    expect(await memoryStore(backend).find("w/c")).to.deep.include({ text: "{}" });
  });
});
