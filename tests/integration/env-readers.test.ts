import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { mergeBlock } from "../../cli/env-block";
import { envFile } from "../../cli/env-file";
import { renderConnections } from "../fakes/effective";
import { validSets } from "../provider/projection/arbitraries";

const PYTHON_DOTENV = "import dotenv, json, sys; print(json.dumps(dotenv.dotenv_values(sys.argv[1])))";

describe("the programs that read env files", function () {
  this.timeout(600_000);
  let folder: string;
  let file: string;
  let readers: [name: string, program: string, args: string[]][];

  before(async () => {
    const { ensureEnvReaders } = await import("../../tools/toolchain.mjs");
    const { envReaders, python } = await ensureEnvReaders();
    folder = await mkdtemp(join(tmpdir(), "env-readers-"));
    file = join(folder, ".env");
    readers = [
      ...["godotenv", "compose-godotenv", "compose-go"].map((name): [string, string, string[]] => [
        name,
        envReaders,
        [name],
      ]),
      ["python-dotenv", python, ["-c", PYTHON_DOTENV]],
    ];
  });
  after(() => folder && rm(folder, { recursive: true }));

  /** Writes a file beside a user's own lines, and expects every reader to find all of it. */
  async function expectRead(connections: Record<string, string>, variables: Record<string, string>): Promise<void> {
    const { text, names } = envFile({ connections, variables });
    await writeFile(file, mergeBlock("OWN='kept # here'\nexport OTHER=1\n", text, names).text, "latin1");
    for (const [name, program, args] of readers) {
      const found = JSON.parse(execFileSync(program, [...args, file], { encoding: "utf8" })) as Record<string, string>;
      expect(Object.keys(found).sort(), name).to.deep.equal(["OTHER", "OWN", ...names].sort());
      expect(found["OWN"], name).to.equal("kept # here");
      for (const [id, entry] of Object.entries(connections)) {
        const value = found[`AIRFLOW_CONN_${id.toUpperCase()}`];
        if (names.includes(`AIRFLOW_CONN_${id.toUpperCase()}`))
          expect(JSON.parse(value ?? ""), `${name}: ${id}`).to.deep.equal(JSON.parse(entry));
      }
      for (const [key, value] of Object.entries(variables))
        if (names.includes(`AIRFLOW_VAR_${key.toUpperCase()}`))
          expect(found[`AIRFLOW_VAR_${key.toUpperCase()}`], `${name}: ${key}`).to.equal(value);
    }
  }

  it("read awkward values unchanged, and the whole file beside ids that have no line", async () => {
    const connections = renderConnections([
      { connId: "etl-own", connType: "http", password: "x" },
      { connId: "a.b", connType: "http" },
      { connId: "pg", connType: "http" },
      { connId: "PG", connType: "http" },
      { connId: "1st", connType: "http", password: "p" },
      { connId: "odd", connType: "http", password: `$HOME \${A} #x ' " \` \\ \n\r\t é 👩🏽‍🚀 =`, extra: { "#": "$(x)" } },
    ]).entries;
    await expectRead(connections, { A: "", B: "a=b c:d, {e} [f] ~!@%^&*()|;<>?/", C: "true", D: '{"a": 1}' });
  });

  it("read every accepted set of connections and plain Variables", async () => {
    const texts = fc.string({ unit: "grapheme-ascii", maxLength: 30 });
    const variables = fc.dictionary(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,8}$/), texts, { maxKeys: 6 });
    await fc.assert(
      fc.asyncProperty(validSets, variables, (connections, own) =>
        expectRead(renderConnections(connections).entries, own),
      ),
      { numRuns: 60 },
    );
  });
});
