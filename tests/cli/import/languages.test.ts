import { expect } from "chai";
import { load } from "js-yaml";
import { languageOf, languages } from "../../../cli/program/languages";
import type { Program } from "../../../cli/program/program";
import { pythonName } from "../../../cli/program/python";

const HOSTILE = '"});${x} $$ {{ }} \\ \u2028 </script> yes';

const program: Program = {
  comment: "A comment.",
  workspace: { declared: "data" },
  objects: [
    {
      kind: "connection",
      id: "my.db",
      connType: "postgres",
      isTyped: true,
      fields: [
        { path: "host", value: { literal: HOSTILE } },
        { path: "password", value: { config: "connection/my.db/password", type: "string" } },
        { path: "extra.connect_timeout", input: "connectTimeout", value: { literal: 10 } },
        { path: "extra.of-its-own", value: { literal: { deep: [true, null, 1.5, "$"] } } },
      ],
      sharing: "Restricted",
      links: [
        {
          deployment: "prod",
          overrides: [
            { path: "host", value: { literal: "db.prod" } },
            { path: "extra.connect_timeout", input: "connectTimeout", value: { literal: 20 } },
          ],
        },
      ],
    },
    {
      kind: "variable",
      id: "my_db",
      value: { stored: "variable-my_db" },
      description: "the limit",
      sharing: "LinkedToAll",
    },
  ],
};

describe("languages of programs", () => {
  it("are told by a file's ending", () => {
    expect(["index.ts", "__main__.py", "Main.yaml", "x.yml", "index.js", "ts"].map(languageOf)).to.deep.equal([
      "typescript",
      "python",
      "yaml",
      "yaml",
      undefined,
      undefined,
    ]);
  });

  it("Python", () => {
    expect(languages.python.write(program)).to.equal(`# A comment.
import pulumi
import pulumi_airflow_env as airflow

config = pulumi.Config()
data = airflow.Workspace("data")
workspace = airflow.WorkspaceReferenceArgs(name=data.name, store=data.store)

connection = airflow.connections.Postgres(
    "my.db",
    workspace=workspace,
    host=${JSON.stringify(HOSTILE)},
    password=config.require_secret("connection/my.db/password"),
    connect_timeout=10,
    extra={
        "of-its-own": {"deep": [True, None, 1.5, "$"]},
    },
    sharing=airflow.Sharing.RESTRICTED,
)

airflow.ConnectionLink(
    "my.db-prod",
    workspace=workspace,
    conn_id=connection.conn_id,
    deployment="prod",
    overrides=airflow.ConnectionValuesArgs(
        host="db.prod",
        extra={
            "connect_timeout": 20,
        },
    ),
)

airflow.Variable(
    "my_db",
    workspace=workspace,
    value=airflow.ValueReferenceArgs(value_from=airflow.ValueSourceArgs(store="variable-my_db")),
    description="the limit",
    sharing=airflow.Sharing.LINKED_TO_ALL,
)
`);
  });

  it("YAML", () => {
    const text = languages.yaml.write(program);
    expect(text).to.match(/^# A comment\.\n/);
    expect(load(text)).to.deep.equal({
      config: { "connection/my.db/password": { type: "string", secret: true } },
      variables: { workspace: { name: "${data.name}", store: "${data.store}" } },
      resources: {
        data: { type: "airflow-env:Workspace", properties: { name: "data" } },
        my_db: {
          type: "airflow-env:connections:Postgres",
          properties: {
            workspace: "${workspace}",
            connId: "my.db",
            host: HOSTILE.replaceAll("$", "$$$$"),
            password: '${["connection/my.db/password"]}',
            connectTimeout: 10,
            extra: { "of-its-own": { deep: [true, null, 1.5, "$$"] } },
            sharing: "Restricted",
          },
        },
        "my_db-prod": {
          type: "airflow-env:ConnectionLink",
          properties: {
            workspace: "${my_db.workspace}",
            connId: "${my_db.connId}",
            deployment: "prod",
            overrides: { host: "db.prod", extra: { connect_timeout: 20 } },
          },
        },
        "my_db-2": {
          type: "airflow-env:Variable",
          properties: {
            workspace: "${workspace}",
            key: "my_db",
            value: { valueFrom: { store: "variable-my_db" } },
            description: "the limit",
            sharing: "LinkedToAll",
          },
        },
      },
    });
  });

  it("name inputs in Python as Pulumi's generator does", () => {
    const names = ["tlsCAFile", "connectTimeoutMS", "k8sTokenPath", "host", "jsonResultForceUtf8Decoding"];
    expect(names.map(pythonName)).to.deep.equal([
      "tls_ca_file",
      "connect_timeout_ms",
      "k8s_token_path",
      "host",
      "json_result_force_utf8_decoding",
    ]);
  });
});
