import { createHash } from "node:crypto";
import { expect } from "chai";
import * as catalog from "../../../catalog/lookup";
import { pathText } from "../../../provider/path";
import { fingerprint, fingerprintAll } from "../../../provider/resources/declaration/fingerprints";
import { secretPathsOf } from "../../../provider/resources/declaration/secrets";
import { inputs } from "../../fakes/world";
import { CANARY, Stack } from "./stack";
import { UNKNOWN_ON_THE_WIRE as UNKNOWN } from "../../../provider/pulumi/wire";

const [KEY, OTHER_KEY] = [1, 2].map((fill) => Buffer.alloc(32, fill).toString("base64")) as [string, string];
const pathsOf = (connType: string, fields: object) => secretPathsOf(catalog, connType, fields).map(pathText);

describe("secret values", () => {
  it("are passwords, secret extras at any depth, and whatever is given by reference", () => {
    const fields = {
      connType: "snowflake",
      host: { valueFrom: { env: "HOST" } },
      login: "l",
      password: "p",
      port: 1,
      extra: {
        account: "a",
        private_key_content: "k",
        deep: { api_token: "t", name: "n" },
        via: { valueFrom: { env: "V" } },
      },
    };
    expect(pathsOf("snowflake", fields)).to.have.members([
      "host",
      "password",
      "extra.private_key_content",
      "extra.deep.api_token",
      "extra.via",
    ]);
  });

  it("are found in lists", () => {
    expect(pathsOf("http", { extra: { list: [{ password: "p" }, { name: "n" }] } })).to.deep.equal([
      "extra.list[0].password",
    ]);
  });

  it("are texts with a login in a URL", () => {
    const url = "https://u:p@h";
    const fields = { connType: "http", host: url, schema: "https", extra: { endpoint_url: url, list: ["x", url] } };
    expect(pathsOf("http", fields)).to.deep.equal(["host", "extra.endpoint_url", "extra.list[1]"]);
  });

  it("are none where nothing is set", () => {
    expect(pathsOf("postgres", {})).to.deep.equal([]);
    expect(fingerprintAll(KEY, "d", [["password"], ["extra", "p"]], { password: null, extra: {} })).to.equal(undefined);
    expect(pathsOf("postgres", { extra: null })).to.deep.equal([]);
  });
});

describe("fingerprint", () => {
  it("is short, the same for the same secret, and tells nothing without the key", () => {
    const print = fingerprint(KEY, "place", CANARY);
    expect(print).to.match(/^[0-9a-f]{12}$/);
    expect(fingerprint(KEY, "place", CANARY)).to.equal(print);
    expect(fingerprint(OTHER_KEY, "place", CANARY)).to.not.equal(print);
    for (const algorithm of ["md5", "sha1", "sha256", "sha512"])
      for (const text of [CANARY, JSON.stringify(CANARY), `place\0${JSON.stringify(CANARY)}`])
        expect(createHash(algorithm).update(text).digest("hex")).to.not.contain(print);
  });

  it("differs by secret and by place", () => {
    const prints = [
      fingerprint(KEY, "place", "a"),
      fingerprint(KEY, "place", "b"),
      fingerprint(KEY, "other", "a"),
      fingerprint(KEY, "place", ["a"]),
      fingerprint(KEY, "place", undefined),
    ];
    expect(new Set(prints).size).to.equal(prints.length);
  });

  it("is kept by path, or not at all", () => {
    expect(fingerprintAll(KEY, "d", [], {})).to.equal(undefined);
    const all = fingerprintAll(KEY, "d", [["password"], ["extra", "token"], ["extra", "a:b.c"]], {
      password: "p",
      extra: { token: "p", "a:b.c": "p" },
    });
    expect(all).to.have.all.keys("password", "extra.token", 'extra["a:b.c"]');
    expect(new Set(Object.values(all ?? {})).size).to.equal(3);
  });
});

describe("fingerprints in a preview", () => {
  const declared = (password: string) => inputs.connection("warehouse", { password });

  it("change with the secret and with nothing else", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const connection = await stack.create("connection", declared(CANARY));
    const before = connection.inputs["fingerprints"];
    expect(before).to.have.all.keys("password");
    const of = async (news: object) => (await connection.preview({ ...news })).checked.inputs["fingerprints"];
    expect(await of(declared(CANARY))).to.deep.equal(before);
    expect(await of({ ...declared(CANARY), host: "new" })).to.deep.equal(before);
    expect(await of(declared(`${CANARY}2`))).to.not.deep.equal(before);
    expect(await of(inputs.connection("warehouse"))).to.equal(undefined);
    expect(stack.shown()).to.not.contain(CANARY);
  });

  it("are absent before the Workspace exists, and without its key", async () => {
    const stack = new Stack();
    const { handlers } = stack.process();
    await handlers.workspace.check({}, inputs.workspace());
    const first = await handlers.connection.check({}, { ...declared(CANARY) });
    expect(first.failures).to.deep.equal([]);
    expect(first.inputs).to.not.have.property("fingerprints");
    await stack.createWorkspace();
    const unknown = await stack.resource("connection").preview(declared(UNKNOWN));
    expect(unknown.checked.inputs).to.not.have.property("fingerprints");
  });

  it("differ between connections with one password, and between Workspaces", async () => {
    const stack = new Stack();
    await stack.createWorkspace();
    const one = await stack.create("connection", inputs.connection("one", { password: CANARY }));
    const two = await stack.create("connection", inputs.connection("two", { password: CANARY }));
    expect(one.inputs["fingerprints"]).to.not.deep.equal(two.inputs["fingerprints"]);
  });

  it("are kept for links and overrides too", async () => {
    const stack = new Stack();
    await stack.createWorkspace("prod");
    await stack.create("connection", declared(CANARY));
    const link = await stack.create("connection-link", inputs.link("warehouse", "prod", { password: `${CANARY}1` }));
    const override = await stack.create("override", inputs.override("warehouse", "prod", { password: `${CANARY}2` }));
    for (const piece of [link, override]) expect(piece.inputs["fingerprints"]).to.have.all.keys("password");
    expect(link.inputs["fingerprints"]).to.not.deep.equal(override.inputs["fingerprints"]);
    const { checked } = await link.preview(inputs.link("warehouse", "prod", { password: `${CANARY}3` }));
    expect(checked.inputs["fingerprints"]).to.not.deep.equal(link.inputs["fingerprints"]);
    expect(stack.shown()).to.not.contain(CANARY);
  });
});
