import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { expect } from "chai";
import fc from "fast-check";
import { MAX_DEPTH } from "../../catalog/depth";
import type { Airflow, AirflowConnection } from "../../tools/servers/airflow.mjs" with { "resolution-mode": "import" };
import { validSets, wildConnections } from "../provider/projection/arbitraries";
import { renderConnections, type EffectiveConnection, validateConnection } from "../fakes/effective";

/** What Airflow must read of a connection; -0 is written as 0, which is equal. */
function expected(connection: EffectiveConnection): Omit<AirflowConnection, "extra"> {
  const { connId, connType, description, host, login, password, schema, port, extra } = connection;
  return withoutMinusZero({
    conn_id: connId,
    conn_type: connType,
    description: description ?? null,
    host: host ?? null,
    login: login ?? null,
    password: password ?? null,
    schema: schema ?? null,
    port: port ?? null,
    extra_dejson: extra ?? {},
  }) as Omit<AirflowConnection, "extra">;
}

function withoutMinusZero(value: unknown): unknown {
  if (value === 0) return 0;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutMinusZero);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutMinusZero(member)]));
}

function read({ extra: _, ...fields }: AirflowConnection): Omit<AirflowConnection, "extra"> {
  return fields;
}

/** The connection as a file without any of our care would say it. */
function naiveText({ connId, connType, ...fields }: EffectiveConnection): string {
  return JSON.stringify(Object.fromEntries([[connId, { conn_type: connType, ...fields }]]));
}

for (const version of ["3.3.2", "2.11.2"] as const)
  describe(`Airflow ${version} and the rendered file`, () => {
    let airflow: Airflow;
    let folder: string;
    let file: string;

    before(async () => {
      const { startAirflow } = await import("../../tools/servers/airflow.mjs");
      airflow = await startAirflow(version);
      folder = await mkdtemp(join(tmpdir(), "airflow-reads-"));
      file = join(folder, "connections.json");
    });
    after(async () => {
      await airflow?.stop();
      if (folder) await rm(folder, { recursive: true });
    });

    async function expectReadBack(connections: EffectiveConnection[]): Promise<void> {
      await writeFile(file, renderConnections(connections).text);
      const found = new Map(Object.entries(await airflow.read(file, "all")));
      expect([...found.keys()]).to.have.members(connections.map(({ connId }) => connId));
      for (const connection of connections) {
        const actual = read(found.get(connection.connId)!);
        if (!isDeepStrictEqual(actual, plain(expected(connection))))
          expect(actual).to.deep.equal(plain(expected(connection)));
      }
    }

    /** Fields that are read back otherwise than written, or the whole connection. */
    async function lostBy(connection: EffectiveConnection): Promise<string[]> {
      await writeFile(file, naiveText(connection));
      let found: Record<string, AirflowConnection>;
      try {
        found = await airflow.read(file, "all");
      } catch {
        return ["all"];
      }
      const actual = new Map(Object.entries(found)).get(connection.connId);
      if (!actual) return ["all"];
      const wanted = plain(expected(connection));
      return Object.entries(read(actual))
        .filter(([field, value]) => !isDeepStrictEqual(value, wanted[field as keyof typeof wanted]))
        .map(([field]) => field);
    }

    it("reads an empty file", () => expectReadBack([]));

    it("reads back every field of every set of connections that is accepted", async () => {
      await fc.assert(fc.asyncProperty(validSets, expectReadBack), { numRuns: 300 });
    });

    it("reads back the edges", async () => {
      let deep: Record<string, unknown> = {};
      for (let level = 1; level < MAX_DEPTH; level++) deep = level % 2 ? { deep } : { deep: [deep].at(0) };
      const connections: EffectiveConnection[] = [
        { connId: "a".repeat(200), connType: "http", extra: deep },
        {
          connId: "__proto__",
          connType: "http",
          extra: JSON.parse('{"__proto__":{"a":1}}') as Record<string, unknown>,
        },
        { connId: ".", connType: "a-B c", host: "", login: "", schema: "", description: "" },
        { connId: "-", connType: "\0", host: "\0", password: "\0", extra: { "\0": "\0", "": "" } },
        ...[0, -1, 65_536, 99_999, 2 ** 31 - 1].map((port) => ({ connId: `port${port}`, connType: "http", port })),
        {
          connId: "numbers",
          connType: "x",
          extra: { n: [5e-324, 1.7976931348623157e308 / 1e300, 2 ** 53 - 1, 0.1, -1e-7] },
        },
      ];
      expect(connections.flatMap(validateConnection)).to.deep.equal([]);
      await expectReadBack(connections);
    });

    it("loses or refuses nothing that is accepted, however odd", async () => {
      const seen = { accepted: 0, refused: 0, lost: 0 };
      await fc.assert(
        fc.asyncProperty(wildConnections, async (connection) => {
          const problems = validateConnection(connection);
          if (problems.length > 0) seen.refused++;
          else {
            seen.accepted++;
            await expectReadBack([connection]);
          }
          const lost = await lostBy(connection);
          if (lost.length === 0) return;
          seen.lost++;
          expect(problems, `Airflow loses ${lost.join(", ")}`).not.to.deep.equal([]);
        }),
        { numRuns: 1_000 },
      );
      for (const count of Object.values(seen)) expect(count).to.be.greaterThan(20);
    });

    it("refuses the whole file for one entry that is refused here", async () => {
      for (const bad of [{ extra: "text" }, { password: "\ud800" }, { unknown: 1 }]) {
        if (version === "2.11.2" && "extra" in bad) continue;
        await writeFile(file, JSON.stringify({ good: { conn_type: "http" }, bad: { conn_type: "http", ...bad } }));
        let refused = false;
        await airflow.read(file, ["good"]).catch(() => (refused = true));
        expect(refused, JSON.stringify(bad)).to.equal(true);
      }
    });
  });

/** With ordinary prototypes, as JSON.parse makes them. */
function plain<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Array.from(value, plain) as T;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)])) as T;
}
