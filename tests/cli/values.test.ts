import { expect } from "chai";
import { load } from "js-yaml";
import type { Document } from "../../provider/environment/documents";
import { documentKeys } from "../../provider/environment/keys";
import { variableKind } from "../../provider/objects/variable/kind";
import type { SecretsStore } from "../../provider/stores/store";
import { fill, namedStore, run, sampleDocuments } from "./harness";

describe("airflow-env values", () => {
  let store: SecretsStore;
  const cli = (...args: string[]) => run([store], ["values", ...args, "--store", "memory:a"]);

  beforeEach(async () => {
    store = namedStore("a");
    const owner = "acme/platform/prod::x";
    const targets = {
      prod: { kubernetes: { namespace: "airflow-prod", secretName: "mine" } },
      backend: { kubernetesBackend: { namespace: "airflow-b", namePrefix: "x" } },
    };
    const variable: Document = {
      kind: "variable",
      id: "region",
      owner,
      base: { value: "eu", secret: false },
      sharing: "Restricted",
      exclude: [],
      links: { dev: { owner, overrides: {} } },
      overrides: {},
    };
    await fill(store, [
      ...sampleDocuments(),
      ...Object.entries(targets).map(([name, target]): [string, Document] => [
        documentKeys.deployment("data", name),
        { kind: "deployment", name, owner, target },
      ]),
      [documentKeys.object("data", variableKind, "region"), variable],
    ]);
  });

  it("prints values of the Helm chart with the Secret's own name", async () => {
    const { code, stdout } = await cli("--deployment", "prod");
    expect(code).to.equal(0);
    expect(load(stdout)).to.deep.equal({
      volumes: [{ name: "airflow-connections", secret: { secretName: "mine", defaultMode: 0o440 } }],
      volumeMounts: [{ name: "airflow-connections", mountPath: "/opt/airflow/connections", readOnly: true }],
      config: {
        secrets: {
          backend: "airflow.secrets.local_filesystem.LocalFilesystemBackend",
          backend_kwargs: '{"connections_file_path":"/opt/airflow/connections/connections.json"}',
        },
      },
    });
  });

  it("names the file of Variables where the Deployment gets any, or on request", async () => {
    const dev = await cli("--deployment", "dev", "--format", "cfg");
    expect(dev.stdout).to.equal(
      "[secrets]\nbackend = airflow.secrets.local_filesystem.LocalFilesystemBackend\n" +
        'backend_kwargs = {"connections_file_path":"out/dev/connections.json","variables_file_path":"out/dev/variables.json"}\n',
    );
    const prod = await cli("--deployment", "prod", "--format", "env", "--variables", "--mount-path", "/run/100%");
    expect(prod.stdout).to.contain('"variables_file_path":"/run/100%/variables.json"');
    const escaped = await cli("--deployment", "prod", "--format", "cfg", "--mount-path", "/run/100%");
    expect(escaped.stdout, "ConfigParser's own sign").to.contain("/run/100%%/connections.json");
  });

  it("prints the Role that the backend for Secrets needs, and the package", async () => {
    const { stdout, stderr } = await cli("--deployment", "backend", "--format", "rbac");
    expect(load(stdout)).to.deep.include({
      kind: "Role",
      metadata: { name: "airflow-reads-connections", namespace: "airflow-b" },
      rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["list"] }],
    });
    expect(stderr).to.contain("apache-airflow-providers-cncf-kubernetes");
  });

  it("is JSON on request, and says what there is not", async () => {
    const { stdout } = await cli("--deployment", "backend", "--format", "pod", "--json");
    const { settings, text, ...rest } = JSON.parse(stdout);
    expect(rest).to.deep.equal({ workspace: "data", deployment: "backend", format: "pod" });
    expect(settings.kwargs).to.deep.equal({ namespace: "airflow-b" });
    expect(load(text)).to.have.nested.property("spec.containers[0].env[0].name", "AIRFLOW__SECRETS__BACKEND");
    const none = await cli("--deployment", "prod", "--format", "rbac");
    expect(none.code).to.equal(1);
    expect(none.stderr).to.contain('Deployment "prod"').and.to.contain("needs no rights");
    expect((await cli("--deployment", "nope")).stderr).to.contain("it has backend, dev, prod");
    expect((await cli("--deployment", "prod", "--mount-path", "relative")).code).to.equal(2);
  });
});
