import * as pulumi from "@pulumi/pulumi";
import * as airflow from "pulumi-airflow-env";

const config = new pulumi.Config();
// The current context of the kubeconfig, unless the stack names one.
const context = config.get("context");

// The store comes from the stack: pulumi config set airflow-env:store "vault://secret/airflow"
const data = new airflow.Workspace("data");

// One Secret with connections.json, mounted into Airflow's pods.
const etl = new airflow.Deployment("etl", {
  workspace: data,
  target: { kubernetes: { namespace: "airflow-etl", context } },
  airflowVersion: "3.1.8",
  providers: ["apache-airflow-providers-postgres", "apache-airflow-providers-http"],
});

// One Secret per connection, read by Airflow over the Kubernetes API: for Deployments with many connections.
new airflow.Deployment("reporting", {
  workspace: data,
  target: { kubernetesBackend: { namespace: "airflow-reporting", context } },
  airflowVersion: "3.1.8",
  providers: ["apache-airflow-providers-cncf-kubernetes", "apache-airflow-providers-http"],
});

// A class per connection type: Airflow's own fields, completed and checked.
const warehouse = new airflow.connections.Postgres("warehouse", {
  workspace: data,
  host: "warehouse.internal",
  login: "etl",
  password: config.requireSecret("warehousePassword"),
  port: 5432,
});
new airflow.ConnectionLink("warehouse-etl", { connection: warehouse, deployment: etl });

new airflow.Connection("alerts", {
  workspace: data,
  connType: "http",
  host: "https://alerts.internal",
  sharing: "LinkedToAll",
});
