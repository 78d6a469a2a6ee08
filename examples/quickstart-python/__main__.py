"""One Workspace on a local store, three Airflow installations, two connections, two links, one Override."""

import pulumi
import pulumi_airflow_env as airflow

# Where everything is kept: an encrypted local store here, Vault or AWS Secrets Manager in production.
data = airflow.Workspace("data", store="local:.airflow-env")
workspace = airflow.WorkspaceReferenceArgs(name=data.name, store=data.store)


# Three Airflow installations. On Kubernetes: kubernetes=airflow.KubernetesTargetArgs(namespace=...) as the target.
def deployment(name: str) -> airflow.Deployment:
    directory = airflow.DirectoryTargetArgs(path=f"deployments/{name}")
    return airflow.Deployment(name, workspace=workspace, target=airflow.DeploymentTargetArgs(directory=directory))


prod, staging, dev = deployment("prod"), deployment("staging"), deployment("dev")

# Restricted: only Deployments that are linked get it.
warehouse = airflow.connections.Postgres(
    "warehouse",
    workspace=workspace,
    host="warehouse.internal",
    login="etl",
    password="correct-horse-battery-staple",  # in a real program: pulumi.Config().require_secret("warehousePassword")
    port=5432,
    schema="dw",
    sslmode="require",
)

# LinkedToAll: every current and future Deployment gets it.
airflow.Connection(
    "alerts",
    workspace=workspace,
    conn_type="http",
    host="https://alerts.internal",
    password="alerts-token",
    sharing=airflow.Sharing.LINKED_TO_ALL,
)

# One password, two databases: production reads from another host.
airflow.ConnectionLink("warehouse-staging", workspace=workspace, conn_id=warehouse.conn_id, deployment=staging.name)
in_prod = airflow.ConnectionLink(
    "warehouse-prod",
    workspace=workspace,
    conn_id=warehouse.conn_id,
    deployment=prod.name,
    overrides=airflow.ConnectionValuesArgs(host="warehouse-prod.internal", extra={"sslmode": "verify-full"}),
)

# The team that owns production sets its own login, without touching the connection.
airflow.Override(
    "warehouse-prod-login",
    workspace=workspace,
    conn_id=warehouse.conn_id,
    deployment=prod.name,
    fields=airflow.ConnectionValuesArgs(login="etl_prod"),
    opts=pulumi.ResourceOptions(depends_on=[in_prod]),
)

pulumi.export("workspace", data.name)
pulumi.export("deployments", [prod.name, staging.name, dev.name])
