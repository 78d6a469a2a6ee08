import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { renderConnections } from "../../../provider/projection/render";
import { limitWrites, openTarget, readTargets, targetSchema } from "../../../provider/targets/registry";

describe("targetSchema", () => {
  for (const [spec, parsed] of [
    [{ directory: { path: "p" } }, { directory: { path: "p", fileName: "connections.json" } }],
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
    const state = await directory.write(renderConnections([]), marks, undefined);
    const readings = await readTargets([directory, kubernetes, backend]);
    expect(readings.get(directory.address)).to.deep.equal({ state });
    for (const { address } of [kubernetes, backend])
      expect(readings.get(address)).to.have.nested.property("error.code", "target-unavailable");
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
      limitWrites(slow, async () => {
        most = Math.max(most, ++running);
        await gate;
        running--;
      }),
    );
    expect(await limitWrites(fast, async () => "done")).to.equal("done");
    release();
    await Promise.all(writes);
    expect(most).to.equal(16);
  });
});
