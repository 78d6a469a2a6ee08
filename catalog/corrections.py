"""Corrections to what the provider packages declare. Every entry has a reason; generate.py fails when one no longer applies.

Inherited forms (gcpspanner, gcpcloudsql, azure_container_instance, spark_jdbc) need no entry: generate.py finds them by
following the base classes of the hook, as Airflow does when it asks the hook class for its form.
"""

# (connection type, extra key): reason. Declared extras that hold a secret although they lack `format: password` and
# their name is not on Airflow's list of sensitive names.
SECRET_EXTRAS = {
    ("akeyless", "certificate_data"): "PEM text of the client certificate used to log in",
    ("datadog", "app_key"): "Datadog application key; it authenticates together with api_key",
    ("discord", "webhook_endpoint"): "webhooks/{id}/{token}: who has it can post",
    ("msgraph", "certificate_data"): "PEM text of the certificate with its private key",
}

# (connection type, lower-case key): reason. Extras that no form declares, but that the hook reads and that hold a secret.
UNDECLARED_SECRET_EXTRAS = {
    ("azure", "key_json"): "service principal with its client secret (named in the form's placeholder)",
    ("azure_compute", "key_json"): "service principal with its client secret (named in the form's placeholder)",
    ("azure_container_instance", "key_json"): "service principal with its client secret (inherited from azure)",
    ("kafka", "ssl.key.pem"): "librdkafka: private key as PEM text",
    ("kafka", "ssl.keystore.key"): "librdkafka: private key",
    ("odbc", "pwd"): "ODBC keyword for the password; every extra is copied into the connection string",
}

# (connection type, standard field): reason. Standard fields other than `password` that hold a secret.
SECRET_FIELDS = {
    ("azure_service_bus", "schema"): 'relabelled "Connection String": contains SharedAccessKey',
}

# connection type: (display name, reason).
DISPLAY_NAMES = {
    "vespa": ("Vespa", "the package declares no hook-name"),
}
