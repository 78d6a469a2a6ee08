import * as pulumi from "@pulumi/pulumi";
import * as airflow from "pulumi-airflow-env";

const config = new pulumi.Config();
const data = new airflow.Workspace("data", { store: "vault://secret/airflow" });

export const prod = new airflow.Deployment("prod", {
  workspace: data,
  target: { kubernetes: { namespace: "airflow-prod" } },
});
export const warehouse = new airflow.Connection("warehouse", {
  workspace: data,
  connType: "postgres",
  host: "db.internal",
  password: config.requireSecret("warehousePassword"),
});
export const link = new airflow.ConnectionLink("warehouse-prod", { connection: warehouse, deployment: prod });
