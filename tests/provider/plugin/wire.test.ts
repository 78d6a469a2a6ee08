import { expect } from "chai";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { InputError } from "../../../provider/errors";
import { opened, sealed } from "../../../provider/plugin/wire";
import { Secret, UNKNOWN } from "../../../provider/resources/declaration/values";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const secret = (value: unknown) => ({ [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270", value });
const output = (members: object) => ({ [SIGNATURE]: "d0e6a833031e9bbcd3f4e8bde6ca49a4", ...members });
const struct = (properties: object) => Struct.fromJavaScript(properties as Parameters<typeof Struct.fromJavaScript>[0]);

describe("properties on the plugin's wire", () => {
  it("are opened, with the places of what came as secret", () => {
    const { properties, secrets } = opened(
      struct({ password: secret("p"), extra: { list: [1, secret({ a: secret("q") })] }, host: "h", none: null }),
    );
    expect(properties).to.deep.equal({ password: "p", extra: { list: [1, { a: "q" }] }, host: "h", none: null });
    expect(secrets).to.have.deep.members([["password"], ["extra", "list", 1]]);
  });

  for (const [type, text] of [
    ["a boolean", "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"],
    ["a number", "3eeb2bf0-c639-47a8-9e75-3b44932eb421"],
    ["a string", "04da6b54-80e4-46f7-96ec-b56ff0331ba9"],
    ["a list", "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2"],
    ["an object", "dd056dcd-154b-4c76-9bd3-c8f88648b5ff"],
  ] as const)
    it(`hold the unknown of ${type}, also within a secret`, () => {
      expect(opened(struct({ a: text, b: secret(text) }))).to.deep.equal({
        properties: { a: UNKNOWN, b: UNKNOWN },
        secrets: [["b"]],
      });
    });

  it("hold output values: known, unknown, secret", () => {
    const given = { a: output({ value: "x" }), b: output({}), c: output({ value: "y", secret: true }) };
    expect(opened(struct(given))).to.deep.equal({ properties: { a: "x", b: UNKNOWN, c: "y" }, secrets: [["c"]] });
  });

  for (const [what, mark] of [
    ["an asset", "c44067f5952c0a294b673a41bacd8c17"],
    ["an archive", "0def7320c3a5731c473e5ecbe6d01bc7"],
    ["a whole resource", "5cf8f73096256a8f31e491e813e4eb8e"],
  ] as const)
    it(`refuse ${what}, and name the place`, () => {
      expect(() => opened(struct({ extra: { key: { [SIGNATURE]: mark, text: "never shown" } } }))).to.throw(
        InputError,
        `extra.key: must be a value, not ${what}`,
      );
    });

  it("leave out the code of a dynamic provider", () => {
    expect(opened(struct({ __provider: "exports", host: "h" })).properties).to.deep.equal({ host: "h" });
  });

  it("are sealed again: where they came so, where a handler says so, and once only", () => {
    const properties = { host: "h", password: "p", extra: { token: new Secret("t"), list: ["a"] }, port: UNKNOWN };
    expect(sealed(properties, [["password"], ["password"], ["extra", "list"]]).toJavaScript()).to.deep.equal({
      host: "h",
      password: secret("p"),
      extra: { token: secret("t"), list: secret(["a"]) },
      port: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    });
  });
});
