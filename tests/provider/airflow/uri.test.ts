import { expect } from "chai";
import fc from "fast-check";
import type { ConnectionFields } from "../../../provider/airflow/connection";
import { connectionUri, parseConnectionUri, type UriConnection } from "../../../provider/airflow/uri";
import { validConnections } from "../projection/arbitraries";
import { ACCEPTED_URIS, REFUSED_URIS } from "./uri-table";

const CANARY = "canary-uri-51";
const read = (uri: string) => parseConnectionUri(uri).connection;

/** What must come back of a connection, in Airflow's view of unset texts. */
function expected({ connType, host, login, password, schema, port, extra }: ConnectionFields): UriConnection {
  const hasExtra = extra !== undefined && Object.keys(extra).length > 0;
  return {
    connType,
    host: host ?? "",
    login: login ?? null,
    password: password ?? null,
    schema: schema ?? "",
    port: port ?? null,
    extra: hasExtra ? JSON.stringify(extra) : null,
  };
}

function comparable({ extra, ...fields }: UriConnection) {
  return { ...fields, extra: extra === null ? null : (JSON.parse(extra) as unknown) };
}

const types = fc.stringMatching(/^[a-z][a-z0-9+.]{0,8}(_[a-z0-9]{1,8}){0,2}$/).filter((type) => type !== "postgresql");

describe("connection URIs", () => {
  it("are read as Airflow reads them", () => {
    expect(read("postgresql://etl:p%40ss@DB.internal:5432/dw?sslmode=require")).to.deep.equal({
      connType: "postgres",
      host: "db.internal",
      login: "etl",
      password: "p@ss",
      schema: "dw",
      port: 5432,
      extra: '{"sslmode":"require"}',
    });
    expect(read("google-cloud-platform://")).to.deep.include({
      connType: "google_cloud_platform",
      host: "",
      login: null,
    });
    expect(read("http://https://Host:8080/x")).to.deep.include({ host: "https://host", port: 8080, schema: "x" });
    expect(read("x://u:p@[2001:DB8::1]:5432/db")).to.deep.include({ host: "2001:db8::1", port: 5432 });
    expect(read("x://user@x:p@h")).to.deep.include({ login: "user@x", password: "p" });
    expect(read("x://u:@h").password).to.equal("");
    expect(read("x://u@h").password).to.equal(null);
  });

  for (const uri of ACCEPTED_URIS)
    it(`accepts ${JSON.stringify(uri)}`, () => {
      expect(() => read(uri)).not.to.throw();
    });

  for (const uri of REFUSED_URIS)
    it(`refuses ${JSON.stringify(uri)}`, () => {
      expect(() => read(uri))
        .to.throw()
        .with.property("code", "input");
    });

  it("never repeats a part of a URI that is refused", () => {
    for (const uri of [
      `http://u:${CANARY}#x@h`,
      `http://h:${CANARY}`,
      `${CANARY}`,
      `http://[${CANARY}]`,
      `//${CANARY}`,
    ])
      expect(() => read(uri))
        .to.throw()
        .with.property("message")
        .that.does.not.contain(CANARY);
  });

  it("say what of the text is ignored, or read otherwise by another version", () => {
    const losses = (uri: string) => parseConnectionUri(uri).losses.map(({ field }) => field);
    expect(losses("http://h/x#y")).to.deep.equal(["uri"]);
    expect(losses("http://h?a=1&a=2")).to.deep.equal(["extra.a", "extra.a"]);
    expect(losses('http://h?x=y&__extra__={"a":1}')).to.deep.equal(["extra.x"]);
    expect(losses("http://h?text=x&flag=true&n=5")).to.deep.equal(["extra.flag", "extra.n"]);
    expect(losses("http://u:%ff@h")).to.deep.equal(["password"]);
    expect(losses("http://u:%EF%BF%BD\ufffd@h")).to.deep.equal([]);
    expect(parseConnectionUri("http://h?n=5", { jsonQuery: true })).to.deep.include({ losses: [] });
    expect(parseConnectionUri("http://h?n=5", { jsonQuery: true }).connection.extra).to.equal('{"n":5}');
  });

  it("give back what was written, but for what is named as lost", () => {
    fc.assert(
      fc.property(validConnections, types, (connection, connType) => {
        const fields = { ...connection, connType };
        const { uri, losses } = connectionUri(fields);
        const lost = new Set(losses.map(({ field }) => field));
        const [back, want] = [comparable(read(uri)), comparable(expected(fields))];
        for (const field of Object.keys(want) as (keyof typeof want)[])
          if (!lost.has(field)) expect(back[field], field).to.deep.equal(want[field]);
        expect(lost.has("description")).to.equal(Boolean(connection.description));
        expect(uri).to.match(/^[\x21-\x7e]+$/);
      }),
      { numRuns: 500 },
    );
  });

  it("are split without a failure of ours, whatever they are", () => {
    const pieces = fc.constantFrom(..."ab:/?#[]@%&=+ é\t", "://", "%41", "%ff", "__extra__", "http", "::1");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 14 }), (parts) => {
        try {
          read(parts.join(""));
        } catch (error) {
          expect(error).to.have.property("code", "input");
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it("name what they cannot carry", () => {
    const lost = (fields: Partial<ConnectionFields>) =>
      connectionUri({ connType: "x", ...fields }).losses.map(({ field }) => field);
    expect(lost({ host: "h", login: "u", password: "p", schema: "s", port: 1, extra: { a: null } })).to.deep.equal([]);
    expect(lost({ description: "d" })).to.deep.equal(["description"]);
    expect(lost({ connType: "postgresql" })).to.deep.equal(["connType"]);
    expect(lost({ connType: "a-b" })).to.deep.equal(["connType"]);
    expect(lost({ connType: "Jira" })).to.deep.equal(["connType"]);
    expect(lost({ password: "p" })).to.deep.equal(["login"]);
    expect(lost({ login: "", password: "" })).to.deep.equal(["password"]);
    expect(lost({ port: -1 })).to.deep.equal(["port"]);
    expect(() => connectionUri({ connType: "a b" })).to.throw(/connType/);
    expect(() => connectionUri({ connType: "x", password: "\ud800" })).to.throw(/surrogate/);
  });
});
