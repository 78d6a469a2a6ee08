import { expect } from "chai";
import { describeGoogleAddress, parseGoogleOptions } from "../../../../provider/stores/google-secret-manager/options";
import { documentSecret, indexSecret } from "../../../../provider/stores/google-secret-manager/names";

const KEY = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k";

describe("addresses of Google Secret Manager", () => {
  it("are read in full", () => {
    const address = `gcp-sm://my-project/team-a?location=europe-west1&kmsKey=${KEY}&timeoutMs=200&maxAttempts=2&endpoint=https://x.example/`;
    expect(parseGoogleOptions(address)).to.deep.equal({
      project: "my-project",
      prefix: "team-a",
      location: "europe-west1",
      kmsKey: KEY,
      timeoutMs: 200,
      maxAttempts: 2,
      endpoint: "https://x.example",
    });
    expect(describeGoogleAddress(parseGoogleOptions(address))).to.equal(
      "gcp-sm://my-project/team-a?location=europe-west1",
    );
  });

  for (const [address, problem] of [
    ["gcp-sm://my-project", "prefix"],
    ["gcp-sm://my-project/a/b", "prefix"],
    ["gcp-sm://my-project/a_b", "prefix"],
    ["gcp-sm://My/airflow", "project"],
    ["gcp-sm://my-project/airflow?location=Europe", "location"],
    ["gcp-sm://my-project/airflow?kmsKey=k", "kmsKey"],
    ["gcp-sm://my-project/airflow?region=x", "no parameter"],
  ] as const)
    it(`${address} is refused for its ${problem}`, () => {
      expect(() => parseGoogleOptions(address)).to.throw(problem);
    });
});

describe("names of Google's secrets", () => {
  it("fit into what Google allows, whatever the key", () => {
    const key = `${"w".repeat(63)}/deployment-connections/${"d".repeat(63)}/${"c_.-".repeat(50)}`;
    expect(documentSecret("p".repeat(60), key)).to.match(/^[A-Za-z0-9_-]{1,255}$/);
  });

  it("of documents never begin like an index, of the same prefix or another one", () => {
    for (const prefix of ["a", "a-index", "a-index-b"])
      for (const key of ["index", "index/index", "w/index"])
        expect(documentSecret(prefix, key)).not.to.match(new RegExp(`^${indexSecret("a")}`));
  });

  it("keep keys apart that look alike", () => {
    const names = ["w/a.b", "w/a-b", "w/a_b", "w/A-b"].map((key) => documentSecret("p", key));
    expect(new Set(names).size).to.equal(names.length);
  });
});
