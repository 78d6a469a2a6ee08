import { expect } from "chai";
import { listConnectionTypes, nearestNames } from "../../catalog/lookup";

describe("nearestNames", () => {
  const ids = listConnectionTypes().map((type) => type.id);
  const cases: [string, string[]][] = [
    ["postgers", ["postgres"]],
    ["snowflke", ["snowflake"]],
    ["Snow_Flake", ["snowflake"]],
    ["googlecloudplatform", ["google_cloud_platform"]],
    ["completely-different", []],
    ["", []],
  ];
  for (const [name, expected] of cases) {
    it(`"${name}"`, () => expect(nearestNames(name, ids)).to.deep.equal(expected));
  }

  it("puts the nearest first, then the alphabet, and keeps to the limit", () => {
    expect(nearestNames("abcdefgh", ["abcdefxy", "abcdefgx", "abcdefgy"])).to.deep.equal(["abcdefgx", "abcdefgy", "abcdefxy"]);
    expect(nearestNames("abcdefgh", ["abcdefxy", "abcdefgx", "abcdefgy"], 1)).to.deep.equal(["abcdefgx"]);
  });

  it("counts a swap of neighbours as one slip", () => {
    expect(nearestNames("htpt", ["http"])).to.deep.equal(["http"]);
    expect(nearestNames("hxxp", ["http"])).to.deep.equal([]);
  });
});
