import { expect } from "chai";
import { FILE_KINDS } from "../../../provider/airflow/file";
import { connectionKind } from "../../../provider/objects/connection/kind";
import { EffectiveObject } from "../../../provider/objects/effective";
import type { ObjectKind } from "../../../provider/objects/kind";
import { objectKinds } from "../../../provider/objects/registry";
import { variableKind } from "../../../provider/objects/variable/kind";
import { pathText } from "../../../provider/path";
import { spyingKind } from "../../fakes/spying-kind";

const CANARY = "canary-71ce";

/** What is asked of every kind, with an example of its fields. */
const samples: { kind: ObjectKind; base: object; nothing: object[]; patch: object; merged: object; invalid: object }[] =
  [
    {
      kind: connectionKind,
      base: { connType: "postgres", host: "db", password: CANARY, extra: { a: 1 } },
      nothing: [{}, { host: undefined, extra: undefined }],
      patch: { host: null, extra: { b: CANARY } },
      merged: { connType: "postgres", password: CANARY, extra: { a: 1, b: CANARY } },
      invalid: { connType: "postgres", password: `${CANARY}\ud800` },
    },
    {
      kind: variableKind,
      base: { value: CANARY, description: "shown" },
      nothing: [{}, { value: undefined }],
      patch: { value: `other ${CANARY}` },
      merged: { value: `other ${CANARY}`, description: "shown" },
      invalid: { value: `${CANARY}\ud800` },
    },
  ];

describe("kinds of shared objects", () => {
  it("are all tried here, and go by their names, collections and files", () => {
    expect([...objectKinds.values()]).to.deep.equal(samples.map(({ kind }) => kind));
    for (const [name, kind] of objectKinds) expect(kind.name).to.equal(name);
    for (const part of ["name", "collection", "file"] as const)
      expect(new Set([...objectKinds.values()].map((kind) => kind[part])).size, part).to.equal(objectKinds.size);
    expect([...objectKinds.values()].map(({ file }) => file)).to.have.members([...FILE_KINDS]);
  });

  for (const { kind, base, nothing, patch, merged, invalid } of samples)
    describe(kind.name, () => {
      it("gives the base itself for a patch that sets nothing", () => {
        for (const one of nothing) expect(kind.merge(base, one), JSON.stringify(one)).to.equal(base);
      });

      it("applies a patch to a copy", () => {
        const before = structuredClone({ base, patch });
        expect(kind.merge(base, patch)).to.deep.equal(merged);
        expect({ base, patch }).to.deep.equal(before);
      });

      it("takes its own fields and patches as stored, and refuses others", () => {
        expect(kind.baseSchema.safeParse(base).success).to.equal(true);
        for (const one of [...nothing, patch]) expect(kind.patchSchema.safeParse(one).success).to.equal(true);
        for (const wrong of [undefined, null, "text", [], {}, { connType: 1, value: 1 }])
          expect(kind.baseSchema.safeParse(wrong).success, JSON.stringify(wrong)).to.equal(false);
        for (const wrong of [undefined, null, "text", [], { host: 1, value: 1 }])
          expect(kind.patchSchema.safeParse(wrong).success, JSON.stringify(wrong)).to.equal(false);
      });

      it("shows nothing that may be a secret", () => {
        expect(JSON.stringify(kind.publicFieldsOf(base))).not.to.contain(CANARY);
        const problems = kind.problemsOf(`${CANARY} `, invalid);
        expect(problems).to.have.length(2);
        expect(JSON.stringify(problems)).not.to.contain(CANARY);
      });

      it("renders JSON in ASCII, the same for equal values", () => {
        const shuffled = Object.fromEntries(Object.entries(base).reverse());
        expect(kind.problemsOf("id", base)).to.deep.equal([]);
        expect(kind.render(base)).to.equal(kind.render(shuffled));
        expect(() => JSON.parse(kind.render(base)) as unknown).not.to.throw();
        expect(kind.render(kind.merge(base, patch))).to.match(/^[ -~]+$/);
      });
    });
});

describe("connection kind", () => {
  it("shows the type, and names the id by what it is called in the program", () => {
    expect(connectionKind.publicFieldsOf({ connType: "http", host: "h" })).to.deep.equal({ connType: "http" });
    expect(connectionKind.problemsOf("a b", { connType: "" }).map(({ path }) => pathText(path))).to.deep.equal([
      "connId",
      "connType",
    ]);
  });
});

describe("variable kind", () => {
  it("renders text as a JSON string, also when it is JSON itself", () => {
    expect(variableKind.render({ value: '{"a": "ü"}' })).to.equal('"{\\"a\\": \\"\\u00fc\\"}"');
    expect(variableKind.render({ value: "" })).to.equal('""');
  });

  it("does not render its description, which Airflow's files do not know", () => {
    expect(variableKind.render({ value: "v", description: "d" })).to.equal('"v"');
  });

  it("takes the empty text as a value of a link", () => {
    expect(variableKind.merge({ value: "v" }, { value: "" })).to.deep.equal({ value: "" });
  });

  it("names the key by what it is called in the program", () => {
    expect(variableKind.problemsOf("a b", { value: "v" }).map(({ path }) => pathText(path))).to.deep.equal(["key"]);
  });
});

describe("EffectiveObject", () => {
  it("asks its kind when it is asked, and once", () => {
    const { kind, calls } = spyingKind();
    const object = new EffectiveObject(kind, "c", { connType: "http" });
    expect(calls).to.deep.equal({ merge: 0, problemsOf: 0, render: 0 });
    for (let time = 0; time < 3; time++)
      expect([object.problems, object.entry]).to.deep.equal([[], '{"conn_type":"http"}']);
    expect(calls).to.deep.equal({ merge: 0, problemsOf: 1, render: 1 });
  });

  it("keeps its problems, too", () => {
    const { kind, calls } = spyingKind();
    const object = new EffectiveObject(kind, "a b", { connType: "http" });
    for (let time = 0; time < 3; time++) expect(object.problems).to.have.length(1);
    expect(calls.problemsOf).to.equal(1);
  });
});
