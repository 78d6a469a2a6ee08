import { expect } from "chai";
import { detailedDiff } from "../../../provider/plugin/detailed-diff";
import { UNKNOWN } from "../../../provider/resources/declaration/values";

const diff = (olds: object, news: object, replaces: string[] = []) =>
  Object.fromEntries(
    [...detailedDiff({ ...olds }, { ...news }, replaces)].map(([path, { kind, isReplaced }]) => [
      path,
      isReplaced ? `${kind}-replace` : kind,
    ]),
  );

describe("a detailed diff", () => {
  const cases: [name: string, olds: object, news: object, expected: object][] = [
    ["nothing for what is equal", { a: { b: [1] } }, { a: { b: [1] } }, {}],
    ["what is added, removed and changed", { a: 1, b: 1 }, { b: 2, c: 3 }, { a: "delete", b: "update", c: "add" }],
    [
      "the member of an object",
      { extra: { role: "a", x: 1 } },
      { extra: { role: "b", x: 1 } },
      { "extra.role": "update" },
    ],
    ["a key with a dot in quotes", { extra: { "a.b": 1 } }, { extra: { "a.b": 2 } }, { 'extra["a.b"]': "update" }],
    ["a list as a whole", { exclude: ["a"] }, { exclude: ["a", "b"] }, { exclude: "update" }],
    ["another type as an update", { extra: { a: 1 } }, { extra: "text" }, { extra: "update" }],
    ["an unknown value as an update", { host: "a" }, { host: UNKNOWN }, { host: "update" }],
    ["null as absent", { login: "a", port: undefined }, { login: null, port: null }, { login: "delete" }],
    ["no counter", { change: 1 }, { change: 2 }, {}],
    ["a counter within extra", { extra: { change: 1 } }, { extra: { change: 2 } }, { "extra.change": "update" }],
  ];
  for (const [name, olds, news, expected] of cases)
    it(`has ${name}`, () => expect(diff(olds, news)).to.deep.equal(expected));

  it("says of each property whether it replaces", () => {
    const [olds, news] = [
      { connId: "a", workspace: { name: "x" }, host: "h" },
      { connId: "b", workspace: { name: "y" } },
    ];
    expect(diff(olds, news, ["connId", "workspace"])).to.deep.equal({
      connId: "update-replace",
      "workspace.name": "update-replace",
      host: "delete",
    });
  });
});
