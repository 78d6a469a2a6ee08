import { expect } from "chai";
import { documentKeys } from "../../../provider/environment/keys";
import { Projector } from "../../../provider/projection/projector";
import { targetsOfThisProcess } from "../../../provider/context";
import { WorkspaceStore } from "../../../provider/workspace/workspace-store";
import type { SecretsStore } from "../../../provider/stores/store";
import { fill, run, sampleDocuments } from "../../cli/harness";
import { startBackend as startKubernetes } from "../stores/kubernetes-backend";
import { startBackend as startVault } from "../stores/vault-backend";

/** Verbs that read metadata alone, and what they must show. */
const READING: [args: string[], shown: string][] = [
  [["list"], "link *"],
  [["list", "--deployment", "prod"], "host(link)"],
  [["show", "warehouse"], "login(override)"],
  [["store", "list"], "warehouse"],
];

/** A metadata reader may list and show, and fetches nothing. */
async function expectReader(open: () => SecretsStore): Promise<void> {
  for (const [args, shown] of READING) {
    const store = open();
    const { code, stdout, stderr } = await run([store], [...args, "--store", store.address]);
    expect([code, stderr], args.join(" ")).to.deep.equal([0, ""]);
    expect(stdout).to.contain(shown);
  }
  const store = open();
  const refused = await run([store], ["fetch", "--store", store.address, "--deployment", "prod", "--stdout"]);
  expect(refused.code).to.equal(1);
  expect(refused.stdout).to.equal("");
}

describe("airflow-env with few rights", function () {
  this.timeout(300_000);

  it("lists and shows for a Kubernetes user who may read ConfigMaps alone; syncs with get, list and patch", async () => {
    const backend = await startKubernetes();
    try {
      const { kube } = backend;
      const writer = backend.open();
      const target = { kubernetes: { namespace: "airflow", secretName: "connections", context: "admin" } };
      await fill(
        writer,
        sampleDocuments().flatMap(([key, document]) => {
          if (key === documentKeys.deployment("data", "dev")) return [];
          return [[key, key === documentKeys.deployment("data", "prod") ? { ...document, target } : document]];
        }),
      );
      await writer.close();
      await expectReader(() => backend.open({ user: "reader" }));

      await kube.createNamespace("airflow");
      const kubeconfig = process.env["KUBECONFIG"];
      try {
        process.env["KUBECONFIG"] = kube.kubeconfig("admin");
        const documents = new WorkspaceStore("data", backend.open());
        await documents.snapshot();
        expect(await new Projector(documents, targetsOfThisProcess()).projectAll(["prod"])).to.deep.equal([]);

        const group = "/apis/rbac.authorization.k8s.io/v1/namespaces/airflow";
        await kube.request("POST", `${group}/roles`, {
          metadata: { name: "sync" },
          rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "patch"] }],
        });
        await kube.request("POST", `${group}/rolebindings`, {
          metadata: { name: "sync" },
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "sync" },
          subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "nobody" }],
        });
        const secret = "/api/v1/namespaces/airflow/secrets/connections";
        const before = (await kube.request("GET", secret)).body;
        const damaged = { ...before, data: { "connections.json": Buffer.from("{}").toString("base64") } };
        expect((await kube.request("PUT", secret, damaged)).status).to.equal(200);

        process.env["KUBECONFIG"] = kube.kubeconfig("nobody");
        process.env["AIRFLOW_ENV_CONTEXTS"] = "admin=nobody";
        const store = backend.open();
        const cli = (verb: string) => run([store], [verb, "--store", store.address]);
        const different = await cli("diff");
        expect(different.code, different.stdout).to.equal(2);
        expect(different.stdout).to.contain('connection "warehouse" is missing there');
        expect(await cli("sync")).to.deep.include({ code: 0, stderr: "" });
        expect((await kube.request("GET", secret)).body.data).to.deep.equal(before.data);
      } finally {
        if (kubeconfig === undefined) delete process.env["KUBECONFIG"];
        else process.env["KUBECONFIG"] = kubeconfig;
        delete process.env["AIRFLOW_ENV_CONTEXTS"];
      }
    } finally {
      await backend.stop();
    }
  });

  it("lists and shows for a Vault token that may read metadata alone", async () => {
    const backend = await startVault();
    try {
      const writer = backend.open();
      await fill(writer, sampleDocuments());
      await writer.close();
      const token = await backend.tokenFor(`path "secret/metadata/airflow/*" { capabilities = ["read", "list"] }`);
      await expectReader(() => backend.open({ token }));
    } finally {
      await backend.stop();
    }
  });
});
