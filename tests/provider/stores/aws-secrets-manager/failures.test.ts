import { inspect } from "node:util";

import { expect } from "chai";

import { StoreUnavailableError } from "../../../../provider/errors";
import {
  awsFailure,
  isAbsent,
  isMarkedForDeletion,
  QUOTA_USED_UP,
  VersionLimitError,
} from "../../../../provider/stores/aws-secrets-manager/failures";

const call = { action: "GetSecretValue", name: "airflow/data/connections/c" };

function sdkError(name: string, message = "", more: object = {}): Error {
  return Object.assign(new Error(message), { name, ...more });
}

describe("AWS failures", () => {
  const table: [string, Error, string, RegExp][] = [
    [
      "a denial",
      sdkError("AccessDeniedException", "User: arn is not authorized"),
      "denied",
      /secretsmanager:GetSecretValue/,
    ],
    ["a denied key", sdkError("AccessDeniedException", "Access to KMS is not allowed"), "denied", /kms:Decrypt/],
    ["a disabled key", sdkError("DecryptionFailure"), "denied", /KMS key/],
    ["an expired token", sdkError("ExpiredTokenException"), "expired", /log in again/],
    [
      "an expired SSO session",
      sdkError("CredentialsProviderError", "The SSO session has expired"),
      "expired",
      /aws sso login/,
    ],
    ["no credentials", sdkError("CredentialsProviderError", "Could not load"), "missing", /AWS_PROFILE/],
    ["no region", sdkError("Error", "Region is missing"), "missing", /AWS_REGION/],
    ["wrong credentials", sdkError("UnrecognizedClientException"), "denied", /credentials/],
    ["throttling", sdkError("ThrottlingException"), "throttled", /--parallel/],
    ["status 429", sdkError("Unknown", "", { $metadata: { httpStatusCode: 429 } }), "throttled", /throttled/],
    ["a timeout", sdkError("TimeoutError"), "timeout", /timeoutMs/],
    ["a refused connection", sdkError("Error", "", { code: "ECONNREFUSED" }), "unreachable", /ECONNREFUSED/],
    ["several refused connections", new AggregateError([{ code: "ENETUNREACH" }]), "unreachable", /ENETUNREACH/],
    ["an unknown host", sdkError("Error", "", { code: "ENOTFOUND" }), "unreachable", /endpoint/],
    [
      "a server's failure",
      sdkError("InternalServiceError", "", { $metadata: { httpStatusCode: 500 } }),
      "failed",
      /500/,
    ],
    ["anything else", sdkError("InvalidParameterException", "Value 's3cr3t' failed"), "failed", /InvalidParameter/],
  ];
  for (const [what, error, reason, text] of table) {
    it(`report ${what} as ${reason}`, () => {
      const failure = awsFailure(error, call);
      expect(failure).to.be.instanceOf(StoreUnavailableError).with.property("reason", reason);
      expect(failure.message).to.match(text).and.to.contain(call.name);
    });
  }

  it("name the quota of versions", () => {
    const failure = awsFailure(sdkError(QUOTA_USED_UP), { ...call, action: "PutSecretValue" });
    expect(failure).to.be.instanceOf(VersionLimitError);
    expect(failure.message).to.match(/PutSecretValue.*100 versions/);
  });

  it("survive what is no error", () => {
    expect(awsFailure("s3cr3t", call).message).not.to.contain("s3cr3t");
  });

  it("never repeat what AWS or a parser said, but for a denial", () => {
    const response = { body: "s3cr3t", headers: { authorization: "s3cr3t" } };
    const quoting = sdkError("SyntaxError", `Unexpected token 's', "s3cr3t" is not valid JSON`, {
      $response: response,
    });
    for (const error of [quoting, sdkError("ValidationException", "Value 's3cr3t' at 'secretString'")]) {
      const shown = inspect(awsFailure(error, call), { depth: 10, showHidden: true });
      expect(shown).not.to.contain("s3cr3t");
    }
    const denied = awsFailure(sdkError("AccessDeniedException", "User: arn:x is not authorized"), call);
    expect((denied.cause as Error).message).to.contain("User: arn:x");
  });

  it("read as absence only what AWS says is absent", () => {
    expect(isAbsent(sdkError("ResourceNotFoundException"))).to.equal(true);
    const deleted = "You can't perform this operation on the secret because it was marked for deletion.";
    const scheduled = "You can't create this secret because a secret with this name is already scheduled for deletion.";
    for (const text of [deleted, scheduled]) {
      expect(isMarkedForDeletion(sdkError("InvalidRequestException", text)), text).to.equal(true);
      expect(isAbsent(sdkError("InvalidParameterException", text)), text).to.equal(false);
    }
    expect(isAbsent(sdkError("InvalidRequestException", "something else"))).to.equal(false);
    for (const [, error] of table) expect(isAbsent(error)).to.equal(false);
  });
});
