import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

const folder = "provider/stores/aws-secrets-manager";

describe("the IAM policy in the documentation", () => {
  it("allows every call that the store makes, and no other", () => {
    const code = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
    const calls = code.flatMap((text) => [...text.matchAll(/\bsdk\.([a-z][A-Za-z]+)\(/g)].map(([, name]) => name!));
    const used = new Set(calls.map((name) => `secretsmanager:${name.charAt(0).toUpperCase()}${name.slice(1)}`));
    const [, json] = /```json\n([^`]*)```/.exec(readFileSync("docs/stores/aws-secrets-manager.md", "utf8")) ?? [];
    const { Statement } = JSON.parse(json!) as { Statement: { Action: string[] }[] };
    expect(Statement.flatMap((statement) => statement.Action).sort()).to.deep.equal([...used].sort());
  });
});
