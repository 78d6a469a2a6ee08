import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "chai";

import { StoreUnavailableError } from "../../../../provider/errors";
import { awsClient } from "../../../../provider/stores/aws-secrets-manager/client";
import { parseAwsOptions } from "../../../../provider/stores/aws-secrets-manager/options";
import type { Deadline } from "../../../../provider/stores/shared/tombstone";
import { parseVaultOptions } from "../../../../provider/stores/vault/options";
import { vaultClient } from "../../../../provider/stores/vault/client";

const LOGIN = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "key", AWS_REGION: "eu-west-1" };
const OVER: Deadline = { remainingMs: () => 0 };
const AHEAD: Deadline = { remainingMs: () => 60_000 };

describe("a removal with a deadline", () => {
  const environment = { ...process.env };
  let server: Server;
  let address: string;
  let seen: string[];
  let beforeAnswer: () => void;

  beforeEach(async () => {
    Object.assign(process.env, LOGIN);
    seen = [];
    beforeAnswer = () => undefined;
    server = createServer((request, response) => {
      const isLook = request.url?.endsWith("lookup-self") === true;
      if (!isLook) seen.push(request.method ?? "");
      beforeAnswer();
      response.writeHead(isLook ? 200 : 500, { "content-type": "application/json" });
      response.end(isLook ? JSON.stringify({ data: { ttl: 0 } }) : "{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
    for (const name of Object.keys(LOGIN)) {
      if (environment[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = environment[name];
    }
  });

  const clients: Record<string, (within: Deadline) => Promise<unknown>> = {
    async Vault(within) {
      const options = parseVaultOptions(`vault://secret/a?address=${address}`);
      const client = vaultClient(options, () => ({ env: { VAULT_TOKEN: "t" }, home: "/nonexistent" }));
      await client.call({ method: "DELETE", path: "secret/metadata/a/c", within }, 1).finally(() => {
        client.close();
      });
    },
    async AWS(within) {
      const client = awsClient(parseAwsOptions(`aws-sm://a?endpoint=${address}`));
      const run: Parameters<typeof client.call>[1] = (sdk, options) => sdk.deleteSecret({ SecretId: "c" }, options);
      await client.call({ action: "DeleteSecret", name: "c" }, run, undefined, within).finally(() => client.close());
    },
  };

  for (const [name, remove] of Object.entries(clients)) {
    const failureOf = async (within: Deadline): Promise<StoreUnavailableError> => {
      const failure = await remove(within).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(StoreUnavailableError);
      return failure as StoreUnavailableError;
    };

    it(`is not sent to ${name} when it is over`, async () => {
      expect((await failureOf(OVER)).reason).to.equal("timeout");
      expect(seen).to.deep.equal([]);
    });

    it(`is sent to ${name} once, whatever comes of it`, async () => {
      expect((await failureOf(AHEAD)).reason).to.equal("failed");
      expect(seen).to.have.length(1);
    });
  }

  it("is not sent to Vault when the login took too long", async () => {
    let left = 1_000;
    beforeAnswer = () => (left = 0);
    const failure = await clients["Vault"]?.({ remainingMs: () => left }).catch((error: unknown) => error);
    expect(failure).to.have.property("reason", "timeout");
    expect(seen).to.deep.equal([]);
  });
});
