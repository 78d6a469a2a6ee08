import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { WARNING_CODES, type WarningCode } from "../../../provider/resources/warning-codes";
import { inputs } from "../../fakes/world";
import { Stack } from "./stack";

/** One connection for each warning, and none that has another one besides. */
const CASES: Record<WarningCode, object> = {
  "unknown-type": { connType: "postgers" },
  "field-not-in-form": { connType: "snowflake", port: 1 },
  "unknown-extra": { connType: "snowflake", extra: { acount: "a" } },
  "form-prefix": { connType: "google_cloud_platform", extra: { extra__google_cloud_platform__project: "p" } },
  "extra-type": { connType: "docker", extra: { reauth: { a: 1 } } },
  "pem-literal-newlines": { connType: "ssh", extra: { private_key: "-----BEGIN X-----\\nabc\\n-----END X-----" } },
  "private-key-path": { connType: "ssh", extra: { private_key: "/keys/id_rsa" } },
  "driver-in-extra": { connType: "jdbc", extra: { driver_path: "/a.jar" } },
  "short-password": { connType: "http", password: "abc" },
  "empty-password": { connType: "http", password: "" },
  "login-in-host": { connType: "http", host: "https://u:longenough@h" },
  "password-newline": { connType: "http", password: "longenough\n" },
  "port-range": { connType: "http", port: 70_000 },
  "uri-reading": { connType: undefined, uri: "http://u:longenough@h/#rest" },
};

describe("warnings of a connection", () => {
  async function warningsOf(fields: object): Promise<string[]> {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    const { checked, process } = await stack.resource("connection").preview(inputs.connection("c", fields));
    expect(checked.failures).to.deep.equal([]);
    return process.warnings;
  }

  for (const code of WARNING_CODES)
    it(`${code}: says how to silence it, and is silent then`, async () => {
      const [warning = "", ...more] = await warningsOf(CASES[code]);
      expect(warning)
        .to.match(/^connection "c": [^ ]+: /)
        .and.contain(`ignoreWarnings: ["${code}"]`);
      expect(more).to.deep.equal([]);
      expect(await warningsOf({ ...CASES[code], ignoreWarnings: [code] })).to.deep.equal([]);
      const others = WARNING_CODES.filter((other) => other !== code);
      expect(await warningsOf({ ...CASES[code], ignoreWarnings: others })).to.deep.equal([warning]);
    });

  it("are each on their page", () => {
    const page = readFileSync(join(__dirname, "../../../docs/warnings.md"), "utf8");
    const listed = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
    expect(listed.sort()).to.deep.equal([...WARNING_CODES].sort());
  });
});
