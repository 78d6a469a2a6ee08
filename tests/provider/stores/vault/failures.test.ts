import { inspect } from "node:util";

import { expect } from "chai";

import { StoreUnavailableError, UnsupportedError } from "../../../../provider/errors";
import {
  isNotFound,
  isPassing,
  isStale,
  networkFailure,
  replyFailure,
} from "../../../../provider/stores/vault/failures";
import type { VaultReply, VaultRequest } from "../../../../provider/stores/vault/http";

const request: VaultRequest = { method: "POST", path: "secret/data/airflow/d/c?version=2", token: "hvs.s3cr3t" };
const reply = (status: number, body: unknown = { errors: ["s3cr3t said"] }): VaultReply => ({
  status,
  body,
  retryAfterSeconds: undefined,
});

describe("Vault failures", () => {
  const statuses: [number, unknown, string, RegExp][] = [
    [503, { errors: ["Vault is sealed"] }, "sealed", /unseal/],
    [403, { errors: ["permission denied"] }, "denied", /create and update/],
    [429, { errors: ["rate limit"] }, "throttled", /quota/],
    [404, { errors: ["no handler for route"] }, "failed", /mount/],
    [307, undefined, "failed", /active node/],
    [500, { errors: ["s3cr3t"] }, "failed", /500/],
    [418, "s3cr3t", "failed", /418/],
  ];
  for (const [status, body, reason, text] of statuses) {
    it(`report status ${status} as ${reason}`, () => {
      const failure = replyFailure(request, reply(status, body), "denied");
      expect(failure).to.be.instanceOf(StoreUnavailableError).with.property("reason", reason);
      expect(failure.message)
        .to.match(text)
        .and.to.match(/^store "vault": "secret\/data\/airflow\/d\/c": /);
      expect(inspect(failure, { depth: 10, showHidden: true })).not.to.contain("s3cr3t");
    });
  }

  it("name the capability that a denial asks for", () => {
    const denied = (method: VaultRequest["method"], path: string): string =>
      replyFailure({ method, path }, reply(403), "denied").message;
    expect(denied("GET", "secret/data/x")).to.contain("policy read on");
    expect(denied("GET", "secret/metadata/x/?list=true")).to.contain("policy list on");
    expect(denied("DELETE", "secret/metadata/x")).to.contain("policy delete on");
    expect(replyFailure(request, reply(403), "expired")).to.have.property("reason", "expired");
    const unclear = replyFailure(request, reply(403), "unclear");
    expect(unclear).to.have.property("reason", "denied");
    expect(unclear.message).to.contain("create and update").and.to.contain("log in again if it has expired");
    expect(replyFailure({ method: "POST", path: "auth/jwt/login" }, reply(400), "denied")).to.have.property(
      "reason",
      "denied",
    );
    expect(replyFailure(request, reply(413), "denied")).to.be.instanceOf(UnsupportedError);
  });

  const codes: Record<string, [string, RegExp]> = {
    ETIMEDOUT: ["timeout", /timeoutMs/],
    ECONNREFUSED: ["unreachable", /ECONNREFUSED/],
    ENOTFOUND: ["unreachable", /VAULT_ADDR/],
    DEPTH_ZERO_SELF_SIGNED_CERT: ["unreachable", /VAULT_CACERT/],
    ERR_TLS_CERT_ALTNAME_INVALID: ["unreachable", /certificate/],
    ENOENT: ["missing", /VAULT_CACERT/],
  };
  for (const [code, [reason, text]] of Object.entries(codes)) {
    it(`report ${code} as ${reason}`, () => {
      const failure = networkFailure(request, "https://v", Object.assign(new Error("s3cr3t"), { code }));
      expect(failure).to.have.property("reason", reason);
      expect(failure.message).to.match(text);
      expect(inspect(failure, { depth: 10, showHidden: true })).not.to.contain("s3cr3t");
    });
  }

  it("tell Vault's own not found from every other 404", () => {
    expect(isNotFound(reply(404, { errors: [] }))).to.equal(true);
    expect(isNotFound(reply(404, { data: { data: null, metadata: {} } }))).to.equal(true);
    for (const body of [undefined, null, "<html>", {}, { errors: ["no handler for route"] }, []]) {
      expect(isNotFound(reply(404, body)), JSON.stringify(body)).to.equal(false);
    }
    expect(isNotFound(reply(200, { errors: [] }))).to.equal(false);
  });

  it("tell what passes from what does not", () => {
    for (const status of [412, 429, 500, 502, 504]) expect(isPassing(reply(status)), String(status)).to.equal(true);
    expect(isPassing(reply(503, { errors: ["Vault is sealed"] }))).to.equal(false);
    expect(isPassing(reply(503, { errors: ["local node not active"] }))).to.equal(true);
    expect(isPassing(reply(400, { errors: ["Upgrading from non-versioned to versioned data."] }))).to.equal(true);
    for (const status of [200, 400, 403, 404]) expect(isPassing(reply(status)), String(status)).to.equal(false);
    const stale = "check-and-set parameter did not match the current version";
    expect([
      isStale(reply(400, { errors: [stale] })),
      isStale(reply(400)),
      isStale(reply(500, { errors: [stale] })),
    ]).to.deep.equal([true, false, false]);
  });
});
