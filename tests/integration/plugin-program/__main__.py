"""The same program as index.js, through the generated SDK."""

import json
import os
import re

import pulumi
import pulumi_airflow_env as airflow

with open(os.environ["AIRFLOW_ENV_TEST_SPEC"], encoding="utf8") as file:
    spec = json.load(file)
canary = pulumi.Config().get_secret("canary")
made: dict = {"workspace": {}, "deployment": {}, "connection": {}, "variable": {}}
links: dict = {}
CLASSES = {
    "workspace": airflow.Workspace,
    "deployment": airflow.Deployment,
    "connection": airflow.Connection,
    "link": airflow.ConnectionLink,
    "override": airflow.Override,
    "variable": airflow.Variable,
    "variableLink": airflow.VariableLink,
}


def decode(value):
    """`$canary`, `$workspace:data`, `$env:X` and the like stand for what JSON cannot hold."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if isinstance(value, dict):
        return {key: decode(item) for key, item in value.items()}
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    kind, _, name = value[1:].partition(":")
    if kind == "canary":
        return canary
    if kind == "secret":
        return pulumi.Output.secret(name)
    if kind in ("env", "file", "store"):
        return {"valueFrom": {kind: name}}
    return made[kind][name]


def flat(args):
    """What the plugin takes where the TypeScript classes take other resources."""
    workspace, deployment, connection = (args.pop(name, None) for name in ("workspace", "deployment", "connection"))
    if connection:
        return {**args, "workspace": connection.workspace, "connId": connection.conn_id, "deployment": deployment.name}
    if deployment:
        return {**args, "workspace": deployment.workspace, "deployment": deployment.name}
    if isinstance(workspace, airflow.Workspace):
        workspace = airflow.WorkspaceReferenceArgs(name=workspace.name, store=workspace.store)
    return {**args, **({"workspace": workspace} if workspace else {})}


def snake(name):
    return re.sub("[A-Z]", lambda letter: f"_{letter.group().lower()}", name)


for resource in spec["resources"]:
    kind, name, args = resource["kind"], resource["name"], resource["args"]
    pair = (args.get("connection"), args.get("deployment"))
    opts = pulumi.ResourceOptions(depends_on=[links[pair]] if kind == "override" and pair in links else [])
    given = {snake(key): value for key, value in flat(decode(args)).items()}
    one = CLASSES[kind](name, **given, opts=opts)
    if kind == "link":
        links[pair] = one
    elif kind in made:
        made[kind][name] = one
