import { expect } from "chai";
import type { ClassifiedKubernetesError } from "../../../provider/kubernetes/errors";
import { writeConditionally } from "../../../provider/kubernetes/writes";

const conflict = Object.assign(new Error("conflict"), { code: 409, body: "{}" });
const reset = Object.assign(new Error("reset"), { code: "ECONNRESET" });
const invalid = Object.assign(new Error("invalid"), { code: 422, body: "{}" });
const lost = { mayHaveCommitted: true } as ClassifiedKubernetesError;

/** A write that ends with `failure`, after a reply was lost or not, while the object is as `there` says. */
async function write(failure: Error | undefined, wasLost: boolean, there: "mine" | "theirs" | "none" | Error) {
  let reads = 0;
  const outcome = await writeConditionally({
    send(onRetry) {
      if (wasLost) onRetry(lost);
      return failure ? Promise.reject(failure) : Promise.resolve("sent");
    },
    readBack() {
      reads++;
      if (there instanceof Error) return Promise.reject(there);
      return Promise.resolve(there === "none" ? undefined : there);
    },
    isMade: (found) => found === "mine",
  }).catch((error: unknown) => ({ thrown: error }));
  return { outcome, reads };
}

describe("conditional writes to Kubernetes", () => {
  it("read back only when a reply was lost", async () => {
    expect(await write(undefined, false, "none")).to.deep.equal({ outcome: { object: "sent" }, reads: 0 });
    expect(await write(conflict, false, "mine")).to.deep.equal({ outcome: { refused: conflict }, reads: 0 });
    expect(await write(invalid, false, "mine")).to.deep.equal({ outcome: { thrown: invalid }, reads: 0 });
  });

  it("whose attempt took effect are done, although the next one was refused or broke off as well", async () => {
    expect((await write(conflict, true, "mine")).outcome).to.deep.equal({ object: "mine" });
    expect((await write(reset, false, "mine")).outcome).to.deep.equal({ object: "mine" });
  });

  it("that somebody else's came before are refused", async () => {
    expect((await write(conflict, true, "theirs")).outcome).to.deep.equal({ refused: conflict });
    expect((await write(conflict, true, "none")).outcome).to.deep.equal({ refused: conflict });
    expect((await write(reset, true, "theirs")).outcome).to.deep.equal({ thrown: reset });
  });

  it("of which nothing can be read back end with what is the matter", async () => {
    const denied = new Error("denied");
    expect((await write(conflict, true, denied)).outcome).to.deep.equal({ thrown: denied });
    expect((await write(reset, false, denied)).outcome).to.deep.equal({ thrown: reset });
  });
});
