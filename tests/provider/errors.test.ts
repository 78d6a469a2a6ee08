import { expect } from "chai";
import * as errors from "../../provider/errors";

const cause = new Error("why");

/** Programs, scripts and older states tell failures apart by these codes: change none. */
const TABLE: { error: errors.ProviderError; name: string; code: string }[] = [
  { error: new errors.ProviderError("failed", "m"), name: "ProviderError", code: "failed" },
  { error: new errors.InputError("m", []), name: "InputError", code: "input" },
  { error: new errors.SecretNotFoundError("m", { cause }), name: "SecretNotFoundError", code: "not-found" },
  {
    error: new errors.StoreUnavailableError("denied", "m", { cause }),
    name: "StoreUnavailableError",
    code: "store-unavailable",
  },
  {
    error: new errors.TargetUnavailableError("timeout", "m", { cause }),
    name: "TargetUnavailableError",
    code: "target-unavailable",
  },
  { error: new errors.TargetMissingError("m"), name: "TargetMissingError", code: "target-missing" },
  { error: new errors.ConflictError("m", { cause }), name: "ConflictError", code: "conflict" },
  { error: new errors.StaleVersionError("m", { cause }), name: "StaleVersionError", code: "stale-version" },
  { error: new errors.UnsupportedError("m", { cause }), name: "UnsupportedError", code: "unsupported" },
  { error: new errors.PartialCreateError("the-id", {}, ["m"]), name: "PartialCreateError", code: "partial" },
];

describe("errors", () => {
  for (const { error, name, code } of TABLE)
    it(`${name} has the code "${code}"`, () => {
      expect(error).to.be.instanceOf(errors.ProviderError).and.to.be.instanceOf(Error);
      expect([error.name, error.code, error.message]).to.deep.equal([name, code, "m"]);
    });

  it("the table is complete and no code is used twice", () => {
    expect(TABLE.map(({ name }) => name)).to.have.members(Object.keys(errors).filter((name) => name.endsWith("Error")));
    expect(new Set(TABLE.map(({ code }) => code))).to.have.property("size", TABLE.length);
  });

  it("causes pass through", () => {
    for (const { error } of TABLE.filter(({ error }) => error.cause !== undefined))
      expect(error.cause, error.name).to.equal(cause);
  });

  it("only PartialCreateError has an id: Pulumi records the resource of any error that has one", () => {
    expect(TABLE.filter(({ error }) => "id" in error).map(({ name }) => name)).to.deep.equal(["PartialCreateError"]);
  });

  it("PartialCreateError carries what Pulumi records, and one line per reason", () => {
    const error = new errors.PartialCreateError("the-id", { host: "db" }, ["first", "second"]);
    expect({ ...error }).to.include({ id: "the-id", code: "partial" });
    expect(error.properties).to.deep.equal({ host: "db" });
    expect(error.reasons).to.deep.equal(["first", "second"]);
    expect(error.message).to.equal("first\nsecond");
  });

  it("a problem is one line that names the input by its path", () => {
    const problem = { path: ["overrides", "extra", "fs.key", 0], reason: "must be text" };
    expect(errors.problemText(problem)).to.equal('overrides.extra["fs.key"][0]: must be text');
    expect(errors.problemText({ path: [], reason: "of the whole" })).to.equal("of the whole");
  });

  it("a lost compare-and-set is a conflict, so that who does not retry reports one", () => {
    expect(new errors.StaleVersionError("m")).to.be.instanceOf(errors.ConflictError);
  });
});
