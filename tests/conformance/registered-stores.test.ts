import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { storeAddressProblem, storeSchemes } from "../../provider/stores/registry";

const STORES = join(__dirname, "..", "..", "provider", "stores");
const TESTS = join(__dirname, "..");

/** An address of each scheme, and the folder of its code. */
const REGISTERED: Record<string, { address: string; folder: string }> = {
  local: { address: "local:.airflow-env", folder: "local" },
  kubernetes: { address: "kubernetes://airflow-env", folder: "kubernetes" },
  "aws-sm": { address: "aws-sm://airflow", folder: "aws-secrets-manager" },
  "gcp-sm": { address: "gcp-sm://my-project/airflow", folder: "google-secret-manager" },
  vault: { address: "vault://secret/airflow", folder: "vault" },
};

describe("registered stores", () => {
  const files = readdirSync(TESTS, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".test.ts"));
  const sources = files.map((name) => readFileSync(join(TESTS, name), "utf8"));

  it("are all that have a folder", () => {
    const folders = readdirSync(STORES).filter((name) => existsSync(join(STORES, name, "store.ts")));
    expect(Object.keys(REGISTERED).sort()).to.deep.equal([...storeSchemes].sort());
    expect(folders.sort()).to.deep.equal(
      Object.values(REGISTERED)
        .map(({ folder }) => folder)
        .sort(),
    );
  });

  for (const [scheme, { address, folder }] of Object.entries(REGISTERED)) {
    it(`${scheme}: has an address that the registry takes, and runs the conformance suite`, () => {
      expect(storeAddressProblem(address)).to.equal(undefined);
      expect(sources.filter((source) => source.includes(`describeStoreConformance("${folder}"`))).to.have.length(1);
    });
  }

  it("are all tested in CI", () => {
    if (process.env.CI) expect(process.env.STORES, "STORES would leave stores untested").to.equal(undefined);
  });
});
