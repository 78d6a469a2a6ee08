import { expect } from "chai";

import { InputError } from "../../../../provider/errors";
import { pathText } from "../../../../provider/path";
import { describeAwsAddress, parseAwsOptions } from "../../../../provider/stores/aws-secrets-manager/options";

describe("aws-sm addresses", () => {
  it("have defaults for all but the prefix", () => {
    expect(parseAwsOptions("aws-sm://airflow")).to.deep.equal({
      prefix: "airflow",
      recoveryWindowDays: 30,
      timeoutMs: 15_000,
      maxAttempts: 6,
    });
  });

  it("take everything else as a query", () => {
    const address =
      "aws-sm://Team_A/airflow.v1/?region=eu-west-1&kmsKeyId=alias/airflow&endpoint=https://vpce.example.com" +
      "&recoveryWindowDays=7&timeoutMs=1000&maxAttempts=2";
    expect(parseAwsOptions(address)).to.deep.equal({
      prefix: "Team_A/airflow.v1",
      region: "eu-west-1",
      kmsKeyId: "alias/airflow",
      endpoint: "https://vpce.example.com",
      recoveryWindowDays: 7,
      timeoutMs: 1000,
      maxAttempts: 2,
    });
    expect(describeAwsAddress(parseAwsOptions(address))).to.equal("aws-sm://Team_A/airflow.v1?region=eu-west-1");
    expect(describeAwsAddress(parseAwsOptions("aws-sm://airflow"))).to.equal("aws-sm://airflow");
  });

  it("allow no recovery window at all", () => {
    expect(parseAwsOptions("aws-sm://a?recoveryWindowDays=0").recoveryWindowDays).to.equal(0);
  });

  const wrong: Record<string, string> = {
    "aws-sm://": "store.prefix",
    "aws-sm:///airflow": "store.prefix",
    "aws-sm://a//b": "store.prefix",
    "aws-sm://a%20b": "store.prefix",
    "aws-sm://a?region=Frankfurt": "store.region",
    "aws-sm://a?endpoint=file:///x": "store.endpoint",
    "aws-sm://a?endpoint=https://u:p@x.example": "store.endpoint",
    "aws-sm://a?recoveryWindowDays=3": "store.recoveryWindowDays",
    "aws-sm://a?recoveryWindowDays=31": "store.recoveryWindowDays",
    "aws-sm://a?timeoutMs=x": "store.timeoutMs",
    "aws-sm://a?accessKeyId=AKIA": "store",
    "aws-sm://key:secret@a": "store",
    "aws-sm://a:80": "store",
    "aws-sm://a#b": "store",
    "vault://a/b": "store",
    "aws-sm://a?prefix=b": "store",
    "aws-sm://a?endpoint=x": "store.endpoint",
    "not a url": "store",
  };
  for (const [address, field] of Object.entries(wrong)) {
    it(`refuse ${address}`, () => {
      try {
        parseAwsOptions(address);
      } catch (error) {
        expect(error).to.be.instanceOf(InputError);
        expect((error as InputError).problems.map(({ path }) => pathText(path))).to.deep.equal([field]);
        expect((error as Error).message).not.to.match(/secret@|u:p/);
        return;
      }
      expect.fail("accepted");
    });
  }
});
