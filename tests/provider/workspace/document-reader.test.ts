import { expect } from "chai";
import { documentKeys } from "../../../provider/environment/keys";
import { StoreUnavailableError } from "../../../provider/errors";
import { MemoryBackend } from "../../fakes/memory-store";
import { Client, connection, DEPLOYMENT, KEY, put } from "./client";

describe("DocumentReader", () => {
  let us: Client;
  let others: Client;
  beforeEach(() => {
    const backend = new MemoryBackend();
    [us, others] = [new Client(backend), new Client(backend)];
  });

  describe("bulk reads", () => {
    it("serve any number of readers with one listing", async () => {
      await put(others, KEY, connection("db"));
      await Promise.all(Array.from({ length: 100 }, () => us.documents.snapshot()));
      expect(us.calls).to.deep.equal(["list"]);
    });

    it("that failed are tried again by the next reader", async () => {
      us.before = () => {
        throw new StoreUnavailableError("timeout", "slow");
      };
      await us.documents.snapshot().then(
        () => expect.fail("should fail"),
        (error: Error) => expect(error.message).to.equal("slow"),
      );
      us.before = undefined;
      expect((await us.documents.snapshot()).objects).to.deep.equal([]);
    });

    it("begin after each call of refresh, and calls made meanwhile share one", async () => {
      const release = us.holdReply("list");
      const first = us.documents.refresh();
      await new Promise((resolve) => setImmediate(resolve));
      await put(others, KEY, connection("db"));
      const later = [us.documents.refresh(), us.documents.refresh()];
      release();
      expect((await first).objects).to.have.length(0);
      for (const snapshot of await Promise.all(later)) expect(snapshot.objects).to.have.length(1);
      expect(us.count("list")).to.equal(2);
    });
  });

  describe("enumerateDeployments", () => {
    const deployment = (name: string) => ({ kind: "deployment" as const, name, owner: "o", target: {} });

    it("sees the Deployments of others with one listing of keys and one read for each new one", async () => {
      await put(others, DEPLOYMENT, deployment("prod"));
      await us.documents.snapshot();
      await put(others, documentKeys.deployment("data", "late"), deployment("late"));
      await put(others, documentKeys.connection("data", "own", "prod"), connection("db"));
      expect([...(await us.documents.enumerateDeployments()).keys()]).to.have.members(["prod", "late"]);
      expect(us.calls).to.deep.equal(["list", "keys", "find"]);
      await us.documents.enumerateDeployments();
      expect(us.calls).to.deep.equal(["list", "keys", "find", "keys"]);
    });

    it("no longer has those that others deleted", async () => {
      await put(others, DEPLOYMENT, deployment("prod"));
      await us.documents.snapshot();
      await put(others, DEPLOYMENT, undefined);
      expect([...(await us.documents.enumerateDeployments()).keys()]).to.deep.equal([]);
      expect(us.documents.cached.deployments.size).to.equal(0);
    });

    it("keeps a Deployment although the late reply of an earlier bulk read does not have it", async () => {
      await us.documents.snapshot();
      const release = us.holdReply("list");
      const refreshed = us.documents.refresh();
      await put(others, DEPLOYMENT, deployment("prod"));
      const enumerated = await us.documents.enumerateDeployments();
      release();
      await refreshed;
      expect([...enumerated.keys()]).to.deep.equal(["prod"]);
      expect([...us.documents.cached.deployments.keys()]).to.deep.equal(["prod"]);
    });

    it("lists after each call: a Deployment stored before the call is seen, even beside a running listing", async () => {
      await us.documents.snapshot();
      const release = us.holdReply("keys");
      const first = us.documents.enumerateDeployments();
      await new Promise((resolve) => setImmediate(resolve));
      await put(others, DEPLOYMENT, deployment("prod"));
      const second = us.documents.enumerateDeployments();
      release();
      expect((await first).size).to.equal(0);
      expect((await second).size).to.equal(1);
    });
  });
});
