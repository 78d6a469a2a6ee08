import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { load } from "js-yaml";
import { settingsText } from "../../cli/airflow-settings";
import { airflowSide } from "../../provider/targets/airflow-sides";
import type { HelmValues } from "../../sdk/airflow";

const PROGRAM = `
import json
from airflow.models import Connection, Variable
print(json.dumps([Connection.get_connection_from_secrets("warehouse").host, Variable.get("region")]))
`;

for (const version of ["3.3.2", "2.11.2"] as const)
  describe(`Airflow ${version} with the settings that airflow-env values prints`, () => {
    let folder: string;
    let python: string;
    const at = (name: string) => join(folder, name);

    before(async () => {
      const { ensureAirflow } = await import("../../tools/toolchain.mjs");
      ({ python } = await ensureAirflow(version));
      folder = mkdtempSync(join(tmpdir(), "airflow-settings-"));
      writeFileSync(at("connections.json"), JSON.stringify({ warehouse: { conn_type: "postgres", host: "db.prod" } }));
      writeFileSync(at("variables.json"), JSON.stringify({ region: "eu" }));
    });
    after(() => folder && rmSync(folder, { recursive: true }));

    async function expectReads(environment: Record<string, string>): Promise<void> {
      const env = { PATH: process.env["PATH"], HOME: folder, AIRFLOW_HOME: at("home"), ...environment };
      const { stdout } = await promisify(execFile)(python, ["-W", "ignore", "-c", PROGRAM], { env });
      expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).to.deep.equal(["db.prod", "eu"]);
    }

    // The folder stands for the mounted one: nothing else of a pod matters to Airflow.
    const mounted = () => airflowSide({ kubernetes: { namespace: "x" } }, { mountPath: folder, variables: true })!;

    it("reads a connection and a Variable by environment variables", async () => {
      const lines = settingsText(mounted(), "env")!.trim().split("\n");
      await expectReads(Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string])));
    });

    it("reads them by airflow.cfg", async () => {
      const side = airflowSide({ directory: { path: folder } }, { variables: true })!;
      writeFileSync(at("airflow.cfg"), settingsText(side, "cfg")!);
      await expectReads({ AIRFLOW_CONFIG: at("airflow.cfg") });
    });

    it("reads them by the chart's values, which the chart makes an airflow.cfg of", async () => {
      const { config, volumeMounts } = load(settingsText(mounted(), "helm")!) as HelmValues;
      expect(volumeMounts?.[0]?.mountPath).to.equal(folder);
      const lines = Object.entries(config.secrets).map(([key, value]) => `${key} = ${value}`);
      writeFileSync(at("airflow.cfg"), `[secrets]\n${lines.join("\n")}\n`);
      await expectReads({ AIRFLOW_CONFIG: at("airflow.cfg") });
    });
  });
