import { expect } from "chai";
import { StoreUnavailableError, type UnavailableReason } from "../../../provider/errors";
import { ABSENT, type SecretsStore } from "../../../provider/stores/store";
import { failureOf, metadataText, secretText } from "./canary";
import { FAULTS, type Fault, type FaultName } from "./harness";
import type { Suite } from "../store";

/** What a lasting fault may be reported as; absence and success never. */
const REASONS: Record<FaultName, UnavailableReason[]> = {
  denied: ["denied", "wrong-key"],
  expired: ["expired", "denied"],
  unreachable: ["unreachable", "timeout"],
  throttled: ["throttled"],
  slow: ["timeout"],
  reset: ["unreachable", "failed", "timeout"],
  lostReply: ["unreachable", "failed", "timeout"],
};

/** Every fault between store and backend ends in success after a retry, or in an honest error. */
export function faultCases(suite: Suite): void {
  for (const name of FAULTS) {
    const reason = suite.cannot[name];
    if (reason !== undefined) {
      it(`cannot have the fault "${name}": ${reason}`, () => undefined);
      continue;
    }
    describe(`with the fault "${name}"`, () => {
      let fault: Fault;
      let base: string;
      let key: string;
      let sound: SecretsStore;
      beforeEach(async () => {
        sound = await suite.open();
        base = suite.freshWorkspace();
        key = `${base}/connections/c`;
        fault = await suite.fault(name);
      });
      afterEach(() => fault.release());

      if (name !== "lostReply") {
        it("reports it from every operation while it lasts, and changes nothing", async () => {
          const version = await sound.put(key, secretText(1), metadataText("c"), ABSENT);
          fault.arm(Infinity);
          const { store } = fault;
          const attempts: Record<string, () => Promise<unknown>> = {
            find: () => store.find(key),
            "find of what is not there": () => store.find(`${base}/none`),
            put: () => store.put(key, secretText(2), metadataText("c"), version),
            create: () => store.put(`${base}/new`, secretText(2), metadataText("c"), ABSENT),
            delete: () => store.delete(key, version),
            list: () => store.list(`${base}/`),
            keys: () => store.keys(`${base}/`),
            listMetadata: () => store.listMetadata(`${base}/`),
          };
          const failures = await Promise.all(
            Object.entries(attempts).map(async ([what, attempt]) => ({ what, error: await failureOf(attempt()) })),
          );
          for (const { what, error } of failures) {
            expect(error, what).to.be.instanceOf(StoreUnavailableError);
            expect((error as StoreUnavailableError).reason, `${what}: ${error.message}`).to.be.oneOf(REASONS[name]);
            expect(error.message, what).to.contain(store.kind);
          }
          await fault.release();
          expect(await sound.find(key)).to.deep.equal({ key, version, text: secretText(1) });
          expect(await sound.keys(`${base}/`)).to.deep.equal([key]);
        });
      }

      if (name === "throttled" || name === "reset") {
        it("gets over it when it passes", async () => {
          fault.arm(1);
          const first = await fault.store.put(key, secretText(1), metadataText("c"), ABSENT);
          fault.arm(1);
          expect(await fault.store.find(key)).to.deep.equal({ key, version: first, text: secretText(1) });
          fault.arm(1);
          const second = await fault.store.put(key, secretText(2), metadataText("c"), first);
          fault.arm(1);
          expect(await fault.store.list(`${base}/`)).to.deep.equal([{ key, version: second, text: secretText(2) }]);
          fault.arm(1);
          expect(await fault.store.keys(`${base}/`)).to.deep.equal([key]);
          fault.arm(1);
          expect((await fault.store.listMetadata(`${base}/`))[0]?.version).to.equal(second);
          fault.arm(1);
          await fault.store.delete(key, second);
          expect(await sound.find(key)).to.equal(undefined);
        });
      }

      if (name === "lostReply") {
        it("finds out that its write took effect", async () => {
          fault.arm(1);
          const first = await fault.store.put(key, secretText(1), metadataText("c"), ABSENT);
          expect(await sound.find(key)).to.deep.equal({ key, version: first, text: secretText(1) });
          fault.arm(1);
          const second = await fault.store.put(key, secretText(2), metadataText("c"), first);
          expect(await sound.list(`${base}/`)).to.deep.equal([{ key, version: second, text: secretText(2) }]);
          expect((await sound.listMetadata(`${base}/`))[0]?.version).to.equal(second);
          fault.arm(1);
          await fault.store.delete(key, second);
          expect(await sound.find(key)).to.equal(undefined);
          expect(await sound.listMetadata(`${base}/`)).to.deep.equal([]);
        });

        it("is honest when every reply is lost, and converges after", async () => {
          fault.arm(Infinity);
          const attempt = fault.store.put(key, secretText(1), metadataText("c"), ABSENT);
          const outcome = await attempt.then(
            (version) => ({ version }),
            async () => ({ error: await failureOf(attempt) }),
          );
          await fault.release();
          const found = await sound.find(key);
          if ("version" in outcome) expect(found?.version).to.equal(outcome.version);
          else expect((outcome.error as StoreUnavailableError).reason).to.be.oneOf(REASONS.lostReply);
          if (found) expect(found.text).to.equal(secretText(1));
          const version = await sound.put(key, secretText(2), metadataText("c"), found?.version ?? ABSENT);
          expect(await sound.list(`${base}/`)).to.deep.equal([{ key, version, text: secretText(2) }]);
          expect(await sound.listMetadata(`${base}/`)).to.deep.equal([{ key, version, metadata: metadataText("c") }]);
        });
      }
    });
  }
}
