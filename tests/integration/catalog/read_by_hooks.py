"""Reads a projected connections.json as Airflow does and lets the hook of each connection type parse its connection.

Usage: python read_by_hooks.py CONNECTIONS_JSON
Needs Airflow with the provider packages of the types below; opens no network connection. Prints one JSON object:
connection id -> "hook" (its hook parsed it), "airflow" (no hook installed) or "error: ...".
"""

import importlib
import json
import logging
import os
import sys
import tempfile

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp())
os.environ["AIRFLOW__SECRETS__BACKEND"] = "airflow.secrets.local_filesystem.LocalFilesystemBackend"
os.environ["AIRFLOW__SECRETS__BACKEND_KWARGS"] = json.dumps({"connections_file_path": sys.argv[1]})
os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = "sqlite:////nonexistent/never-used.db"
logging.disable(logging.CRITICAL)


def hook(path: str, conn_id: str, argument: str, **more):
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)(**{argument: conn_id}, **more)


def expect(actual, wanted):
    assert actual == wanted, f"{actual!r} instead of {wanted!r}"


P = "airflow.providers."
PASSWORD = 'p@ss/ü "quoted"'


def databricks(h):
    expect(h.host, "adb.azuredatabricks.net")


def ssh(h):
    expect((h.remote_host, h.port, h.username, h.conn_timeout, h.compress), ("bastion", 2222, "u", 15, False))


# connection type: (hook class, its argument, check of what the hook made of the connection)
HOOKS = {
    "aws": (P + "amazon.aws.hooks.base_aws.AwsGenericHook", "aws_conn_id", lambda h: expect((h.conn_config.aws_access_key_id, h.region_name), ("AKIAEXAMPLE", "eu-central-1"))),
    "athena": (P + "amazon.aws.hooks.athena_sql.AthenaSQLHook", "athena_conn_id", lambda h: expect(h.conn_config.region_name, "us-east-1")),
    "redshift": (P + "amazon.aws.hooks.redshift_sql.RedshiftSQLHook", "redshift_conn_id", lambda h: expect(h._get_conn_params()["port"], 5439)),
    "azure": (P + "microsoft.azure.hooks.base_azure.AzureBaseHook", "conn_id", lambda h: expect(h.get_connection(h.conn_id).extra_dejson["tenantId"], "t")),
    "databricks": (P + "databricks.hooks.databricks.DatabricksHook", "databricks_conn_id", databricks),
    "datadog": (P + "datadog.hooks.datadog.DatadogHook", "datadog_conn_id", lambda h: expect((h.api_key, h.app_key), ("k", "a"))),
    "dbt_cloud": (P + "dbt.cloud.hooks.dbt.DbtCloudHook", "dbt_cloud_conn_id", lambda h: expect((h.connection.host, h.connection.password), ("emea.dbt.com", "token"))),
    "elasticsearch": (P + "elasticsearch.hooks.elasticsearch.ElasticsearchSQLHook", "elasticsearch_conn_id", lambda h: expect("9200" in h.get_uri(), True)),
    "fs": (P + "standard.hooks.filesystem.FSHook", "fs_conn_id", lambda h: expect(h.get_path(), "/data")),
    "gcpbigquery": (P + "google.cloud.hooks.bigquery.BigQueryHook", "gcp_conn_id", lambda h: expect(h.project_id, "p")),
    "gcpspanner": (P + "google.cloud.hooks.spanner.SpannerHook", "gcp_conn_id", lambda h: expect(h.project_id, "p")),
    "github": (P + "github.hooks.github.GithubHook", "github_conn_id", lambda h: expect(h.get_conn() is not None, True)),
    "google_cloud_platform": (P + "google.common.hooks.base_google.GoogleBaseHook", "gcp_conn_id", lambda h: expect((h.project_id, h.num_retries), ("my-project", 7))),
    "http": (P + "http.hooks.http.HttpHook", "http_conn_id", lambda h: expect((h.get_conn({}).headers["X-Team"], h.base_url), ("data", "https://api.example.com:8443"))),
    "jdbc": (P + "jdbc.hooks.jdbc.JdbcHook", "jdbc_conn_id", lambda h: expect(h.connection_extra_lower["driver_class"], "org.postgresql.Driver")),
    "kafka": (P + "apache.kafka.hooks.base.KafkaBaseHook", "kafka_config_id", lambda h: expect(h.get_connection("kafka").extra_dejson["bootstrap.servers"], "k:9092")),
    "kubernetes": (P + "cncf.kubernetes.hooks.kubernetes.KubernetesHook", "conn_id", lambda h: expect((h.get_namespace(), h._get_field("disable_verify_ssl")), ("jobs", True))),
    "livy": (P + "apache.livy.hooks.livy.LivyHook", "livy_conn_id", lambda h: expect(h.get_conn({}) is not None, True)),
    "mongo": (P + "mongo.hooks.mongo.MongoHook", "mongo_conn_id", lambda h: expect(h.uri, "mongodb://u:p%40ss@mongo:27017/db")),
    "mssql": (P + "microsoft.mssql.hooks.mssql.MsSqlHook", "mssql_conn_id", lambda h: expect("1433" in h.get_uri(), True)),
    "odbc": (P + "odbc.hooks.odbc.OdbcHook", "odbc_conn_id", lambda h: expect("ApplicationIntent=ReadOnly" in h.odbc_connection_string, True)),
    "openai": (P + "openai.hooks.openai.OpenAIHook", "conn_id", lambda h: expect(h.get_conn().timeout, 10)),
    "oracle": (P + "oracle.hooks.oracle.OracleHook", "oracle_conn_id", lambda h: expect("svc" in h.get_uri(), True)),
    "pagerduty": (P + "pagerduty.hooks.pagerduty.PagerdutyHook", "pagerduty_conn_id", lambda h: expect((h.token, h.routing_key), ("t", "r"))),
    "postgres": (P + "postgres.hooks.postgres.PostgresHook", "postgres_conn_id", lambda h: expect((h.sqlalchemy_url.password, h.sqlalchemy_url.port), (PASSWORD, 5432))),
    "redis": (P + "redis.hooks.redis.RedisHook", "redis_conn_id", lambda h: expect(h.get_conn().connection_pool.connection_kwargs["db"], 3)),
    "salesforce": (P + "salesforce.hooks.salesforce.SalesforceHook", "salesforce_conn_id", lambda h: expect(h.get_connection("salesforce").extra_dejson["domain"], "test")),
    "samba": (P + "samba.hooks.samba.SambaHook", "samba_conn_id", lambda h: expect((h._share, h._share_type, h._auth_protocol), ("share", "windows", "ntlm"))),
    "sftp": (P + "sftp.hooks.sftp.SFTPHook", "ssh_conn_id", lambda h: expect((h.remote_host, h.port), ("sftp", 2222))),
    "slack": (P + "slack.hooks.slack.SlackHook", "slack_conn_id", lambda h: expect((h.client.timeout, h.client.token, h.client.base_url), (42, "xoxb-1", "https://slack.example.com/api/"))),
    "slackwebhook": (P + "slack.hooks.slack_webhook.SlackWebhookHook", "slack_webhook_conn_id", lambda h: expect(h._get_conn_params()["url"], "https://hooks.slack.com/services/T0/B0/X")),
    "smtp": (P + "smtp.hooks.smtp.SmtpHook", "smtp_conn_id", lambda h: expect(h.get_connection("smtp").extra_dejson["retry_limit"], 2)),
    "snowflake": (P + "snowflake.hooks.snowflake.SnowflakeHook", "snowflake_conn_id", lambda h: expect({k: v for k, v in h._get_conn_params().items() if k in ("account", "warehouse", "database", "role", "user")}, {"account": "acme", "warehouse": "wh", "database": "db", "role": "r", "user": "etl"})),
    "spark": (P + "apache.spark.hooks.spark_submit.SparkSubmitHook", "conn_id", lambda h: expect((h._connection["deploy_mode"], h._connection["queue"], h._connection["spark_binary"]), ("cluster", "q", "spark3-submit"))),
    "spark_jdbc": (P + "apache.spark.hooks.spark_submit.SparkSubmitHook", "conn_id", lambda h: expect(h._connection["queue"], "q")),
    "sqlite": (P + "sqlite.hooks.sqlite.SqliteHook", "sqlite_conn_id", lambda h: expect(h.get_uri(), "sqlite:////tmp/airflow-env-sample.db")),
    "ssh": (P + "ssh.hooks.ssh.SSHHook", "ssh_conn_id", ssh),
    "trino": (P + "trino.hooks.trino.TrinoHook", "trino_conn_id", lambda h: expect("hive" in h.get_uri(), True)),
    "wasb": (P + "microsoft.azure.hooks.wasb.WasbHook", "wasb_conn_id", lambda h: expect(h.get_conn().account_name, "a")),
}  # fmt: skip


def main() -> None:
    from airflow.secrets.local_filesystem import LocalFilesystemBackend

    with open(sys.argv[1], encoding="utf-8") as file:
        written = json.load(file)
    backend = LocalFilesystemBackend(connections_file_path=sys.argv[1])
    result = {}
    for conn_id, entry in written.items():
        try:
            connection = backend.get_connection(conn_id)
            assert connection is not None, "not found in the file"
            for field in ("conn_type", "host", "login", "password", "schema", "port"):
                expect(getattr(connection, field), entry.get(field))
            expect(connection.extra_dejson, entry.get("extra", {}))
            result[conn_id] = "airflow"
            if entry["conn_type"] in HOOKS:
                path, argument, check = HOOKS[entry["conn_type"]]
                try:
                    made = hook(path, conn_id, argument)
                except ImportError as missing:  # also a missing system library
                    result[conn_id] = f"airflow ({missing})"
                    continue
                check(made)
                result[conn_id] = "hook"
        except Exception as error:  # noqa: BLE001 -- every failure is reported, by connection
            result[conn_id] = f"error: {type(error).__name__}: {error}"
    print("\n" + json.dumps(result, indent=1))  # Airflow logs to stdout, too


if __name__ == "__main__":
    main()
