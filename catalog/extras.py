"""Keys of extra that a provider's form lacks: type and help for those that its hooks read, and what its pages document.

A key that a hook reads has an input of its own anyway (hook_reads.py finds it); an entry here gives it a type and a line
of help. Keys that the hook hands on to a client library are found by no reading: they have an entry because a
documentation page of the provider, or of the library that it names, lists them. generate.py fails when a documented
key has no input.
"""

from __future__ import annotations

from extras_databases import DATABASES
from extras_services import SERVICES
from known import Known

EXTRAS: dict[str, dict[str, Known]] = {**DATABASES, **SERVICES}

# The most used types: (page below the provider's documentation, every key of extra that it documents).
DOCUMENTED: dict[str, tuple[str, str]] = {
    "aws": (
        "connections/aws",
        "aws_access_key_id aws_secret_access_key aws_session_token region_name profile_name role_arn assume_role_method"
        " assume_role_kwargs assume_role_with_saml assume_role_with_web_identity_federation"
        " assume_role_with_web_identity_token_file assume_role_with_web_identity_federation_audience config_kwargs"
        " endpoint_url verify service_config",
    ),
    "athena": ("connections/athena", "region_name work_group s3_staging_dir"),
    "azure": (
        "connections/azure",
        "tenantId subscriptionId key_path key_json managed_identity_client_id workload_identity_tenant_id"
        " use_azure_identity_object",
    ),
    "databricks": (
        "connections/databricks",
        "token proxies service_principal_oauth azure_tenant_id azure_resource_id azure_ad_endpoint"
        " use_azure_managed_identity use_default_azure_credential azure_managed_identity_client_id"
        " federated_token_provider federated_aws aws_conn_id aws_jwt_audience aws_web_identity_token_duration client_id"
        " federated_k8s k8s_projected_volume_token_path audience expiration_seconds k8s_token_path k8s_namespace_path"
        " http_path session_configuration",
    ),
    "dbt_cloud": ("connections", "proxies"),
    "docker": ("connections/docker", "email reauth"),
    "elasticsearch": ("connections/elasticsearch", "http_compress timeout"),
    "ftp": ("connections/ftp", "passive encoding"),
    "gcpcloudsql": (
        "connections/gcp_sql",
        "database_type project_id location instance use_proxy sql_proxy_use_tcp use_iam sql_proxy_enable_iam_login",
    ),
    "google_cloud_platform": (
        "connections/gcp",
        "project key_path keyfile_dict credential_config_file key_secret_name key_secret_project_id scope num_retries"
        " impersonation_chain idp_issuer_url client_id client_secret idp_extra_params is_anonymous quota_project_id",
    ),
    "hiveserver2": ("connections/hiveserver2", "auth_mechanism kerberos_service_name run_set_variable_statements"),
    "http": (
        "connections/http",
        "stream cert proxies proxy verify verify_ssl allow_redirects max_redirects srv_lookup",
    ),
    "imap": ("connections/imap", "use_ssl ssl_context"),
    "jdbc": ("connections/jdbc", "driver_class driver_path"),
    "kafka": (
        "connections/kafka",
        "bootstrap.servers sasl.mechanism error_cb throttle_cb stats_cb log_cb oauth_cb on_commit",
    ),
    "kubernetes": (
        "connections/kubernetes",
        "in_cluster kube_config_path kube_config namespace cluster_context disable_verify_ssl disable_tcp_keepalive"
        " xcom_sidecar_container_image xcom_sidecar_container_resources xcom_sidecar_container_security_context",
    ),
    "mongo": ("connections/mongo", "srv ssl allow_insecure"),
    "mysql": ("connections/mysql", "charset cursor unix_socket ssl iam aws_conn_id"),
    "odbc": ("connections/odbc", "connect_kwargs sqlalchemy_scheme driver"),
    "oracle": (
        "connections/oracle",
        "events mode purity dsn sid service_name module thick_mode thick_mode_lib_dir thick_mode_config_dir"
        " fetch_decimals fetch_lobs",
    ),
    "postgres": (
        "connections/postgres",
        "sslmode sslcert sslkey sslrootcert sslcrl application_name keepalives_idle client_encoding cursor iam aws_conn_id"
        " redshift cluster-identifier azure_conn_id sqlalchemy_scheme",
    ),
    "redis": (
        "connections",
        "db cluster startup_nodes ssl ssl_cert_reqs ssl_ca_certs ssl_keyfile ssl_certfile ssl_check_hostname",
    ),
    "redshift": ("connections/redshift", "iam cluster_identifier region profile is_serverless serverless_work_group"),
    "salesforce": (
        "connections/salesforce",
        "security_token consumer_key consumer_secret private_key private_key_file_path organization_id instance"
        " instance_url domain proxies version client_id",
    ),
    "sftp": (
        "connections/sftp",
        "key_file private_key private_key_passphrase conn_timeout timeout compress no_host_key_check"
        " allow_host_key_change look_for_keys host_key disabled_algorithms ciphers",
    ),
    "slack": ("connections/slack", "timeout base_url proxy"),
    "slackwebhook": ("connections/slack-incoming-webhook", "timeout proxy"),
    "smtp": (
        "connections/smtp",
        "from_email disable_ssl disable_tls timeout retry_limit ssl_context subject_template html_content_template"
        " auth_type access_token client_id client_secret tenant_id scope",
    ),
    "snowflake": (
        "connections/snowflake",
        "account database region warehouse role authenticator workload_identity_provider token token_file_path"
        " token_endpoint grant_type scope oauth_username oauth_password refresh_token azure_conn_id private_key_file"
        " private_key_content session_parameters insecure_mode host port ocsp_fail_open proxy_host proxy_port"
        " proxy_user proxy_password",
    ),
    "spark": ("connections/spark-submit", "queue deploy-mode spark-binary namespace rest-scheme rest-port"),
    "ssh": (
        "connections/ssh",
        "key_file private_key private_key_passphrase conn_timeout timeout cmd_timeout compress no_host_key_check"
        " allow_host_key_change look_for_keys host_key disabled_algorithms ciphers",
    ),
    "trino": (
        "connections",
        "auth impersonate_as_owner jwt__token jwt__file certs__client_cert_path certs__client_key_path"
        " kerberos__service_name kerberos__config kerberos__mutual_authentication kerberos__force_preemptive"
        " kerberos__hostname_override kerberos__sanitize_mutual_error_response kerberos__principal kerberos__delegate"
        " kerberos__ca_bundle session_properties",
    ),
    "vertica": (
        "connections/vertica",
        "backup_server_node binary_transfer connection_load_balance connection_timeout disable_copy_local"
        " kerberos_host_name kerberos_service_name log_level request_complex_types session_label ssl unicode_error"
        " use_prepared_statements workload",
    ),
    "wasb": (
        "connections/wasb",
        "account_key client_secret_auth_config managed_identity_client_id workload_identity_tenant_id",
    ),
}
