import { resolve } from "node:path";
import * as airflow from "pulumi-airflow-env";

// Owned by the platform stack. With a shared Pulumi backend, take it from a StackReference instead.
const workspace = { name: "data", store: `local:${resolve("..", ".airflow-env")}` };
const warehouse = { workspace, connId: "warehouse" };

// The team owns its Deployment, its link and its override. The path is absolute: the platform stack writes there too.
const analytics = new airflow.Deployment("analytics", {
  workspace,
  target: { directory: { path: resolve("..", "deployments", "analytics") } },
});
new airflow.ConnectionLink("warehouse-analytics", { connection: warehouse, deployment: analytics });
new airflow.Override("warehouse-analytics-login", {
  connection: warehouse,
  deployment: analytics,
  fields: { login: "analytics" },
});
