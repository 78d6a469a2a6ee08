import { expect } from "chai";
import { StaleVersionError, StoreUnavailableError } from "../../../../provider/errors";
import { SecretCalls } from "../../../../provider/stores/aws-secrets-manager/secret-calls";
import { moveVersion, TRIES } from "../../../../provider/stores/aws-secrets-manager/version-move";
import { defaultTombstoneTiming } from "../../../../provider/stores/shared/tombstone";
import { instantClock } from "../../../fakes/instant-clock";
import { FakeSdk, sdkError } from "./fake-sdk";

describe("moving AWSCURRENT", () => {
  let sdk: FakeSdk;
  beforeEach(() => (sdk = new FakeSdk("v1")));

  const move = () => {
    const calls = new SecretCalls(sdk.client, { recoveryWindowDays: 0 });
    return moveVersion(calls, { ...defaultTombstoneTiming, clock: instantClock() }, "c", "text", "v1", "v2");
  };
  const failureOf = async () => {
    try {
      await move();
    } catch (error) {
      return error as Error;
    }
    return undefined;
  };
  const timeout = () => {
    throw sdkError("TimeoutError");
  };

  it("puts the value where nobody reads it first", async () => {
    await move();
    expect(sdk.actions()).to.deep.equal(["put", "move"]);
    expect(sdk.calls[0]?.input).to.deep.include({ ClientRequestToken: "v2", VersionStages: ["airflow-env-staged"] });
    expect(sdk.labels["AWSCURRENT"]).to.equal("v2");
  });

  it("has won although the reply was lost", async () => {
    sdk.after["move"] = timeout;
    await move();
    expect(sdk.actions()).to.deep.equal(["put", "move", "describe"]);
  });

  it("has won although the reply was lost and the next writer has come already", async () => {
    sdk.after["move"] = () => {
      sdk.labels = { AWSCURRENT: "v3", AWSPREVIOUS: "v2" };
      timeout();
    };
    await move();
  });

  it("has lost to another version", async () => {
    sdk.labels = { AWSCURRENT: "theirs" };
    expect(await failureOf())
      .to.be.instanceOf(StaleVersionError)
      .with.property("message")
      .contains("changed since");
  });

  it("has lost to a deletion", async () => {
    sdk.instead["put"] = () => {
      throw sdkError("ResourceNotFoundException");
    };
    expect(await failureOf())
      .to.be.instanceOf(StaleVersionError)
      .with.property("message")
      .contains("was deleted");
  });

  it("tries again while AWS does not see the new version yet", async () => {
    let refusals = 3;
    sdk.instead["move"] = () => {
      if (refusals-- > 0) throw sdkError("InvalidParameterException");
      sdk.labels = { AWSCURRENT: "v2", AWSPREVIOUS: "v1" };
    };
    await move();
    expect(sdk.actions().filter((action) => action === "move")).to.have.length(4);
  });

  it("gives up on a version that AWS never sees", async () => {
    sdk.instead["move"] = () => {
      throw sdkError("InvalidParameterException");
    };
    expect(await failureOf())
      .to.be.instanceOf(StoreUnavailableError)
      .with.property("reason", "failed");
    expect(sdk.actions().filter((action) => action === "move")).to.have.length(TRIES);
  });

  it("does not repeat what may yet take effect", async () => {
    sdk.instead["move"] = timeout;
    expect(await failureOf())
      .to.be.instanceOf(StoreUnavailableError)
      .with.property("reason", "timeout");
    expect(sdk.actions()).to.deep.equal(["put", "move", "describe"]);
  });

  it("reports the write's own failure when not even a look succeeds", async () => {
    sdk.instead["move"] = timeout;
    sdk.instead["describe"] = () => {
      throw sdkError("ThrottlingException");
    };
    expect(await failureOf()).to.have.property("reason", "timeout");
  });
});
