import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findConnectionType, validateAgainstCatalog } from "../../../catalog/lookup";
import { renderConnections, type EffectiveConnection } from "../../fakes/effective";

const samples = JSON.parse(readFileSync(join(__dirname, "samples.json"), "utf8")) as EffectiveConnection[];

/**
 * Samples that their provider's own hook must have parsed; of the others, those whose package is installed. Google's
 * package is 900 MB and left out of the environment: point AIRFLOW_HOOKS_PYTHON at one that has it.
 */
const HOOKS_REQUIRED = ["aws", "fs", "http", "postgres", "slack", "smtp", "snowflake", "ssh"];

/** Of samples whose hooks need a setting of Airflow besides. */
const EXPECTED_WARNINGS: Record<string, string[]> = { jdbc: ["driver-in-extra"], odbc: ["driver-in-extra"] };

describe("projected connections of 44 types, read by Airflow and its hooks", () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "airflow-env-samples-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("are good in the eyes of the catalog", () => {
    expect(samples.length).to.be.at.least(30);
    for (const sample of samples) {
      expect(findConnectionType(sample.connType), sample.connType).to.not.be.undefined;
      const { errors, warnings } = validateAgainstCatalog(sample);
      expect(errors, sample.connId).to.deep.equal([]);
      expect(
        warnings.map(({ code }) => code),
        sample.connId,
      ).to.deep.equal(EXPECTED_WARNINGS[sample.connId] ?? []);
    }
  });

  it("arrive in Airflow as declared, and hooks accept them", async () => {
    const file = join(folder, "connections.json");
    writeFileSync(file, renderConnections(samples).text);
    const python = process.env["AIRFLOW_HOOKS_PYTHON"] ?? (await airflowWithHooks());
    const out = execFileSync(python, [join(__dirname, "read_by_hooks.py"), file], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], AIRFLOW_HOME: join(folder, "airflow") },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const result = JSON.parse(out.slice(out.indexOf("\n{\n") + 1)) as Record<string, string>;
    expect(Object.keys(result)).to.have.members(samples.map((sample) => sample.connId));
    expect(Object.entries(result).filter(([, outcome]) => outcome.startsWith("error"))).to.deep.equal([]);
    expect(HOOKS_REQUIRED.filter((id) => result[id] !== "hook")).to.deep.equal([]);
  });
});

async function airflowWithHooks(): Promise<string> {
  const { ensureAirflowHooks } = await import("../../../tools/toolchain.mjs");
  return (await ensureAirflowHooks()).python;
}
