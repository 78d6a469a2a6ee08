import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { openStore } from "../../../provider/stores/registry";
import type { SecretsStore } from "../../../provider/stores/store";
import type { VaultServer } from "../../../tools/servers/vault.mjs" with { "resolution-mode": "import" };
import { contents, fill, run, sampleDocuments } from "../../cli/harness";
import { startBackend, type AwsBackend } from "./aws-backend";
import { startBackend as startGoogle, type GoogleBackend } from "./google-backend";
import { isWanted } from "./wanted";

function movesThroughStores(): void {
  let folder: string;
  let vault: VaultServer;
  let aws: AwsBackend;
  let google: GoogleBackend;
  let stores: SecretsStore[];
  const environment = { ...process.env };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "copy-"));
    const { startVault } = await import("../../../tools/servers/vault.mjs");
    vault = await startVault();
    aws = await startBackend("airflow");
    google = await startGoogle("airflow");
    process.env["VAULT_TOKEN"] = vault.rootToken;
    process.env["XDG_CONFIG_HOME"] = folder;
    stores = [
      await openStore(`local:${join(folder, "first")}`),
      await openStore(`vault://secret/airflow?address=${vault.address}`),
      aws.open(),
      google.open(),
      await openStore(`local:${join(folder, "last")}`),
    ];
  });
  after(async () => {
    for (const store of stores) await store.close();
    await aws.stop();
    await google.stop();
    await vault.stop();
    for (const name of ["VAULT_TOKEN", "XDG_CONFIG_HOME"]) {
      if (environment[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = environment[name];
    }
    await rm(folder, { recursive: true });
  });

  /** The command closes what it opens; the test goes on with the same stores. */
  const lent = () => stores.map((store) => ({ ...store, close: () => Promise.resolve() }));
  const addressOf = (index: number) => stores[index]?.address ?? "";

  it("arrives as it left, whatever lies between", async () => {
    const first = stores[0]!;
    await fill(first, sampleDocuments());
    const before = await contents(first);
    for (let hop = 1; hop < stores.length; hop++) {
      const copy = ["store", "copy", addressOf(hop - 1), addressOf(hop), "--json"];
      const { code, stdout, stderr } = await run(lent(), copy);
      expect(code, stderr).to.equal(0);
      expect(JSON.parse(stdout).workspaces[0].copied).to.have.members(Object.keys(before));
      expect(await contents(stores[hop]!)).to.deep.equal(before);
      const again = await run(lent(), copy);
      expect(JSON.parse(again.stdout).workspaces[0].copied).to.deep.equal([]);
    }
    expect(await contents(first)).to.deep.equal(before);
  });

  it("lists the same from every store", async () => {
    const listings = [];
    for (let index = 0; index < stores.length; index++) {
      const { stdout, stderr } = await run(lent(), ["store", "list", addressOf(index), "--json"]);
      expect(stderr).to.equal("");
      listings.push(sortedFields(JSON.parse(stdout).workspaces));
    }
    for (const listing of listings) expect(listing).to.deep.equal(listings[0]);
  });

  it("sets, replaces and removes a value in every store", async () => {
    for (let index = 0; index < stores.length; index++) {
      const where = ["--store", addressOf(index), "--workspace", "data", "--json"];
      const outcome = async (verb: string, stdin = "") =>
        JSON.parse((await run(lent(), ["value", verb, "pw", ...where], { stdin })).stdout).outcome as string;
      expect(await outcome("set", "one")).to.equal("created");
      expect(await outcome("set", "two")).to.equal("replaced");
      expect(await outcome("remove")).to.equal("removed");
      expect(await outcome("remove")).to.equal("absent");
      expect(await outcome("set", "three")).to.equal("created");
      expect(await outcome("remove")).to.equal("removed");
    }
  });
}

if (["vault", "aws-secrets-manager", "google-secret-manager"].every(isWanted))
  describe(
    "moving a Workspace from local through vault, aws-secrets-manager and google-secret-manager to local",
    movesThroughStores,
  );

/** The order of field names is that of the document, which a copy reads back sorted. */
function sortedFields(workspaces: { connections: { fields: string[] }[] }[]): unknown {
  for (const { connections } of workspaces) for (const connection of connections) connection.fields.sort();
  return workspaces;
}
