// Type tests: compiled, never run. Each `@ts-expect-error` fails the compilation when the line below it is accepted.
import * as pulumi from "@pulumi/pulumi";
import * as airflow from "pulumi-airflow-env";

declare const workspace: airflow.Workspace;
declare const text: pulumi.Output<string>;
declare const flag: pulumi.Output<boolean>;

// Known extras, standard fields and everything that a connection has besides.
const args: airflow.connections.SnowflakeArgs = {
  workspace,
  login: text,
  password: pulumi.secret("x"),
  account: "acme",
  insecureMode: flag,
};
const warehouse: airflow.connections.Snowflake = new airflow.connections.Snowflake("warehouse", args);
const generic: airflow.Connection = warehouse;
new airflow.connections.GoogleCloudPlatform("gcp", { workspace, project: "p", numRetries: 3 }, { dependsOn: generic });
new airflow.connections.Redis("cache", { workspace, host: "h", port: 6379, sslCertReqs: "optional" });
new airflow.connections.Vault("vault", { workspace, kvEngineVersion: 2 });
new airflow.connections.Pydanticai("ai", { workspace, fallbackConnIds: ["a", text] });
new airflow.connections.Clickhouse("ch", { workspace, sessionSettings: { max_threads: 4 } });
new airflow.connections.Asana("asana", { workspace, extraWorkspace: "1" });
new airflow.connections.Gcpspanner("inherited form", { workspace, keyPath: "/key.json" });
new airflow.connections.Datadog("by reference", { workspace, appKey: airflow.valueFrom.env("APP_KEY") });
new airflow.connections.Clickhouse("by reference", { workspace, clientKwargs: airflow.valueFrom.file("kwargs.json") });
const { Postgres } = airflow.connections;
new Postgres("taken apart", { workspace, schema: "dw" });

// A Workspace of another stack: by name and store, or as that stack's output.
declare const stack: pulumi.StackReference;
declare const exported: pulumi.Output<{ name: string; store: string }>;
const byName: airflow.WorkspaceReference = { name: "data", store: text };
const target: airflow.DeploymentTarget = { directory: { path: "." } };
for (const shared of [workspace, byName, exported])
  new airflow.Connection("x", { workspace: shared, connType: "http" });
new airflow.Connection("by output", { workspace: stack.requireOutput("workspace"), connType: "http" });
new airflow.Deployment("by output", { workspace: stack.requireOutput("workspace"), target });
new airflow.connections.Redis("by output", { workspace: stack.requireOutput("workspace"), host: "h" });
const foreign = { workspace: stack.requireOutput("workspace"), connId: "pg" };
new airflow.ConnectionLink("by output", { connection: foreign, deployment: "prod" });
// @ts-expect-error an output of something else
new airflow.Deployment("no", { workspace: text, target });
// @ts-expect-error without a store
new airflow.Deployment("no", { workspace: pulumi.output({ name: "data" }), target });

// Always open for keys that no package declares.
new airflow.connections.Snowflake("open", { workspace, extra: { query_tag: "x", session_parameters: { a: [1] } } });
new airflow.connections.Mysql("open", { workspace, extra: pulumi.output({ charset: "utf8" }) });

// @ts-expect-error Airflow hides host for snowflake
new airflow.connections.Snowflake("no", { workspace, host: "h" });
// @ts-expect-error misspelt extra
new airflow.connections.Snowflake("no", { workspace, warehose: "h" });
// @ts-expect-error Airflow's own spelling belongs into extra
new airflow.connections.Snowflake("no", { workspace, insecure_mode: true });
// @ts-expect-error a string for a boolean
new airflow.connections.Snowflake("no", { workspace, insecureMode: "true" });
// @ts-expect-error a string for an integer
new airflow.connections.Smtp("no", { workspace, timeout: "30" });
// @ts-expect-error not in the enum
new airflow.connections.Redis("no", { workspace, sslCertReqs: "sometimes" });
// @ts-expect-error not in the enum of numbers
new airflow.connections.Vault("no", { workspace, kvEngineVersion: 3 });
// @ts-expect-error an item of the wrong type
new airflow.connections.Pydanticai("no", { workspace, fallbackConnIds: [1] });
// @ts-expect-error the class fixes the type
new airflow.connections.Postgres("no", { workspace, connType: "mysql" });
// @ts-expect-error a port is a number
new airflow.connections.Postgres("no", { workspace, port: "5432" });
// @ts-expect-error no such class
new airflow.connections.Postgers("no", { workspace });

// The generic connection: known types are completed, any other string is accepted.
const known: airflow.ConnType = "snowflake";
const own: airflow.ConnType = "my_company_crm";
new airflow.Connection("known", { workspace, connType: known, host: "h" });
new airflow.Connection("own", { workspace, connType: own, extra: { anything: true } });
new airflow.Connection("from output", { workspace, connType: text });
// @ts-expect-error the type is needed
new airflow.Connection("no", { workspace, host: "h" });
// @ts-expect-error a type is a string
new airflow.Connection("no", { workspace, connType: 1 });
