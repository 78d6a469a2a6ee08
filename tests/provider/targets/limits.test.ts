import { expect } from "chai";
import type { TargetSpec } from "../../../provider/model/documents";
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
    const problems = (spec: TargetSpec, connId: string, connType: string, port: number, bytes: number) =>
      limitsOf(spec)
        .problemsOf({ connId, connType, port }, bytes)
        .map(({ field }) => field);
    const backend = { kubernetesBackend: {} };
    expect(problems(backend, "ok", "postgres", 1, 1_048_576)).to.deep.equal([]);
    expect(problems(backend, "_", "postgresql", 0, 1_048_577)).to.deep.equal([
      "connId",
      "connType",
      "port",
      "connection",
    ]);
    expect(problems({ kubernetes: {} }, "_", "my-type", 0, 1_048_577)).to.deep.equal([]);
  });
});
