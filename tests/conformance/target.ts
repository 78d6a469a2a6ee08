import { inspect } from "node:util";
import { expect } from "chai";
import { ProviderError } from "../../provider/errors";
import { type FileKind, fileText, type Rendered } from "../../provider/airflow/file";
import { sameTarget, type Target, type TargetMarks, type TargetState } from "../../provider/targets/target";
import { renderConnections, type EffectiveConnection } from "../fakes/effective";

/** One fresh, empty place with the means to look at it past the target's own code. */
export interface TargetPlace {
  /** A handle on the place; each call a new one, as another process would have it. */
  open(): Target;
  /** What Airflow would see there now, by default of connections; undefined when nothing is there. */
  seen(kind?: FileKind): Promise<string | undefined>;
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
}

const CANARY = "c4n4ry-s3cr3t";

const marks: TargetMarks = {
  workspace: "data",
  workspaceUid: "0b6f7f3e-2a8b-4b5e-9d0c-1f2e3d4c5b6a",
  deployment: "prod",
  owner: "organization/project/stack::prod",
};

function rendered(...connections: Partial<EffectiveConnection>[]): Rendered {
  const all = connections.map((connection, index) => ({ connId: `c${index}`, connType: "http", ...connection }));
  return { connections: renderConnections(all) };
}

/** The content with Variables too, each a text. */
function withVariables(content: Rendered, variables: Record<string, string>): Rendered {
  const entries = Object.fromEntries(Object.entries(variables).map(([key, text]) => [key, JSON.stringify(text)]));
  return { ...content, variables: { text: fileText(entries), entries } };
}

const textOf = (content: Rendered): string => content.connections.text;

/** Content whose text has exactly `bytes` bytes. */
function ofSize(bytes: number): Rendered {
  const frame = textOf(rendered({ host: "" })).length;
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

    it("has a printable address, a group and an identity that are the same for every handle", async () => {
      expect(target.address).to.match(/^[a-z][A-Za-z]*:\S+$/);
      const another = place.open();
      expect(another.address).to.equal(target.address);
      expect(another.group).to.equal(target.group);
      expect(await sameTarget(another, target)).to.equal(true);
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
      expect(written.files.connections).to.equal(textOf(content));
      expect(written.marks).to.deep.equal(marks);
      sameState(await place.open().read(), written);
      expect(await place.seen()).to.equal(textOf(content));
    });

    it("keeps an empty set of connections as an empty object", async () => {
      const written = await write(rendered(), undefined);
      expect(written.files.connections).to.equal("{}\n");
      expect((await target.read())?.files.connections).to.equal("{}\n");
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
      expect(await place.seen()).to.equal(textOf(content));
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
      expect(await place.seen()).to.equal(second.files.connections);
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
        expect(await place.seen()).to.equal(state.files.connections);
      }
    });

    it("loses no update when ten writers each add a connection and start over on conflict", async () => {
      const add = async (connId: string) => {
        const own = place.open();
        for (;;) {
          const state = await own.read();
          const ids = Object.keys(JSON.parse(state?.files.connections ?? "{}") as object);
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
      expect(await place.seen()).to.equal(textOf(rendered(...ids.map((connId) => ({ connId })))));
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
      expect(await place.seen()).to.equal(textOf(wanted));
      expect((await target.read())?.files.connections).to.equal(textOf(wanted));
    });

    it("shows an unmanaged object without marks, and can take it over", async () => {
      const theirs = rendered({ host: "theirs" });
      await place.plant(textOf(theirs));
      const state = await target.read();
      expect(state?.marks).to.equal(undefined);
      expect(state?.files.connections).to.equal(textOf(theirs));
      expect((await failure(write(rendered({ password: CANARY }), undefined))).code).to.equal("stale-version");
      const adopted = await write(rendered({ host: "ours" }), state);
      expect(adopted.marks).to.deep.equal(marks);
      sameState(await target.read(), adopted);
      expect(await place.seen()).to.equal(textOf(rendered({ host: "ours" })));
    });

    it("sees what another tool changed, and refuses to overwrite it unread", async () => {
      const ours = await write(rendered({ host: "ours" }), undefined);
      await place.plant(textOf(rendered({ host: "theirs" })));
      const changed = await target.read();
      expect(changed?.files.connections).to.equal(textOf(rendered({ host: "theirs" })));
      expect(changed?.version).not.to.equal(ours.version);
      expect((await failure(write(rendered({ password: CANARY }), ours))).code).to.equal("stale-version");
      expect((await failure(target.remove(ours))).code).to.equal("stale-version");
      await write(rendered({ host: "healed" }), await target.read());
      expect(await place.seen()).to.equal(textOf(rendered({ host: "healed" })));
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

    it("keeps Variables beside the connections as long as there are any, in the same compare-and-set", async () => {
      const variables = { key: "text", json: '{"a": 1}', "n-1_.b": 'ünï "\n\\ 👩🏽‍🚀', number: "5", empty: "" };
      const first = withVariables(rendered({ host: "h" }), variables);
      const expectSeen = async (content: Rendered) => {
        expect(await place.seen()).to.equal(textOf(content));
        const seen = await place.seen("variables");
        expect(seen === undefined ? undefined : JSON.parse(seen)).to.deep.equal(
          content.variables && JSON.parse(content.variables.text),
        );
      };
      let state = await write(first, undefined);
      expect(Object.keys(state.files)).to.have.members(["connections", "variables"]);
      sameState(await place.open().read(), state);
      await expectSeen(first);

      const changed = withVariables(rendered({ host: "h" }), { key: CANARY, more: "m" });
      const second = await write(changed, state);
      expect((await failure(write(first, state))).code).to.equal("stale-version");
      sameState(await target.read(), second);
      await expectSeen(changed);

      state = await write(rendered({ host: "i" }), second);
      expect(Object.keys(state.files)).to.deep.equal(["connections"]);
      sameState(await target.read(), state);
      await expectSeen(rendered({ host: "i" }));

      state = await write(changed, state);
      await target.remove(state);
      expect(await target.read()).to.equal(undefined);
      await place.expectNothingLeft?.();
    });

    it("writes the same with Variables and then without as without them", async () => {
      const content = rendered({ host: "h" });
      const plain = (await write(content, undefined)).files;
      const with_ = await write(withVariables(content, { v: "x" }), await target.read());
      expect((await write(content, with_)).files).to.deep.equal(plain);
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
          else expect(contents.map(textOf)).to.include(text);
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
        expect(await place.seen()).to.equal(textOf(large));
        return;
      }
      const state = await write(ofSize(maxBytes), undefined);
      const half = withVariables(ofSize(maxBytes - 100), { v: "x".repeat(100) });
      expect((await failure(write(half, state))).code).to.equal("unsupported");
      expect(await place.seen()).to.equal(textOf(ofSize(maxBytes)));
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
