import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageSchema } from "../../../provider/plugin/schema/package";
import type { ResourceSpec } from "../../../provider/plugin/schema/specs";
import { schemaText } from "../../../provider/plugin/schema/text";
import { classNameOf, extraKeysOf } from "../../../provider/plugin/typed";

const ROOT = join(__dirname, "../../..");
const VERSION = "1.2.3";

describe("the schema of the Pulumi package", () => {
  const { resources } = packageSchema(VERSION) as { resources: Record<string, ResourceSpec> };

  it("is the one that is checked in", () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
    const file = join(ROOT, "provider/plugin/schema/schema.generated.json");
    const isSame = readFileSync(file, "utf8") === schemaText(version);
    expect(isSame, "run npm run schema").to.equal(true);
  });

  it("is the same text each time, and that of the same schema", () => {
    expect(schemaText(VERSION) === schemaText(VERSION)).to.equal(true);
    expect(JSON.parse(schemaText(VERSION))).to.deep.equal(JSON.parse(JSON.stringify(packageSchema(VERSION))));
  });

  it("refers to no type that it does not have", () => {
    const { types } = packageSchema(VERSION) as { types: object };
    const named = [...schemaText(VERSION).matchAll(/"\$ref":"#\/types\/([^"]+)"/g)].map(([, token]) => token);
    expect(named.length).to.be.greaterThan(100);
    expect(Object.keys(types)).to.include.members([...new Set(named)]);
  });

  it("has what users write, and nothing that a wire or check adds", () => {
    const inputs = Object.keys(resources["airflow-env:index:Connection"]?.inputProperties ?? {});
    expect(inputs).to.include.members([
      "workspace",
      "connId",
      "connType",
      "uri",
      "password",
      "extra",
      "sharing",
      "adopt",
    ]);
    for (const [token, { inputProperties }] of Object.entries(resources))
      expect(inputProperties, token).to.not.have.any.keys(
        "owner",
        "appliesTo",
        "drift",
        "fingerprints",
        "liveDiff",
        "change",
      );
  });

  it("takes resources of the dynamic provider over", () => {
    const kinds = Object.entries(resources).filter(([token]) => token.startsWith("airflow-env:index:"));
    expect(kinds).to.have.lengthOf(7);
    for (const [token, { aliases }] of kinds)
      expect(aliases[0]?.type).to.equal(`pulumi-nodejs:dynamic/airflow:${token.split(":")[2]}`);
  });

  it("has for each connection type the inputs of the TypeScript class", () => {
    const folder = join(ROOT, "sdk/connections");
    const classes = readdirSync(folder).flatMap((name) => {
      const text = readFileSync(join(folder, name), "utf8");
      const [, connType, keys] = /^ {4}super\("([^"]+)", (\{.*\}), name, args, opts\);$/m.exec(text) ?? [];
      return connType === undefined ? [] : [{ connType, keys: JSON.parse(keys ?? "") as Record<string, string>, text }];
    });
    expect(classes).to.have.lengthOf(140);
    for (const { connType, keys, text } of classes) {
      const token = `airflow-env:connections:${classNameOf(connType)}`;
      expect(text).to.contain(`export class ${classNameOf(connType)} extends`);
      expect(Object.fromEntries(extraKeysOf(connType)), connType).to.deep.equal(keys);
      const fields = [...text.matchAll(/^ {2}(host|login|password|schema|port)\?: /gm)].map(([, field]) => field);
      const inputs = Object.keys(resources[token]?.inputProperties ?? {});
      expect(inputs, connType).to.include.members([...Object.keys(keys), ...fields]);
      for (const field of ["host", "login", "password", "schema", "port"])
        if (!fields.includes(field)) expect(inputs, connType).to.not.include(field);
    }
  });

  it("marks what is secret", () => {
    const inputProperties = resources["airflow-env:connections:Snowflake"]?.inputProperties ?? {};
    const secret = Object.entries(inputProperties).flatMap(([name, { secret: is }]) => (is ? [name] : []));
    expect(secret).to.include.members(["password", "privateKeyContent", "token", "oauthPassword"]);
    expect(secret).to.not.include.members(["privateKeyFile"]);
  });
});
