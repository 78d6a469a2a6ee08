"""Corrections to what the provider packages declare. Every entry has a reason; generate.py fails when one no longer applies.

Inherited forms (gcpspanner, gcpcloudsql, azure_container_instance, spark_jdbc) need no entry: generate.py finds them by
following the base classes of the hook, as Airflow does when it asks the hook class for its form.
"""

# (connection type, extra key): reason. Declared extras that hold a secret although they lack `format: password` and
# their name is not on Airflow's list of sensitive names.
SECRET_EXTRAS = {
    ("azure", "key_json"): "service principal with its client secret",
    ("azure_compute", "key_json"): "service principal with its client secret",
    ("azure_container_instance", "key_json"): "service principal with its client secret",
    ("google_ads", "google_ads_client"): "configuration of the client, with developer_token and refresh_token",
    ("jupyter_kernel", "session_key"): "signs the messages to the kernel",
    ("segment", "write_key"): "who has it can write to the source",
    ("trino", "extra_credential"): "credentials for connectors",
    ("wasb", "account_key"): "key of the storage account",
    ("kafka", "ssl.key.pem"): "librdkafka: private key as PEM text",
    ("kafka", "ssl.keystore.key"): "librdkafka: private key",
    ("akeyless", "certificate_data"): "PEM text of the client certificate used to log in",
    ("datadog", "app_key"): "Datadog application key; it authenticates together with api_key",
    ("discord", "webhook_endpoint"): "webhooks/{id}/{token}: who has it can post",
    ("msgraph", "certificate_data"): "PEM text of the certificate with its private key",
}

# (connection type, lower-case key): reason. Secret extras that have no typed input.
UNDECLARED_SECRET_EXTRAS = {
    ("odbc", "pwd"): "ODBC keyword for the password; every extra is copied into the connection string",
}

# (connection type, extra key): reason. What Airflow's list of sensitive names hides by its name alone, and is no secret.
NOT_SECRET_EXTRAS = {
    ("snowflake", "private_key_file"): "a path",
    ("snowflake", "proxy_host"): "an address; proxy_password is the secret",
    ("snowflake", "proxy_port"): "an address",
    ("snowflake", "token_endpoint"): "an address",
    ("snowflake", "token_file_path"): "a path",
    ("salesforce", "private_key_file_path"): "a path",
    ("databricks", "k8s_projected_volume_token_path"): "a path",
    ("databricks", "k8s_token_path"): "a path",
    ("databricks", "aws_web_identity_token_duration"): "a number of seconds",
    ("databricks", "federated_token_provider"): "the name of a Python function",
    ("aws", "assume_role_with_web_identity_token_file"): "a path",
    ("aws", "assume_role_with_web_identity_token_file"): "a path",
    **{
        (conn_type, key): "a setting of the proxy; the login is elsewhere"
        for conn_type in ("gcpcloudsql", "gcpcloudsqldb")
        for key in ("use_proxy", "sql_proxy_use_tcp", "sql_proxy_version", "sql_proxy_enable_iam_login")
    },
    ("kafka", "sasl.oauthbearer.client.id"): "a name",
    ("kafka", "sasl.oauthbearer.method"): "a name",
    ("kafka", "sasl.oauthbearer.scope"): "a name",
    ("openai", "service_account_id"): "a name",
    ("openai", "token_provider"): "a name",
    ("snowflake", "client_request_mfa_token"): "true or false",
    ("kafka", "sasl.oauthbearer.token.endpoint.url"): "an address",
    ("hive_cli", "proxy_user"): "a user name",
    ("github", "token_permissions"): "a list of rights",
    ("redshift", "serverless_token_duration_seconds"): "a number of seconds",
    ("openai", "token_file_path"): "a path",
    ("openai", "token_type"): "a kind",
    ("yandexcloud", "service_account_json_path"): "a path",
    ("ydb", "service_account_json_path"): "a path",
    ("vault", "token_path"): "a path",
    ("vault", "jwt_token_path"): "a path",
}

# (connection type, standard field): reason. Standard fields other than `password` that hold a secret.
SECRET_FIELDS = {
    ("azure_service_bus", "schema"): 'relabelled "Connection String": contains SharedAccessKey',
}

# connection type: (display name, reason).
DISPLAY_NAMES = {
    "vespa": ("Vespa", "the package declares no hook-name"),
}

# (connection type, key of the form): (key that the hook reads, reason).
REPLACED_KEYS = {
    (conn_type, "idp_extra_parameters"): ("idp_extra_params", "GoogleBaseHook reads that one: apache/airflow#72954")
    for conn_type in ("google_cloud_platform", "gcpbigquery", "gcpcloudsql", "gcpspanner")
}

# connection type: (type of hooks that read it too, reason).
ALSO_READ_AS = {
    "gcpcloudsql": (
        "gcpcloudsqldb",
        "the documentation of CloudSQLDatabaseHook and its operators declares its connections as gcpcloudsql",
    ),
}

# (connection type, extra key): (JSON types besides the form's, reason).
ALSO_TAKES = {
    ("docker", "reauth"): (["string"], "the hook takes y, yes, t, true, on, 1 and their opposites"),
    ("jira", "verify"): (["string"], "passed on to requests: the path of a CA bundle"),
    ("clickhouse", "compress"): (["string"], "passed on: the name of a method, such as lz4"),
    ("clickhouse", "verify"): (["string"], "passed on"),
    **{
        (conn_type, "keyfile_dict"): (["object"], "the hook takes the JSON document as text or as an object")
        for conn_type in ("google_cloud_platform", "gcpbigquery", "gcpcloudsql", "gcpspanner")
    },
}

# connection type: reason. Extras whose keys differ only in case are the same.
FOLDS_CASE = {
    "mongo": "pymongo compares the options of a URI without case",
}
