import { expect } from "chai";
import { readAws } from "../../../cli/import/read-aws";
import { readKubernetes } from "../../../cli/import/read-kubernetes";
import { readVault } from "../../../cli/import/read-vault";
import sinon from "sinon";

const URI = "postgres://u:p%40@h:1/db";
const PARSED = { connType: "postgres", host: "h", login: "u", password: "p@", port: 1, schema: "db" };

describe("import from the backends that Airflow reads", function () {
  this.timeout(600_000);

  it("reads Kubernetes Secrets, labelled or mounted", async () => {
    const { startKubeApiserver } = await import("../../../tools/servers/kube.mjs");
    const kube = await startKubeApiserver({ users: [{ name: "reader" }] });
    try {
      await kube.createNamespace("airflow");
      const create = async (name: string, labels: Record<string, string>, stringData: Record<string, string>) => {
        const body = { metadata: { name, labels }, stringData };
        expect((await kube.request("POST", "/api/v1/namespaces/airflow/secrets", body)).status).to.equal(201);
      };
      const label = (kind: string, id: string) => ({ [`airflow.apache.org/${kind}`]: id });
      await create("a", label("connection-id", "pg"), { value: URI });
      await create("b", label("connection-id", "none"), { other: "x" });
      await create("c", label("variable-key", "region"), { value: "eu" });
      await create(
        "mounted",
        {},
        {
          "connections.json": JSON.stringify({ pg: URI, api: { conn_type: "http", host: "h" } }),
          "variables.json": '{"number": 1.0}',
        },
      );
      const access = `context=admin&kubeconfig=${encodeURIComponent(kube.kubeconfig("admin"))}`;
      const labelled = await readKubernetes(`kubernetes://airflow?${access}`);
      expect(labelled.connections).to.deep.equal([{ id: "pg", fields: PARSED, withheld: [] }]);
      expect(labelled.variables).to.deep.equal([{ id: "region", value: "eu" }]);
      expect(labelled.losses.map(({ id }) => id)).to.deep.equal(["none"]);
      const mounted = await readKubernetes(`kubernetes://airflow/mounted?${access}`);
      expect(mounted.connections.map(({ id }) => id)).to.deep.equal(["pg", "api"]);
      expect(mounted.variables).to.deep.equal([{ id: "number", value: "1.0" }]);
      const refused = `context=reader&kubeconfig=${encodeURIComponent(kube.kubeconfig("reader"))}`;
      const error = await readKubernetes(`kubernetes://airflow?${refused}`).catch((thrown: Error) => thrown);
      expect(error).to.have.property("code", "target-unavailable");
    } finally {
      await kube.stop();
    }
  });

  it("reads the paths of Airflow's VaultBackend", async () => {
    const { startVault } = await import("../../../tools/servers/vault.mjs");
    const vault = await startVault();
    try {
      const put = (path: string, data: object) => vault.request("POST", `secret/data/team/${path}`, { data });
      await put("connections/pg", { conn_uri: URI });
      await put("connections/api", { conn_type: "http", host: "h", extra: '{"a": 1}' });
      await put("connections/nested/x", { conn_uri: URI });
      await put("variables/region", { value: "eu" });
      await put("variables/odd", { other: "eu" });
      sinon.stub(process, "env").value({ ...process.env, VAULT_TOKEN: vault.rootToken });
      const { connections, variables, losses } = await readVault(`vault://secret/team?address=${vault.address}`);
      expect(connections).to.deep.equal([
        { id: "api", fields: { connType: "http", host: "h", extra: { a: 1 } }, withheld: [] },
        { id: "pg", fields: PARSED, withheld: [] },
      ]);
      expect(variables).to.deep.equal([{ id: "region", value: "eu" }]);
      expect(losses.map(({ id }) => id)).to.deep.equal(["secret/team/connections/nested/", "odd"]);
      const nothing = await readVault(`vault://secret/none?address=${vault.address}`);
      expect(nothing).to.deep.equal({ connections: [], variables: [], losses: [] });
    } finally {
      await vault.stop();
    }
  });

  it("reads the secrets of Airflow's SecretsManagerBackend", async () => {
    const { startMoto } = await import("../../../tools/servers/moto.mjs");
    const moto = await startMoto();
    try {
      sinon.stub(process, "env").value({ ...process.env, ...moto.env });
      const { SecretsManager } = await import("@aws-sdk/client-secrets-manager");
      const aws = new SecretsManager({ region: moto.region, endpoint: moto.url });
      const put = (Name: string, SecretString: string) => aws.createSecret({ Name, SecretString });
      await put("airflow/connections/pg", URI);
      await put(
        "airflow/connections/alias",
        JSON.stringify({ engine: "mysql", user: "u", pass: "p", server: "h", foo: 1 }),
      );
      await put("airflow/variables/region", "eu");
      await put("airflow/connectionsx/other", URI);
      const { connections, variables, losses } = await readAws("aws-sm://airflow");
      expect(connections).to.deep.equal([
        { id: "alias", fields: { connType: "mysql", login: "u", password: "p", host: "h" }, withheld: [] },
        { id: "pg", fields: PARSED, withheld: [] },
      ]);
      expect(variables).to.deep.equal([{ id: "region", value: "eu" }]);
      expect(losses.map(({ id, field }) => [id, field])).to.deep.equal([["alias", "foo"]]);
    } finally {
      await moto.stop();
    }
  });
});
