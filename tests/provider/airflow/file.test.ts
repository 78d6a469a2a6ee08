import { expect } from "chai";
import fc from "fast-check";
import { fileText } from "../../../provider/airflow/file";
import { validSets } from "../projection/arbitraries";
import { renderConnections, type EffectiveConnection } from "../../fakes/effective";

/** What Airflow keeps of a connection: the set fields, an empty extra being the same as none. */
function meaning(connection: EffectiveConnection): Record<string, unknown> {
  const { connType, description, host, login, password, schema, port, extra } = connection;
  const filled = extra && Object.keys(extra).length > 0 ? extra : undefined;
  const fields = { conn_type: connType, description, host, login, password, schema, port, extra: filled };
  return JSON.parse(JSON.stringify(fields)) as Record<string, unknown>;
}

function shuffledDeep(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(shuffledDeep);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, shuffledDeep(member)]),
  );
}

describe("renderConnections", () => {
  it("gives an empty object for no connections", () => {
    expect(renderConnections([])).to.deep.equal({ text: "{}\n", entries: {} });
  });

  it("writes one connection per line, sorted, with Airflow's field names and only what is set", () => {
    const rendered = renderConnections([
      {
        connId: "warehouse",
        connType: "postgres",
        description: 'Zürich\n"main"',
        host: "db.internal",
        login: "etl",
        password: "p@ss 👩🏽‍🚀",
        schema: "",
        port: 5432,
        extra: { sslmode: "require", nested: { z: [1, null, true], a: 1.5 }, "10": {}, "9": [] },
      },
      { connId: "aws", connType: "aws", extra: {} },
      { connId: "Zoo", connType: "http", port: 0 },
    ]);
    expect(rendered.text).to.equal(
      "{\n" +
        '  "Zoo": {"conn_type":"http","port":0},\n' +
        '  "aws": {"conn_type":"aws"},\n' +
        '  "warehouse": {"conn_type":"postgres","description":"Z\\u00fcrich\\n\\"main\\"",' +
        '"extra":{"10":{},"9":[],"nested":{"a":1.5,"z":[1,null,true]},"sslmode":"require"},' +
        '"host":"db.internal","login":"etl","password":"p@ss \\ud83d\\udc69\\ud83c\\udffd\\u200d\\ud83d\\ude80",' +
        '"port":5432,"schema":""}\n' +
        "}\n",
    );
    expect(Object.keys(rendered.entries)).to.have.members(["Zoo", "aws", "warehouse"]);
    expect(rendered.entries["aws"]).to.equal('{"conn_type":"aws"}');
  });

  it("keeps the id and the extra key __proto__", () => {
    const extra = JSON.parse('{"__proto__": {"polluted": 1}}') as Record<string, unknown>;
    const { text, entries } = renderConnections([{ connId: "__proto__", connType: "http", extra }]);
    expect(text).to.equal('{\n  "__proto__": {"conn_type":"http","extra":{"__proto__":{"polluted":1}}}\n}\n');
    expect(Object.hasOwn(entries, "__proto__")).to.equal(true);
    expect(({} as { polluted?: number }).polluted).to.equal(undefined);
  });

  it("loses nothing, is ASCII without BOM and ends with one newline", () => {
    fc.assert(
      fc.property(validSets, (connections) => {
        const { text } = renderConnections(connections);
        expect(text).to.match(/^[\n\x20-\x7e]*$/);
        expect(text.endsWith("}\n")).to.equal(true);
        const parsed = JSON.parse(text) as Record<string, unknown>;
        expect(Object.keys(parsed)).to.have.members(connections.map(({ connId }) => connId));
        for (const connection of connections) {
          const entry = Object.getOwnPropertyDescriptor(parsed, connection.connId)?.value as unknown;
          expect(JSON.stringify(shuffledDeep(shuffledDeep(entry)))).to.equal(
            JSON.stringify(sortedDeep(meaning(connection))),
          );
        }
      }),
    );
  });

  it("gives equal bytes for equal sets in any order", () => {
    fc.assert(
      fc.property(validSets, (connections) => {
        const other = connections.map((connection) => shuffledDeep(connection) as EffectiveConnection).reverse();
        expect(renderConnections(other)).to.deep.equal(renderConnections(connections));
      }),
    );
  });

  it("can be rebuilt from its entries", () => {
    fc.assert(
      fc.property(validSets, (connections) => {
        const { text, entries } = renderConnections(connections);
        expect(fileText(entries)).to.equal(text);
      }),
    );
  });
});

function sortedDeep(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sortedDeep);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sortedDeep(member)]),
  );
}
