import { expect } from "chai";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { canary, scanForCanary } from "./canary";
import { connection, deployment, link, workspace } from "./declarations";
import { Engine, type ResourceSpec, type Stack } from "./engine";
import { writePluginProject } from "./plugin-tools";

const ROOT = join(__dirname, "../..");
const PASSWORD = canary("policy-password");
/** What each violation names: policy, and the resource. */
const VIOLATIONS = {
  "airflow-allowed-connection-types": 'connType "ftp" is not allowed',
  "airflow-no-linked-to-all": "sharing is LinkedToAll",
  "airflow-protected-resources": "not protected in stack",
  "airflow-secrets-by-reference": "password is a secret in the program",
};

describe("the policy pack on the real engine", () => {
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-policy-"));
  let engine: Engine;
  let pack: string;
  let path: string;

  before(async () => {
    engine = await Engine.create();
    pack = installPack();
    path = [join(folder, "bin"), engine.environment({}).PATH].join(delimiter);
  });

  after(() => {
    engine?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  /**
   * The pack as its user has it, but for how it is started: the language host that the tests build is older than the
   * engine and starts no packs, so the engine is led to look for a program of its own, which runs what the host would.
   */
  function installPack(): string {
    const [pack, bin] = [join(folder, "pack"), join(folder, "bin")];
    cpSync(join(ROOT, "examples/policy-pack"), pack, { recursive: true });
    writeFileSync(join(pack, "PulumiPolicy.yaml"), "runtime: node\nmain: index.ts\n");
    mkdirSync(join(pack, "node_modules"));
    for (const scope of ["@pulumi", "@types"])
      symlinkSync(join(ROOT, "node_modules", scope), join(pack, "node_modules", scope));
    symlinkSync(ROOT, join(pack, "node_modules/pulumi-airflow-env"));
    mkdirSync(bin);
    const host = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
    writeFileSync(join(bin, "pulumi-analyzer-policy-node"), `#!/bin/sh\nexec node "${host}" "$@"\n`, { mode: 0o755 });
    return pack;
  }

  /** A program with all that the pack refuses, or with nothing of it. */
  function program(at: string, isGood: boolean): ResourceSpec[] {
    const opts = isGood ? { protect: true } : {};
    const specs = [
      workspace(`local:${join(at, "store")}`),
      deployment("airflow", { target: { directory: { path: join(at, "airflow") } } }),
      connection("warehouse", { password: isGood ? { valueFrom: { env: "WAREHOUSE" } } : "$canary" }),
      connection("files", isGood ? { connType: "http" } : { connType: "ftp", sharing: "LinkedToAll" }),
      link("warehouse", "airflow"),
    ];
    return specs.map((spec) => ({ ...spec, opts: { ...spec.opts, ...opts } }));
  }

  const wires: Record<string, (project: string, env: Record<string, string>) => Promise<Stack>> = {
    dynamic: (project, env) => engine.stack(project, env, "prod"),
    native: async (project, env) => {
      const at = join(engine.root, project);
      writePluginProject(at, project, "nodejs");
      return engine.stackIn(at, "prod", env);
    },
  };

  for (const [wire, stackOf] of Object.entries(wires))
    it(`refuses what it is to refuse, and lets a good program through, of the ${wire} wire`, async () => {
      const at = join(folder, wire);
      const stack = await stackOf(`policy-${wire}`, { PATH: path, WAREHOUSE: PASSWORD });
      await stack.setSecret(`policy-${wire}:canary`, PASSWORD);
      await stack.expectOk(["config", "set", "airflow-env:store", `local:${join(at, "store")}`]);

      stack.resources = program(at, false);
      const { output } = await stack.expectFailure(["preview", "--policy-pack", pack]);
      for (const [policy, text] of Object.entries(VIOLATIONS)) {
        expect(output).to.contain(policy);
        expect(output).to.contain(text);
      }

      stack.resources = program(at, true);
      const passed = await stack.expectOk(["up", "--yes", "--skip-preview", "--policy-pack", pack]);
      expect(passed.output).not.to.match(/airflow-[a-z-]+ {2}\(/);
      await stack.expectOk(["state", "unprotect", "--all", "--yes"]);
      await stack.destroy();
      await scanForCanary(engine, [PASSWORD], { files: [join(at, "store")] });
    });
});
