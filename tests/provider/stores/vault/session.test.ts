import { expect } from "chai";

import { StoreUnavailableError } from "../../../../provider/errors";
import type { VaultReply, VaultRequest } from "../../../../provider/stores/vault/http";
import { parseVaultOptions } from "../../../../provider/stores/vault/options";
import { vaultSession } from "../../../../provider/stores/vault/session";

const TOKEN = { VAULT_TOKEN: "t" };
const APPROLE = { VAULT_ROLE_ID: "r", VAULT_SECRET_ID: "s" };
const reply = (status: number, body: unknown): VaultReply => ({ status, body, retryAfterSeconds: undefined });
const looked = reply(200, { data: { ttl: 0, renewable: false } });
const refused = (...errors: string[]): VaultReply => reply(403, { errors });
const granted = (token: string, seconds = 3600): VaultReply =>
  reply(200, { auth: { client_token: token, lease_duration: seconds, renewable: true } });

describe("Vault sessions", () => {
  /** A session whose requests are answered in this order, and what it asked for. */
  function session(env: NodeJS.ProcessEnv, ...answers: (VaultReply | Promise<VaultReply>)[]) {
    const asked: string[] = [];
    const send = async (request: VaultRequest): Promise<VaultReply> => {
      asked.push(`${request.method} ${request.path}`);
      const answer = answers.shift();
      if (answer === undefined) throw new Error("nothing more to answer");
      return answer;
    };
    const options = parseVaultOptions("vault://secret/airflow");
    const failed = (): Error => new StoreUnavailableError("denied", "login refused");
    return { asked, ...vaultSession(options, () => ({ env, home: "/nonexistent" }), send, failed) };
  }

  describe("after a denial", () => {
    const verdicts: [what: string, answers: VaultReply[], verdict: string][] = [
      ["the policy forbids, when the token may still look itself up", [looked, looked], "denied"],
      ["the token ended, when it no longer may", [looked, refused("permission denied")], "expired"],
      ["the token ended, when the server says so", [refused("permission denied"), refused("invalid token")], "expired"],
      [
        "it is unclear, when the token never could",
        [refused("permission denied"), refused("permission denied")],
        "unclear",
      ],
    ];
    for (const [what, answers, verdict] of verdicts) {
      it(`${what}`, async () => {
        const { token, afterDenial } = session(TOKEN, ...answers);
        expect(await afterDenial(await token())).to.equal(verdict);
      });
    }

    it("logs in again when it can, once for all who were denied at the same time", async () => {
      const no = refused("permission denied");
      const { token, afterDenial, asked } = session(APPROLE, granted("a"), no, no, granted("b"));
      const used = await token();
      expect(await Promise.all([afterDenial(used), afterDenial(used)])).to.deep.equal(["renewed", "renewed"]);
      expect(asked.filter((each) => each.endsWith("login"))).to.have.length(2);
      expect(await token()).to.equal("b");
      expect(await afterDenial(used)).to.equal("renewed");
    });
  });

  it("forget a failed login, so that the next call tries again", async () => {
    const { token } = session(APPROLE, reply(400, { errors: [] }), granted("a"));
    const failure = await token().catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(StoreUnavailableError);
    expect(await token()).to.equal("a");
  });
});
