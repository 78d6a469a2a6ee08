import { expect } from "chai";
import { inspect } from "node:util";
import { StoreUnavailableError } from "../../../../provider/errors";
import { networkFailure, replyFailure } from "../../../../provider/stores/google-secret-manager/failures";

const CANARY = "canary-7c91";
const call = { action: "versions.add", secret: "p_d_c_0" };

describe("failures of Google Secret Manager", () => {
  for (const [http, status, message, reason, says] of [
    [401, "UNAUTHENTICATED", "x", "expired", "log in again"],
    [403, "PERMISSION_DENIED", "Permission denied", "denied", "secretmanager.versions.add"],
    [403, "PERMISSION_DENIED", "Secret Manager API has not been used in project 1", "denied", "enable it"],
    [403, "PERMISSION_DENIED", "Permission cloudkms.cryptoKeyVersions.useToEncrypt denied", "denied", "KMS key"],
    [404, "NOT_FOUND", "x", "failed", "project or location"],
    [429, "RESOURCE_EXHAUSTED", "Quota exceeded", "throttled", "--parallel"],
    [500, "INTERNAL", CANARY, "failed", "try again"],
    [400, "FAILED_PRECONDITION", CANARY, "failed", "not possible"],
    [502, "no status", CANARY, "failed", "502"],
  ] as const)
    it(`${http} ${status}, "${message}": is ${reason}`, () => {
      const error = replyFailure(call, { http, status, message });
      expect(error).to.be.instanceOf(StoreUnavailableError).and.to.include({ reason });
      expect(error.message).to.contain("p_d_c_0").and.to.contain(says);
      expect(inspect(error, { depth: 10 })).not.to.contain(CANARY);
    });

  for (const [code, reason] of [
    ["ECONNREFUSED", "unreachable"],
    ["ENOTFOUND", "unreachable"],
    ["ETIMEDOUT", "timeout"],
    ["UND_ERR_HEADERS_TIMEOUT", "timeout"],
  ] as const)
    it(`${code}: is ${reason}`, () => {
      const cause = Object.assign(new Error(CANARY), { code });
      const error = networkFailure(call, new TypeError("fetch failed", { cause }));
      expect(error).to.include({ reason });
      expect(inspect(error, { depth: 10 })).not.to.contain(CANARY);
    });

  it("a call that was given up: is timeout", () => {
    expect(networkFailure(call, new DOMException("x", "TimeoutError"))).to.include({ reason: "timeout" });
  });
});
