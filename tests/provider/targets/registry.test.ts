import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { limitCalls, openTarget, readTargets, targetSchema } from "../../../provider/targets/registry";
import { renderConnections } from "../../fakes/effective";

describe("targetSchema", () => {
  for (const [spec, parsed] of [
    [
      { directory: { path: "p" } },
      { directory: { path: "p", fileName: "connections.json", variablesFileName: "variables.json" } },
    ],
    [{ kubernetes: { namespace: "n" } }, { kubernetes: { namespace: "n", secretName: "airflow-connections" } }],
    [
      { kubernetesBackend: { namespace: "n", context: "c", kubeconfig: "k" } },
      { kubernetesBackend: { namespace: "n", context: "c", kubeconfig: "k", namePrefix: "airflow-connection" } },
    ],
  ])
    it(`fills in the defaults of ${JSON.stringify(spec)}`, () =>
      expect(targetSchema.parse(spec)).to.deep.equal(parsed));

  for (const spec of [
    {},
    undefined,
    "kubernetes",
    { directory: { path: "p" }, kubernetes: { namespace: "n" } },
    { other: {} },
    { kubernetes: {} },
    { kubernetes: { namespace: "Not_A_Name" } },
    { kubernetes: { namespace: "n".repeat(64) } },
    { kubernetes: { namespace: "n", secretName: "-x" } },
    { kubernetes: { namespace: "n", token: "t" } },
    { kubernetesBackend: { namespace: "n", namePrefix: "x".repeat(51) } },
  ])
    it(`refuses ${JSON.stringify(spec)}`, () => expect(targetSchema.safeParse(spec).success).to.equal(false));

  for (const spec of [{}, { other: {} }, { kubernetes: { namespace: 1 } }, { directory: { path: "p", more: 1 } }])
    it(`opens nothing for ${JSON.stringify(spec)} in a document, and says so in our own words`, async () => {
      const error: unknown = await openTarget(spec).catch((failure: unknown) => failure);
      expect(error).to.include({ code: "target-unavailable" });
    });

  it("names the kinds when there is not exactly one", () =>
    expect(targetSchema.safeParse({}).error?.issues[0]?.message).to.contain(
      "exactly one of directory, kubernetes, kubernetesBackend",
    ));
});

describe("target registry", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "target-registry-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("opens and reads targets of several kinds, each failure its own", async () => {
    const kubeconfig = join(folder, "no-such-file");
    const directory = await openTarget({ directory: { path: folder } });
    const kubernetes = await openTarget({ kubernetes: { namespace: "n", kubeconfig } });
    const backend = await openTarget({ kubernetesBackend: { namespace: "n", kubeconfig } });
    const marks = { workspace: "w", workspaceUid: "u", deployment: "d", owner: "o" };
    const state = await directory.write({ connections: renderConnections([]) }, marks, undefined);
    const readings = await readTargets([directory, kubernetes, backend]);
    expect(readings.get(directory)).to.deep.equal({ state });
    for (const target of [kubernetes, backend])
      expect(readings.get(target)).to.have.nested.property("error.code", "target-unavailable");
  });

  it("reads nothing without targets", async () => expect((await readTargets([])).size).to.equal(0));

  it("bounds the writes of one cluster without holding up another", async () => {
    const slow = await openTarget({ kubernetes: { namespace: "n", context: "slow" } });
    const fast = await openTarget({ kubernetes: { namespace: "n", context: "fast" } });
    let running = 0;
    let most = 0;
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const writes = Array.from({ length: 40 }, () =>
      limitCalls(slow, async () => {
        most = Math.max(most, ++running);
        await gate;
        running--;
      }),
    );
    expect(await limitCalls(fast, async () => "done")).to.equal("done");
    release();
    await Promise.all(writes);
    expect(most).to.equal(16);
  });
});
