import * as airflow from "pulumi-airflow-env";

// Where everything is kept: an encrypted local store here, Vault or AWS Secrets Manager in production.
const data = new airflow.Workspace("data", { store: "local:.airflow-env" });

// Three Airflow installations. A Kubernetes Deployment has { kubernetes: { namespace } } as its target.
const deployment = (name: string) =>
  new airflow.Deployment(name, { workspace: data, target: { directory: { path: `deployments/${name}` } } });
const prod = deployment("prod");
const staging = deployment("staging");
const dev = deployment("dev");

// Restricted: only Deployments that are linked get it.
const warehouse = new airflow.Connection("warehouse", {
  workspace: data,
  connType: "postgres",
  host: "warehouse.internal",
  login: "etl",
  password: "correct-horse-battery-staple", // in a real program: config.requireSecret("warehousePassword")
  port: 5432,
  schema: "dw",
  extra: { sslmode: "require" },
});

// LinkedToAll: every current and future Deployment gets it.
new airflow.Connection("alerts", {
  workspace: data,
  connType: "http",
  host: "https://alerts.internal",
  password: "alerts-token",
  sharing: "LinkedToAll",
});

// One password, two databases: production reads from another host.
new airflow.ConnectionLink("warehouse-staging", { connection: warehouse, deployment: staging });
new airflow.ConnectionLink("warehouse-prod", {
  connection: warehouse,
  deployment: prod,
  overrides: { host: "warehouse-prod.internal", extra: { sslmode: "verify-full" } },
});

// The team that owns production sets its own login, without touching the connection.
new airflow.Override("warehouse-prod-login", {
  connection: warehouse,
  deployment: prod,
  fields: { login: "etl_prod" },
});

export const workspace = data.name;
export const deployments = [prod.name, staging.name, dev.name];
