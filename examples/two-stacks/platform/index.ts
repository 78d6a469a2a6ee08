import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as airflow from "pulumi-airflow-env";

const config = new pulumi.Config();

// The platform team owns the Workspace and the shared connections. It knows nothing of the teams' Deployments.
const data = new airflow.Workspace("data", { store: `local:${resolve("..", ".airflow-env")}` });

new airflow.Connection("warehouse", {
  workspace: data,
  connType: "postgres",
  host: "warehouse.internal",
  login: "etl",
  password: config.requireSecret("warehousePassword"),
});

new airflow.Connection("alerts", {
  workspace: data,
  connType: "http",
  host: "https://alerts.internal",
  sharing: "LinkedToAll",
});

// What other stacks need to know.
export const workspace = { name: data.name, store: data.store };
