import { expect } from "chai";
import { StoreUnavailableError } from "../../../../provider/errors";
import { SecretCalls } from "../../../../provider/stores/aws-secrets-manager/secret-calls";
import { FakeSdk, sdkError } from "./fake-sdk";

const throwing = (name: string) => () => {
  throw sdkError(name);
};

describe("calls about one AWS secret", () => {
  let sdk: FakeSdk;
  let calls: SecretCalls;
  beforeEach(() => {
    sdk = new FakeSdk("v1");
    calls = new SecretCalls(sdk.client, { recoveryWindowDays: 7, kmsKeyId: "alias/k" });
  });

  it("a secret that AWS does not have is undefined; a refused look is a failure", async () => {
    sdk.instead["describe"] = throwing("ResourceNotFoundException");
    expect(await calls.describe("c")).to.equal(undefined);
    sdk.instead["describe"] = throwing("AccessDeniedException");
    const failure = await calls.describe("c").catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(StoreUnavailableError).with.property("reason", "denied");
  });

  it("a create brings the tags and the key", async () => {
    expect(await calls.create("c", "text", { a: "1" }, "v2")).to.equal(true);
    expect(sdk.calls[0]?.input).to.deep.include({ KmsKeyId: "alias/k", Tags: [{ Key: "a", Value: "1" }] });
  });

  for (const name of ["ResourceExistsException", "InvalidRequestException"])
    it(`a create that is refused with ${name} finds the name taken`, async () => {
      sdk.instead["create"] = throwing(name);
      expect(await calls.create("c", "text", {}, "v2")).to.equal(false);
    });

  it("a create whose reply was lost counts if its version is there", async () => {
    sdk.instead["create"] = throwing("TimeoutError");
    sdk.labels = { AWSCURRENT: "v2" };
    expect(await calls.create("c", "text", {}, "v2")).to.equal(true);
    const failure = await calls.create("c", "text", {}, "v3").catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(StoreUnavailableError).with.property("reason", "timeout");
  });

  it("only tags that differ are set", async () => {
    await calls.setTags("c", { a: "1", b: "2" }, { a: "1", b: "1" });
    await calls.setTags("c", { a: "1" }, { a: "1", c: "3" });
    expect(sdk.calls.map(({ input }) => input["Tags"])).to.deep.equal([[{ Key: "b", Value: "2" }]]);
  });

  it("what somebody else has restored or deleted is no failure", async () => {
    expect(await calls.restore("c")).to.equal(true);
    sdk.instead["restore"] = throwing("InvalidRequestException");
    sdk.instead["delete"] = throwing("ResourceNotFoundException");
    expect(await calls.restore("c")).to.equal(false);
    await calls.scheduleDeletion("c", { remainingMs: () => 1_000 });
  });

  it("a deletion keeps the recovery window, or none", async () => {
    await calls.scheduleDeletion("c", { remainingMs: () => 1_000 });
    await new SecretCalls(sdk.client, { recoveryWindowDays: 0 }).scheduleDeletion("c", { remainingMs: () => 1_000 });
    expect(sdk.calls.map(({ input }) => input)).to.deep.equal([
      { SecretId: "c", RecoveryWindowInDays: 7 },
      { SecretId: "c", ForceDeleteWithoutRecovery: true },
    ]);
  });
});
