import { expect } from "chai";
import { pathText } from "../../../provider/path";
import type { TargetSpec } from "../../../provider/environment/documents";
import { limitsOf } from "../../../provider/targets/limits";
import { openTarget } from "../../../provider/targets/registry";

describe("limits of target kinds", () => {
  const specs: TargetSpec[] = [
    { kubernetes: { namespace: "airflow" } },
    { kubernetesBackend: { namespace: "airflow" } },
    { directory: { path: "p" } },
  ];
  for (const spec of specs)
    it(`are those of the opened target: ${Object.keys(spec).join()}`, async () => {
      expect(limitsOf(spec).maxBytes).to.equal((await openTarget(spec)).maxBytes);
    });

  it("tell what a kubernetesBackend target cannot hold, and nothing of others", () => {
    const problems = (spec: TargetSpec, connId: string, connType: string, port: number, bytes: number) => {
      const entry = (host: string) => JSON.stringify({ conn_type: connType, host, port });
      const filled = entry("x".repeat(bytes - entry("").length));
      return limitsOf(spec)
        .problemsOf("connections", connId, filled)
        .map(({ path }) => pathText(path));
    };
    const backend = { kubernetesBackend: {} };
    expect(problems(backend, "ok", "postgres", 1, 1_048_576)).to.deep.equal([]);
    expect(problems(backend, "_", "postgresql", 0, 1_048_577)).to.deep.equal(["connId", "connType", "port", "extra"]);
    expect(problems({ kubernetes: {} }, "_", "my-type", 0, 1_048_577)).to.deep.equal([]);
  });

  it("tell which Variables a kubernetesBackend target cannot hold", () => {
    const problems = (spec: TargetSpec, key: string, bytes: number) =>
      limitsOf(spec)
        .problemsOf("variables", key, JSON.stringify("x".repeat(bytes - 2)))
        .map(({ path }) => pathText(path));
    expect(problems({ kubernetesBackend: {} }, "ok", 1_048_576)).to.deep.equal([]);
    expect(problems({ kubernetesBackend: {} }, "a key", 1_048_577)).to.deep.equal(["key", "value"]);
    expect(problems({ kubernetes: {} }, "a key", 9)).to.deep.equal([]);
  });

  it("say what each kind needs and how Airflow reads it", () => {
    const facts = specs.map((spec) => {
      const { oneFile, requiredPackage, paths } = limitsOf(spec);
      return { oneFile, requiredPackage, paths };
    });
    expect(facts).to.deep.equal([
      { oneFile: true, requiredPackage: undefined, paths: [] },
      { oneFile: false, requiredPackage: "apache-airflow-providers-cncf-kubernetes", paths: [] },
      { oneFile: true, requiredPackage: undefined, paths: ["path"] },
    ]);
  });
});
