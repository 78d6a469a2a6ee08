import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import * as lookup from "../../catalog/lookup";
import { secretPathsOf } from "../../provider/resources/declaration/secrets";
import {
  Connection,
  ConnectionLink,
  connections,
  Override,
  valueFrom,
  type Extra,
  type OverrideFields,
} from "../../sdk";
import type { ConnectionArgs, ConnectionFieldArgs } from "../../sdk/connection";
import { markSecrets } from "../../sdk/secrets";
import { useMockedProgram } from "./mocked-program";

const secret = (value: unknown) => ({ secret: value });

/** A value with its outputs resolved, a secret as `{ secret: value }`. */
async function shown(value: unknown): Promise<unknown> {
  if (pulumi.Output.isInstance(value)) {
    const resolved = await new Promise((resolve) => value.apply(resolve));
    return (await pulumi.isSecret(value)) ? secret(resolved) : resolved;
  }
  if (Array.isArray(value)) return Promise.all(value.map(shown));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(async ([key, inner]) => [key, await shown(inner)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** As in a preview, before the resource exists that it comes from. */
function unknown(isSecret: boolean): pulumi.Output<unknown> {
  const Output = pulumi.Output as unknown as new (...parts: unknown[]) => pulumi.Output<unknown>;
  return new Output(
    [],
    Promise.resolve(undefined),
    Promise.resolve(false),
    Promise.resolve(isSecret),
    Promise.resolve([]),
  );
}

/** Dotted paths of what `shown` shows as secret. */
function secretPaths(value: unknown, path: string[] = []): string[] {
  if (typeof value !== "object" || value === null) return [];
  if (Object.keys(value).join() === "secret") return [path.join(".")];
  return Object.entries(value).flatMap(([key, inner]) => secretPaths(inner, [...path, key]));
}

describe("what becomes a Pulumi secret", () => {
  const { inputsOf } = useMockedProgram();
  let count = 0;

  /** The fields as the resources pass them to Pulumi. */
  const sent = async (connType: pulumi.Input<string>, fields: ConnectionFieldArgs) =>
    (await shown(markSecrets({ ...fields }, connType, "test"))) as Record<string, unknown>;

  /** The field values of a link or an Override; the mocks' engine makes all of it secret when a part is. */
  async function sentByPiece(kind: "link" | "override", fields: OverrideFields, connType?: string): Promise<unknown> {
    const name = `secrets-${++count}`;
    const workspace = { name, store: "local:x" };
    const connection = connType
      ? new Connection(`${name}-connection`, { workspace, connId: "pg", connType })
      : { workspace, connId: "pg" };
    const pair = { connection, deployment: "prod" };
    if (kind === "link")
      return (await inputsOf(new ConnectionLink(name, { ...pair, overrides: fields }), name))["overrides"];
    return (await inputsOf(new Override(name, { ...pair, fields }), name))["fields"];
  }

  const extraOf = async (connType: pulumi.Input<string>, extra: pulumi.Input<Extra>) =>
    (await sent(connType, { extra }))["extra"];

  it("in the inputs of a Connection, by its type", async () => {
    const workspace = { name: "secrets", store: "local:x" };
    const fields = { password: "p", schema: "s", login: "l", extra: { fully_qualified_namespace: "n" } };
    const args = { workspace, connType: "azure_service_bus" as const, ...fields };
    const inputs = await inputsOf(new Connection("secrets", args), "secrets");
    expect(inputs).to.deep.include({ ...fields, password: secret("p"), schema: secret("s") });
  });

  it("the password, and no other standard field", async () => {
    const fields = { password: "p", host: "h", login: "l", schema: "s", description: "d", port: 1 };
    expect(await sent("postgres", fields)).to.deep.equal({ ...fields, password: secret("p") });
  });

  it("a password that is an output, a secret or empty", async () => {
    for (const password of [pulumi.output("p"), pulumi.secret("p"), Promise.resolve("p")])
      expect(await sent("postgres", { password })).to.deep.equal({ password: secret("p") });
    expect(await sent("postgres", { password: "" })).to.deep.equal({ password: secret("") });
  });

  it("what the user made secret, whatever the field", async () => {
    const given = { host: pulumi.secret("h"), extra: { sslmode: pulumi.secret("require") } };
    expect(await sent("postgres", given)).to.deep.equal({ host: secret("h"), extra: { sslmode: secret("require") } });
  });

  it("the schema of azure_service_bus, which holds a connection string; also when the type is an output", async () => {
    for (const type of ["azure_service_bus", pulumi.output("azure_service_bus")])
      expect(await sent(type, { schema: "s", login: "l" })).to.deep.equal({ schema: secret("s"), login: "l" });
    expect(await sent(pulumi.output("postgres"), { schema: "s" })).to.deep.equal({ schema: "s" });
  });

  it("extras that the catalog says are secret, of that type only; the others stay readable", async () => {
    const extra = { account: "a", role: "r", private_key_content: "k", insecure_mode: false };
    expect(await extraOf("snowflake", extra)).to.deep.equal({ ...extra, private_key_content: secret("k") });
    expect(await extraOf(pulumi.output("snowflake"), extra)).to.deep.equal({
      ...extra,
      private_key_content: secret("k"),
    });
    expect(await extraOf("pagerduty", { routing_key: "k" })).to.deep.equal({ routing_key: secret("k") });
    expect(await extraOf("postgres", { routing_key: "k" })).to.deep.equal({ routing_key: "k" });
  });

  it("extras whose names Airflow's masker hides, of any type and at any depth", async () => {
    const extra = {
      api_key: "k",
      "My-Secret": "s",
      sslmode: "require",
      nested: { region: "eu", token: "t", deeper: { passphrase: "p", plain: 1 }, list: ["a"] },
    };
    const expected = {
      api_key: secret("k"),
      "My-Secret": secret("s"),
      sslmode: "require",
      nested: { region: "eu", token: secret("t"), deeper: { passphrase: secret("p"), plain: 1 }, list: ["a"] },
    };
    expect(await extraOf("postgres", extra)).to.deep.equal(expected);
    expect(await extraOf("a_type_of_my_own", extra)).to.deep.equal(expected);
  });

  it("an object with such a name inside, as a whole, where the type is an output", async () => {
    const extra = { nested: { region: "eu", token: "t" }, plain: { region: "eu" } };
    const expected = { nested: secret(extra.nested), plain: extra.plain };
    expect(await extraOf(pulumi.output("postgres"), extra)).to.deep.equal(expected);
  });

  it("names inside lists, at any depth", async () => {
    const extra = {
      hosts: [{ name: "a", password: "p" }, "b", [{ token: "t" }], { ports: [1, null, { api_key: "k", port: 2 }] }],
    };
    const expected = {
      hosts: [
        { name: "a", password: secret("p") },
        "b",
        [{ token: secret("t") }],
        { ports: [1, null, { api_key: secret("k"), port: 2 }] },
      ],
    };
    for (const type of ["postgres", "a_type_of_my_own"]) expect(await extraOf(type, extra)).to.deep.equal(expected);
    expect(await extraOf(pulumi.output("postgres"), extra)).to.deep.equal({ hosts: secret(extra.hosts) });
  });

  const eventually: [how: string, wrap: (value: unknown) => pulumi.Input<unknown>][] = [
    ["an output", (value) => pulumi.output(value as string)],
    ["a promise", (value) => Promise.resolve(value)],
    ["a promise of an output", (value) => Promise.resolve(pulumi.output(value as string))],
    ["an output of a promise", (value) => pulumi.output("x").apply(() => Promise.resolve(value))],
  ];
  const types: [of: string, type: () => pulumi.Input<string>][] = [
    ["known", () => "postgres"],
    ["an output", () => pulumi.output("postgres")],
    ["a promise", () => Promise.resolve("postgres")],
  ];
  for (const [how, wrap] of eventually)
    for (const [of, type] of types)
      it(`inside extra ${how} as a whole, unless it is a single value; the type is ${of}`, async () => {
        const conf = { region: "eu", password: "p" };
        const extra = {
          conf: wrap(conf),
          names: wrap(["a", "b"]),
          sslmode: wrap("require"),
          timeout: wrap(5),
          cleared: wrap(null),
          from: wrap({ valueFrom: { env: "FROM" } }),
          api_key: wrap("k"),
        };
        expect(await extraOf(type(), extra)).to.deep.equal({
          conf: secret(conf),
          names: secret(["a", "b"]),
          sslmode: "require",
          timeout: 5,
          cleared: null,
          from: { valueFrom: { env: "FROM" } },
          api_key: secret("k"),
        });
      });

  it("deeper inside extra, each output or promise by itself", async () => {
    for (const [, wrap] of eventually) {
      const extra = { a: { plain: 1, later: wrap({ token: "t" }), list: [wrap({ token: "u" }), wrap("b")] } };
      expect(await extraOf("postgres", extra)).to.deep.equal({
        a: { plain: 1, later: secret({ token: "t" }), list: [secret({ token: "u" }), "b"] },
      });
    }
  });

  it("a single value that the user made secret, also inside lists and outputs", async () => {
    const extra = { sslmode: pulumi.output(pulumi.secret("require")), list: [pulumi.secret("a"), "b"] };
    expect(await extraOf("postgres", extra)).to.deep.equal({ sslmode: secret("require"), list: [secret("a"), "b"] });
  });

  it("an output that is not known yet stays unknown and keeps its secretness", async () => {
    const { extra } = markSecrets({ extra: { sslmode: unknown(false), conf: unknown(true) } }, "postgres", "test") as {
      extra: Record<string, pulumi.Output<unknown>>;
    };
    const states = Object.entries(extra).map(async ([key, value]) => {
      const { isKnown } = value as unknown as { isKnown: Promise<boolean> };
      return [key, { known: await isKnown, secret: await pulumi.isSecret(value) }] as const;
    });
    expect(Object.fromEntries(await Promise.all(states))).to.deep.equal({
      sslmode: { known: false, secret: false },
      conf: { known: false, secret: true },
    });
  });

  it("promises in the inputs of a typed connection, which arrive and are not taken for empty objects", async () => {
    const args = {
      workspace: { name: "secrets-typed", store: "local:x" },
      password: Promise.resolve("p"),
      account: Promise.resolve("a"),
      privateKeyContent: Promise.resolve("k"),
      extra: { conf: Promise.resolve({ token: "t" }), mine: Promise.resolve("m") },
    };
    const inputs = await inputsOf(new connections.Snowflake("secrets-typed", args), "secrets-typed");
    expect(inputs["password"]).to.deep.equal(secret("p"));
    // The mocks' engine makes all of it secret when a part is.
    expect(inputs["extra"]).to.deep.equal(
      secret({ account: "a", private_key_content: "k", conf: { token: "t" }, mine: "m" }),
    );
    const all = {
      ...args,
      workspace: { ...args.workspace, name: "secrets-whole" },
      extra: Promise.resolve(args.extra),
    };
    const whole = await inputsOf(new connections.Snowflake("secrets-whole", all), "secrets-whole");
    expect(whole["extra"]).to.deep.equal(inputs["extra"]);
  });

  it("a login in a URL, in any text field and any text of extra, also when it is an output or the type is", async () => {
    const url = "https://user:pw@api.example.com/v1";
    const plain = "https://api.example.com:8443/users/me@example.com";
    for (const [, wrap] of [["as it is", (value: unknown) => value] as const, ...eventually])
      for (const [, type] of types) {
        const of = (text: string) => ({
          description: wrap(text),
          host: wrap(text),
          login: wrap(text),
          schema: wrap(text),
          extra: { endpoint_url: wrap(text), port: wrap(5) },
        });
        const fields = (text: string) => of(text) as ConnectionFieldArgs;
        const hidden = secret(url);
        expect(await sent(type(), fields(url))).to.deep.equal({
          description: hidden,
          host: hidden,
          login: hidden,
          schema: hidden,
          extra: { endpoint_url: hidden, port: 5 },
        });
        expect(await sent(type(), fields(plain))).to.deep.equal({
          description: plain,
          host: plain,
          login: plain,
          schema: plain,
          extra: { endpoint_url: plain, port: 5 },
        });
      }
    expect(await extraOf("http", { deep: { list: [url, plain], endpoint_url: url } })).to.deep.equal({
      deep: { list: [secret(url), plain], endpoint_url: secret(url) },
    });
  });

  it("a whole object under a sensitive name", async () => {
    expect(await extraOf("postgres", { secrets: { a: 1 } })).to.deep.equal({ secrets: secret({ a: 1 }) });
  });

  it("the whole extra when it arrives as one output: no part can be told from another", async () => {
    const extra = { sslmode: "require" };
    for (const given of [pulumi.output(extra), Promise.resolve(extra)])
      expect(await extraOf("postgres", given)).to.deep.equal(secret(extra));
  });

  it("not a reference: it holds no secret, and passes through as it is", async () => {
    const references = {
      password: valueFrom.env("PASSWORD"),
      login: valueFrom.file("login.txt"),
      extra: { api_key: valueFrom.store("key") },
    };
    const { password, ...rest } = await sent("postgres", references);
    expect(rest).to.deep.equal({
      login: { valueFrom: { file: "login.txt" } },
      extra: { api_key: { valueFrom: { store: "key" } } },
    });
    // A password is secret whatever it is.
    expect(password).to.deep.equal(secret({ valueFrom: { env: "PASSWORD" } }));
  });

  it("what merely looks like a reference", async () => {
    const fakes = [{ valueFrom: "p" }, { valueFrom: { env: "A", file: "b" } }, { valueFrom: { other: "p" } }];
    for (const fake of fakes)
      expect(await extraOf("postgres", { api_key: fake })).to.deep.equal({ api_key: secret(fake) });
    const inside = { valueFrom: { password: "p" } };
    const expected = { conf: { valueFrom: { password: secret("p") } } };
    expect(await extraOf("postgres", { conf: inside })).to.deep.equal(expected);
    expect(await extraOf("postgres", { conf: { valueFrom: pulumi.output({ password: "p" }) } })).to.deep.equal({
      conf: { valueFrom: secret({ password: "p" }) },
    });
  });

  it("exactly what the handlers take for a secret", async () => {
    const fields = {
      password: "p",
      schema: "s",
      host: "https://u:p@h",
      login: "https://u@h:1",
      extra: {
        kube_config: "c",
        routing_key: "c",
        sslmode: "m",
        conf: { kube_config: "c", token: "t", list: [{ token: "t", name: "n" }, ["x"]] },
        fake: { valueFrom: { password: "p" } },
        endpoint_url: "http://u:p@proxy",
        endpoints: ["http://u:p@proxy", "http://proxy", { https: "http://u:p@proxy", http: "http://proxy" }],
      },
    };
    for (const type of ["azure_service_bus", "kubernetes", "postgres", "a_type_of_my_own", undefined]) {
      const here = secretPaths(await shown(markSecrets(fields, type, "test")));
      expect(here, type).to.have.members(secretPathsOf(lookup, type, fields).map((path) => path.join(".")));
    }
  });

  for (const kind of ["link", "override"] as const) {
    it(`${kind}: of another stack's connection, whose type is not known: what any type keeps secret`, async () => {
      const secrets: OverrideFields[] = [
        { schema: "s" },
        { extra: { kube_config: "c" } },
        { extra: { routing_key: "c" } },
      ];
      for (const fields of secrets) expect(await sentByPiece(kind, fields)).to.deep.equal(secret(fields));
      const plain: OverrideFields = { host: "h", login: "l", description: "d", port: 1, extra: { sslmode: "require" } };
      expect(await sentByPiece(kind, plain)).to.deep.equal(plain);
    });

    it(`${kind}: the same fields, by the type of the connection of this program`, async () => {
      const always: OverrideFields[] = [
        { password: "p" },
        { extra: { api_key: "k" } },
        { extra: { a: { token: "t" } } },
      ];
      for (const fields of always) {
        expect(await sentByPiece(kind, fields, "postgres")).to.deep.equal(secret(fields));
        expect(await sentByPiece(kind, fields), "of another stack's connection").to.deep.equal(secret(fields));
      }
      const byType: [OverrideFields, string][] = [
        [{ schema: "s" }, "azure_service_bus"],
        [{ extra: { routing_key: "k" } }, "pagerduty"],
      ];
      for (const [fields, type] of byType) {
        expect(await sentByPiece(kind, fields, type)).to.deep.equal(secret(fields));
        expect(await sentByPiece(kind, fields, "postgres")).to.deep.equal(fields);
      }
    });

    it(`${kind}: null, which clears, stays null`, async () => {
      const fields = { password: null, host: null, extra: { api_key: null, sslmode: null } };
      expect(await sentByPiece(kind, fields, "postgres")).to.deep.equal(fields);
      expect(await sentByPiece(kind, { extra: null })).to.deep.equal({ extra: null });
    });
  }

  it("of an export of Airflow, whose name for the type decides as connType does", async () => {
    const exported = {
      conn_type: "azure_service_bus",
      schema: "Endpoint",
      password: null,
      port: null,
      extra: "{}",
    } as object;
    const args = { workspace: { name: "data", store: "local:x" }, ...exported } as unknown as ConnectionArgs;
    const inputs = await inputsOf(new Connection("exported", args), "exported");
    expect(inputs).to.include({ conn_type: "azure_service_bus" });
    expect(inputs["schema"]).to.deep.equal(secret("Endpoint"));
  });
});
