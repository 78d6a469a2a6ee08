import { expect } from "chai";
import fc from "fast-check";
import { connectionUri, parseConnectionUri, type UriConnection } from "../../provider/airflow/uri";
import type { Airflow, AirflowConnection } from "../../tools/servers/airflow.mjs" with { "resolution-mode": "import" };
import { ACCEPTED_URIS, REFUSED_URIS } from "../provider/airflow/uri-table";
import { validConnections } from "../provider/projection/arbitraries";

/** The fields that both hold; `extra` is compared as Airflow's hooks see it. */
function ours({ connType, extra, ...fields }: UriConnection) {
  const value = extra === null || extra === "" ? {} : (JSON.parse(extra) as unknown);
  // The class that servers use does not keep an empty password; that of the tasks of Airflow 3 does.
  const password = fields.password === "" ? null : fields.password;
  return { conn_type: connType, ...fields, password, extra: value };
}

function airflows({ conn_type, host, login, password, schema, port, extra_dejson: extra }: AirflowConnection) {
  return { conn_type, host, login, password, schema, port, extra };
}

for (const version of ["3.3.2", "2.11.2"] as const)
  describe(`Airflow ${version} and connection URIs`, function () {
    this.timeout(600_000);
    let airflow: Airflow;
    const parse = (uri: string) => parseConnectionUri(uri, { jsonQuery: version !== "2.11.2" });

    before(async () => {
      const { startAirflow } = await import("../../tools/servers/airflow.mjs");
      airflow = await startAirflow(version);
    });
    after(() => airflow?.stop());

    it("reads every accepted URI as we do", async () => {
      for (const uri of ACCEPTED_URIS)
        expect(airflows(await airflow.parse("x", uri)), uri).to.deep.equal(ours(parse(uri).connection));
    });

    it("refuses every URI that we refuse", async () => {
      for (const uri of REFUSED_URIS) {
        let refused = false;
        await airflow.parse("x", uri).catch(() => (refused = true));
        expect(refused, uri).to.equal(true);
      }
    });

    it("agrees on what is assembled at random", async () => {
      const pieces = fc.constantFrom(..."aB1:/?#[]@%&=+é-.", "://", "%41", "%2F", "%ff", "http", "[::1]", "@", ":80");
      const seen = { accepted: 0, refused: 0 };
      await fc.assert(
        fc.asyncProperty(fc.array(pieces, { maxLength: 12 }), async (parts) => {
          const uri = `x://${parts.join("")}`;
          const theirs = await airflow.parse("x", uri).then(airflows, () => "refused");
          let mine: unknown = "refused";
          try {
            mine = ours(parse(uri).connection);
          } catch (error) {
            expect(error).to.have.property("code", "input");
          }
          seen[mine === "refused" ? "refused" : "accepted"]++;
          expect(mine).to.deep.equal(theirs);
        }),
        { numRuns: 1_500 },
      );
      expect(seen.accepted).to.be.greaterThan(100);
      expect(seen.refused).to.be.greaterThan(100);
    });

    it("reads back every connection that we write, but for what is named as lost", async () => {
      await fc.assert(
        fc.asyncProperty(validConnections, async ({ connId: _, connType: __, ...fields }) => {
          const connection = { connType: "my_type", ...fields };
          const { uri, losses } = connectionUri(connection);
          const back: Record<string, unknown> = { ...airflows(await airflow.parse("x", uri)) };
          const lost = new Set(losses.map(({ field }) => field));
          const { host = "", schema = "", login = null, password = null, port = null, extra = {} } = connection;
          for (const [field, value] of Object.entries({ host, schema, login, password, port, extra }))
            if (!lost.has(field)) expect(plain(back[field]), field).to.deep.equal(plain(value));
        }),
        { numRuns: 500 },
      );
    });
  });

/** As JSON carries it: -0 is 0, and prototypes are ordinary. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}
