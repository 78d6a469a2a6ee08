// Type tests: compiled, never run. Each `@ts-expect-error` fails the compilation when the line below it is accepted.
import * as pulumi from "@pulumi/pulumi";
import * as airflow from "pulumi-airflow-env";

declare const workspace: airflow.Workspace;
declare const text: pulumi.Output<string>;
declare const flag: pulumi.Output<boolean>;
declare const deploymentOfUri: airflow.Deployment;

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

// A whole connection as a URI, or its fields: not both.
new airflow.Connection("by uri", { workspace, uri: "http://h", description: "d", sharing: "LinkedToAll" });
new airflow.Connection("by uri", { deployment: deploymentOfUri, uri: airflow.valueFrom.env("AIRFLOW_CONN_X") });
new airflow.Connection("by uri", { workspace, uri: text, ignoreWarnings: ["uri-reading"] });
// @ts-expect-error a field beside the URI
new airflow.Connection("no", { workspace, uri: "http://h", host: "h" });
// @ts-expect-error a type beside the URI
new airflow.Connection("no", { workspace, uri: "http://h", connType: "http" });
// @ts-expect-error neither a type nor a URI
new airflow.Connection("no", { workspace, description: "d" });
// @ts-expect-error the class fixes the type
new airflow.connections.Http("no", { workspace, uri: "http://h" });
// @ts-expect-error a link says what differs
new airflow.ConnectionLink("no", { connection: generic, deployment: "prod", overrides: { uri: "http://h" } });
// @ts-expect-error no such warning
new airflow.Connection("no", { workspace, connType: "http", ignoreWarnings: ["short-pasword"] });

// Links and Overrides take the extras of the connection's class, too.
declare const production: airflow.Deployment;
const pair = { connection: warehouse, deployment: production };
new airflow.Override("typed", {
  ...pair,
  fields: { account: "acme-prod", insecureMode: null, login: text, extra: { a: 1 } },
});
new airflow.ConnectionLink("typed", { ...pair, overrides: { warehouse: text, role: null } });
new airflow.Override("by reference", {
  connection: foreign,
  deployment: "prod",
  fields: { host: "h", extra: { account: "a" } },
});
new airflow.ConnectionLink("generic", { connection: generic, deployment: "prod", overrides: { password: null } });
const anyOverride: airflow.Override = new airflow.Override("typed", { ...pair, fields: { role: "r" } });
void anyOverride;
// @ts-expect-error misspelt extra
new airflow.Override("no", { ...pair, fields: { acount: "acme-prod" } });
// @ts-expect-error a string for a boolean
new airflow.ConnectionLink("no", { ...pair, overrides: { insecureMode: "true" } });
// @ts-expect-error extras are known of typed connections alone
new airflow.Override("no", { connection: generic, deployment: "prod", fields: { account: "a" } });
// @ts-expect-error an extra of another type
new airflow.Override("no", { ...pair, fields: { sslCertReqs: "none" } });

// Typed extras where Airflow's form has none.
new airflow.connections.Aws("aws", {
  workspace,
  roleArn: "r",
  regionName: "eu-west-1",
  configKwargs: { retries: text },
});
new airflow.connections.Ssh("ssh", {
  workspace,
  privateKey: airflow.valueFrom.env("KEY"),
  noHostKeyCheck: true,
  connTimeout: 10,
});
new airflow.connections.Postgres("pg", { workspace, host: "h", sslmode: "require", keepalivesIdle: 30 });
new airflow.connections.Kafka("kafka", { workspace, bootstrapServers: "b:9092", securityProtocol: "SASL_SSL" });
new airflow.connections.Http("http", { workspace, host: "h", verify: "/ca.pem", maxRedirects: 2 });
new airflow.connections.Mysql("mysql", { workspace, ssl: { ca: "/ca.pem" }, cursor: "sscursor" });
new airflow.connections.Gcpcloudsql("csql", {
  workspace,
  host: "1.1.1.1",
  schema: "d",
  databaseType: "mysql",
  projectId: "p",
});
new airflow.connections.GoogleCloudPlatform("idp", { workspace, idpExtraParams: "{}" });
// @ts-expect-error the hook ignores the form's key
new airflow.connections.GoogleCloudPlatform("idp", { workspace, idpExtraParameters: "{}" });
// @ts-expect-error not an object
new airflow.connections.Aws("no", { workspace, configKwargs: "x" });

// A Workspace-level connection or a Deployment's, exactly one kind of target.
declare const deployment: airflow.Deployment;
new airflow.Connection("of a Deployment", { deployment, connType: "http" });
new airflow.Variable("of a Workspace", { workspace, value: "v", sharing: "LinkedToAll" });
const either: airflow.ConnectionArgs = { workspace, connType: "http", exclude: ["prod"] };
new airflow.Connection("by a variable", either);
// @ts-expect-error both of the two scopes
new airflow.Connection("no", { workspace, deployment, connType: "http" });
// @ts-expect-error neither of the two scopes
new airflow.Connection("no", { connType: "http" });
// @ts-expect-error a Deployment's own connection is not shared
new airflow.Connection("no", { deployment, connType: "http", sharing: "LinkedToAll" });
// @ts-expect-error both of the two scopes
new airflow.Variable("no", { workspace, deployment, value: "v" });
// @ts-expect-error two kinds of targets
new airflow.Deployment("no", { workspace, target: { directory: { path: "." }, kubernetes: { namespace: "a" } } });
// @ts-expect-error no kind of target
new airflow.Deployment("no", { workspace, target: {} });
// @ts-expect-error a name alone does not say in which store
new airflow.Deployment("no", { workspace: "data", target });
