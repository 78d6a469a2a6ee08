import type { SecretsStore, StoreCapabilities } from "../../provider/stores/store";
import { PrintedOutput } from "./store/canary";
import { concurrencyCases } from "./store/concurrency";
import { documentCases } from "./store/documents";
import { faultCases } from "./store/faults";
import type { Fault, FaultName, Hindrance, StalledDeleter, StoreBackend } from "./store/harness";
import { listingCases } from "./store/listing";

export { FAULTS } from "./store/harness";
export type { Fault, FaultName, StalledDeleter, StoreBackend } from "./store/harness";

/** What a store's test file says about its backend. */
export interface StoreConformance {
  /** Starts a backend; awaited once, before the first case. */
  make: () => Promise<StoreBackend>;
  capabilities: StoreCapabilities;
  /** What this backend cannot be made to do, each with the reason; all else must be in `StoreBackend`. */
  cannot?: Partial<Record<Hindrance, string>>;
}

/** What the cases see. */
export interface Suite {
  capabilities: StoreCapabilities;
  cannot: Partial<Record<Hindrance, string>>;
  open(): Promise<SecretsStore>;
  openWithoutReadingSecrets(): Promise<SecretsStore>;
  plantForeign(prefix: string): Promise<() => Promise<void>>;
  fault(name: FaultName): Promise<Fault>;
  stalledDeleters(): [settings: string, make: () => StalledDeleter][];
  /** A workspace name that no earlier case used; at most 40 characters. */
  freshWorkspace(): string;
}

/**
 * Checks that a store keeps the contract of `SecretsStore`: the same cases for every store, none skipped.
 *
 * `STORES=vault,local` in the environment leaves the other stores out.
 */
export function describeStoreConformance(name: string, conformance: StoreConformance): void {
  const wanted = process.env.STORES?.split(",").map((store) => store.trim());
  if (wanted && !wanted.includes(name)) return;

  describe(`store conformance: ${name}`, function () {
    let backend: StoreBackend | undefined;
    const opened: SecretsStore[] = [];
    const printed = new PrintedOutput();
    const started = Date.now().toString(36);
    let workspaces = 0;

    const running = (): StoreBackend => {
      if (!backend) throw new Error("the backend is not running");
      return backend;
    };
    const track = async (store: SecretsStore | Promise<SecretsStore>): Promise<SecretsStore> => {
      opened.push(await store);
      return store;
    };
    const suite: Suite = {
      capabilities: conformance.capabilities,
      cannot: conformance.cannot ?? {},
      open: () => track(running().open()),
      openWithoutReadingSecrets: () => track(running().openWithoutReadingSecrets()),
      freshWorkspace: () => `ws-${started}-${++workspaces}`,
      plantForeign: (prefix) => {
        const { plantForeign } = running();
        if (!plantForeign) throw new Error("the harness has neither plantForeign nor a reason in `cannot`");
        return plantForeign(prefix);
      },
      fault: (name) => {
        const make = running().faults?.[name];
        if (!make) throw new Error(`the harness has neither the fault "${name}" nor a reason in \`cannot\``);
        return make();
      },
      stalledDeleters: () => {
        const makers = Object.entries(running().stalledDeleters ?? {});
        if (makers.length === 0) throw new Error("the harness has neither stalledDeleters nor a reason in `cannot`");
        return makers.map(([settings, make]) => [
          settings,
          () => {
            const deleter = make();
            opened.push(deleter.store, deleter.other);
            return deleter;
          },
        ]);
      },
    };

    before(async () => {
      backend = await conformance.make();
      printed.start();
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((store) => store.close()));
    });
    after(async () => {
      try {
        printed.stop();
      } finally {
        await backend?.cleanup();
      }
    });

    describe("documents", () => documentCases(suite));
    describe("listing", () => listingCases(suite));
    describe("concurrency", () => concurrencyCases(suite));
    describe("faults", () => faultCases(suite));
  });
}
