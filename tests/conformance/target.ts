import { inspect } from "node:util";
import { expect } from "chai";
import { ProviderError } from "../../provider/errors";
import type { EffectiveConnection } from "../../provider/model/effective";
import { renderConnections } from "../../provider/projection/render";
import type { Rendered, Target, TargetMarks, TargetState } from "../../provider/targets/target";

/** One fresh, empty place with the means to look at it past the target's own code. */
export interface TargetPlace {
  /** A handle on the place; each call a new one, as another process would have it. */
  open(): Target;
  /** What Airflow would see there now; undefined when nothing is there. */
  seen(): Promise<string | undefined>;
  /** Puts content there as another tool would, without our marks. */
  plant(text: string): Promise<void>;
  /** A handle with a login that may not read or write there; required with `refusesLogins`. */
  openDenied?(): Target;
  /** Puts things of other owners beside ours; the result tells whether they are still as they were. */
  plantNeighbours(): Promise<() => Promise<void>>;
  /** Fails if anything of ours is left there, temporary files included. */
  expectNothingLeft?(): Promise<void>;
  close?(): Promise<void>;
}

/** How a target kind joins the suite. */
export interface TargetConformance {
  make: () => Promise<TargetPlace>;
  /** True when a reader may see a mixture of two writes, because the kind keeps several objects. Default false. */
  severalObjects?: boolean;
  /** True when the place itself decides who may read and write. Default false. */
  refusesLogins?: boolean;
  /** For each test, default 20,000. */
  timeoutMs?: number;
}

const CANARY = "c4n4ry-s3cr3t";

const marks: TargetMarks = {
  workspace: "data",
  workspaceUid: "0b6f7f3e-2a8b-4b5e-9d0c-1f2e3d4c5b6a",
  deployment: "prod",
  owner: "organization/project/stack::prod",
};

function rendered(...connections: Partial<EffectiveConnection>[]): Rendered {
  return renderConnections(
    connections.map((connection, index) => ({ connId: `c${index}`, connType: "http", ...connection })),
  );
}

/** Content whose text has exactly `bytes` bytes. */
function ofSize(bytes: number): Rendered {
  const frame = rendered({ host: "" }).text.length;
  return rendered({ host: "h".repeat(bytes - frame) });
}

async function failure(action: Promise<unknown>): Promise<ProviderError> {
  try {
    await action;
  } catch (error) {
    expect(error, inspect(error)).to.be.instanceOf(ProviderError);
    const shown = `${inspect(error, { depth: 10 })} ${(error as Error).stack ?? ""} ${JSON.stringify(error)}`;
    expect(shown).not.to.contain(CANARY);
    return error as ProviderError;
  }
  throw new Error("expected a failure");
}

/** The contract of `Target`, checked on a real or faked place. */
export function describeTargetConformance(name: string, conformance: TargetConformance): void {
  describe(`target conformance: ${name}`, function () {
    this.timeout(conformance.timeoutMs ?? 20_000);
    let place: TargetPlace;
    let target: Target;

    beforeEach(async () => {
      place = await conformance.make();
      target = place.open();
    });
    afterEach(() => place.close?.());

    const write = (content: Rendered, expected: TargetState | undefined, by: Target = target) =>
      by.write(content, marks, expected);
    const sameState = (actual: TargetState | undefined, expected: TargetState) =>
      expect(actual).to.deep.equal(expected);

    it("has a printable address that is the same for every handle", () => {
      expect(target.address).to.match(/^[a-z][A-Za-z]*:\S+$/);
      expect(place.open().address).to.equal(target.address);
    });

    it("reads nothing where nothing is", async () => {
      expect(await target.read()).to.equal(undefined);
    });

    it("gives back exactly what was written, content and marks", async () => {
      const content = rendered(
        { connId: "a-1_.b", host: "", description: 'line\nbreak "quoted" \\ \0 日本 👩🏽‍🚀 \u2028' },
        { connId: "b", password: CANARY, port: 99999, extra: { z: [1, { y: null }], a: "{{ x }}", "": true } },
      );
      const written = await write(content, undefined);
      expect(written.text).to.equal(content.text);
      expect(written.marks).to.deep.equal(marks);
      sameState(await place.open().read(), written);
      expect(await place.seen()).to.equal(content.text);
    });

    it("keeps an empty set of connections as an empty object", async () => {
      const written = await write(rendered(), undefined);
      expect(written.text).to.equal("{}\n");
      expect((await target.read())?.text).to.equal("{}\n");
      expect(await place.seen()).to.equal("{}\n");
    });

    it("replaces content and marks", async () => {
      const first = await write(rendered({ password: CANARY }, { host: "gone" }), undefined);
      const others = { ...marks, deployment: "other", owner: "organization/project/stack2::ünï-日本" };
      const content = rendered({ connId: "c0", host: "new" }, { connId: "c9" });
      const second = await target.write(content, others, first);
      expect(second.version).not.to.equal(first.version);
      sameState(await target.read(), second);
      expect(second.marks).to.deep.equal(others);
      expect(await place.seen()).to.equal(content.text);
    });

    it("round-trips marks with long and Unicode names", async () => {
      const long = {
        ...marks,
        workspace: "w".repeat(200),
        deployment: "日本-👩🏽‍🚀",
        owner: `org/${"p".repeat(500)}/ü::"a b"`,
      };
      await target.write(rendered(), long, undefined);
      expect((await target.read())?.marks).to.deep.equal(long);
    });

    it("changes the version with every write, equal content included", async () => {
      const versions = new Set<string>();
      let state: TargetState | undefined;
      for (let count = 0; count < 5; count++) {
        state = await write(rendered({ host: "same" }), state);
        versions.add(state.version);
        sameState(await target.read(), state);
      }
      expect(versions).to.have.property("size", 5);
    });

    it("refuses to create over something that is there", async () => {
      const first = await write(rendered({ host: "first" }), undefined);
      expect((await failure(write(rendered({ password: CANARY }), undefined))).code).to.equal("stale-version");
      sameState(await target.read(), first);
    });

    it("refuses to update what changed, and what is gone", async () => {
      const first = await write(rendered({ host: "first" }), undefined);
      const second = await write(rendered({ host: "second" }), first);
      expect((await failure(write(rendered({ password: CANARY }), first))).code).to.equal("stale-version");
      expect(await place.seen()).to.equal(second.text);
      await target.remove(second);
      expect((await failure(write(rendered({ password: CANARY }), second))).code).to.equal("stale-version");
      expect(await target.read()).to.equal(undefined);
    });

    it("takes a recreated object for another one", async () => {
      const first = await write(rendered({ host: "same" }), undefined);
      await target.remove(first);
      const second = await write(rendered({ host: "same" }), undefined);
      expect(second.version).not.to.equal(first.version);
      expect((await failure(write(rendered({ host: "same" }), first))).code).to.equal("stale-version");
      expect((await failure(target.remove(first))).code).to.equal("stale-version");
      sameState(await target.read(), second);
    });

    it("lets exactly one of 40 concurrent writers win each version", async () => {
      let state: TargetState | undefined;
      for (let round = 0; round < 3; round++) {
        const before: TargetState | undefined = state;
        const attempts = Array.from({ length: 40 }, (_, writer) =>
          write(rendered({ host: `round ${round} writer ${writer}` }), before, place.open()),
        );
        const results = await Promise.allSettled(attempts);
        const winners = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
        for (const result of results)
          if (result.status === "rejected")
            expect(result.reason, inspect(result.reason)).to.have.property("code", "stale-version");
        expect(winners).to.have.length(1);
        state = winners[0] as TargetState;
        sameState(await target.read(), state);
        expect(await place.seen()).to.equal(state.text);
      }
    });

    it("loses no update when ten writers each add a connection and start over on conflict", async () => {
      const add = async (connId: string) => {
        const own = place.open();
        for (;;) {
          const state = await own.read();
          const ids = Object.keys(JSON.parse(state?.text ?? "{}") as object);
          try {
            await own.write(rendered(...[...ids, connId].map((id) => ({ connId: id }))), marks, state);
            return;
          } catch (error) {
            if ((error as ProviderError).code !== "stale-version") throw error;
            await new Promise((resolve) => setTimeout(resolve, Math.random() * 50));
          }
        }
      };
      const ids = Array.from({ length: 10 }, (_, writer) => `writer${writer}`);
      await Promise.all(ids.map(add));
      expect(await place.seen()).to.equal(rendered(...ids.map((connId) => ({ connId }))).text);
    });

    it("ends equal to the documents when six writers change them and project, side by side", async () => {
      const documents = new Map<string, string>();
      const changeAndProject = async (writer: number) => {
        const own = place.open();
        for (let change = 0; change < 6; change++) {
          const connId = `c${(writer + change) % 5}`;
          if (change % 3 === 2) documents.delete(connId);
          else documents.set(connId, `writer ${writer} change ${change}`);
          for (;;) {
            const state = await own.read();
            const content = rendered(...[...documents].map(([id, host]) => ({ connId: id, host })));
            try {
              await own.write(content, marks, state);
              break;
            } catch (error) {
              if ((error as ProviderError).code !== "stale-version") throw error;
              await new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
            }
          }
        }
      };
      await Promise.all(Array.from({ length: 6 }, (_, writer) => changeAndProject(writer)));
      const wanted = rendered(...[...documents].map(([connId, host]) => ({ connId, host })));
      expect(await place.seen()).to.equal(wanted.text);
      expect((await target.read())?.text).to.equal(wanted.text);
    });

    it("shows an unmanaged object without marks, and can take it over", async () => {
      const theirs = rendered({ host: "theirs" });
      await place.plant(theirs.text);
      const state = await target.read();
      expect(state?.marks).to.equal(undefined);
      expect(state?.text).to.equal(theirs.text);
      expect((await failure(write(rendered({ password: CANARY }), undefined))).code).to.equal("stale-version");
      const adopted = await write(rendered({ host: "ours" }), state);
      expect(adopted.marks).to.deep.equal(marks);
      sameState(await target.read(), adopted);
      expect(await place.seen()).to.equal(rendered({ host: "ours" }).text);
    });

    it("sees what another tool changed, and refuses to overwrite it unread", async () => {
      const ours = await write(rendered({ host: "ours" }), undefined);
      await place.plant(rendered({ host: "theirs" }).text);
      const changed = await target.read();
      expect(changed?.text).to.equal(rendered({ host: "theirs" }).text);
      expect(changed?.version).not.to.equal(ours.version);
      expect((await failure(write(rendered({ password: CANARY }), ours))).code).to.equal("stale-version");
      expect((await failure(target.remove(ours))).code).to.equal("stale-version");
      await write(rendered({ host: "healed" }), await target.read());
      expect(await place.seen()).to.equal(rendered({ host: "healed" }).text);
    });

    it("removes what it wrote, and removing the absent succeeds", async () => {
      const state = await write(rendered({ password: CANARY }, { host: "h" }), undefined);
      await target.remove(state);
      expect(await target.read()).to.equal(undefined);
      expect(await place.seen()).to.equal(undefined);
      await target.remove(state);
      await place.expectNothingLeft?.();
    });

    it("refuses to remove what changed since it was read", async () => {
      const first = await write(rendered({ host: "first" }), undefined);
      const second = await write(rendered({ host: "second" }), first);
      expect((await failure(target.remove(first))).code).to.equal("stale-version");
      sameState(await target.read(), second);
    });

    it("leaves neighbours of other owners alone", async () => {
      const expectUntouched = await place.plantNeighbours();
      const first = await write(rendered({ host: "h" }), await target.read());
      await expectUntouched();
      const second = await write(rendered({ host: "i" }), first);
      await expectUntouched();
      await target.remove(second);
      await expectUntouched();
    });

    it("never shows a reader half of a write", async () => {
      const contents = [rendered({ host: "a".repeat(50_000) }), rendered({ host: "b".repeat(50_000) }, { host: "c" })];
      let state = await write(contents[0] as Rendered, undefined);
      let writing = true;
      const reader = (async () => {
        let readings = 0;
        while (writing) {
          const text = await place.seen();
          if (conformance.severalObjects) JSON.parse(text ?? "");
          else expect(contents.map((content) => content.text)).to.include(text);
          readings++;
          await new Promise((resolve) => setImmediate(resolve));
        }
        return readings;
      })();
      for (let count = 1; count <= 10; count++) state = await write(contents[count % 2] as Rendered, state);
      writing = false;
      expect(await reader).to.be.greaterThan(0);
    });

    it("takes its largest content, and refuses one byte more before writing", async () => {
      const { maxBytes } = target;
      if (maxBytes === Infinity) {
        // More than a Secret takes, in connections that each fit into one.
        const large = rendered(...Array.from({ length: 6 }, () => ({ host: "h".repeat(500_000) })));
        await write(large, undefined);
        expect(await place.seen()).to.equal(large.text);
        return;
      }
      const state = await write(ofSize(maxBytes), undefined);
      expect(await place.seen()).to.equal(ofSize(maxBytes).text);
      const refused = await failure(write(ofSize(maxBytes + 1), state));
      expect(refused.code).to.equal("unsupported");
      expect(refused.message).to.contain(String(maxBytes));
      sameState(await target.read(), state);
    });

    if (conformance.refusesLogins)
      it("fails as denied, not as absent, with a login without rights", async () => {
        const state = await write(rendered({ password: CANARY }), undefined);
        const denied = place.openDenied?.();
        if (!denied) throw new Error("a place that refuses logins needs openDenied");
        const again = rendered({ password: CANARY });
        for (const action of [
          () => denied.read(),
          () => denied.write(again, marks, state),
          () => denied.write(again, marks, undefined),
          () => denied.remove(state),
        ]) {
          const refused = await failure(action());
          expect(refused.code).to.equal("target-unavailable");
          expect(refused).to.have.property("reason", "denied");
        }
        sameState(await target.read(), state);
      });
  });
}
