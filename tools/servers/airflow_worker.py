"""Reads connections and Variables with Airflow's own code, for the tests.

Started by airflow.mjs in the Python of one Airflow version. One JSON request per line on standard input, one JSON
answer per line on standard output. Importing Airflow takes seconds, so one process answers many requests.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time

# Airflow logs to standard output. Keep the real one for answers, and send all else to the log.
answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)

from airflow.secrets.local_filesystem import LocalFilesystemBackend  # noqa: E402

try:
    from airflow._shared.secrets_masker.secrets_masker import _secrets_masker
except ImportError:  # Airflow 2
    from airflow.utils.log.secrets_masker import _secrets_masker

FIELDS = ("conn_id", "conn_type", "description", "host", "login", "password", "schema", "port", "extra", "extra_dejson")


def to_dict(connection):
    """All fields, secrets included: the tests compare every one of them."""
    return {field: getattr(connection, field) for field in FIELDS}


def forget_masked_secrets():
    """Empty the secrets masker, as it is in a new task.

    Each distinct password makes the masker's regular expression longer; thousands of them, as property tests use, would
    make this process slower and slower.
    """
    masker = _secrets_masker()
    masker.patterns = set()
    masker.replacer = None
    re.purge()


def read(path, ids):
    """Read a file with LocalFilesystemBackend.

    get_connection() parses the whole file for each id and then takes one entry; for many ids take the entries from
    the same property that it uses, parsed once.
    """
    backend = LocalFilesystemBackend(connections_file_path=path)
    if ids != "all" and len(ids) == 1:
        found = {ids[0]: backend.get_connection(ids[0])}
    else:
        connections = backend._local_connections
        found = connections if ids == "all" else {conn_id: connections.get(conn_id) for conn_id in ids}
    return {conn_id: to_dict(connection) for conn_id, connection in found.items() if connection is not None}


def read_variables(path, keys):
    """Read a file of Variables with LocalFilesystemBackend."""
    return found_variables(LocalFilesystemBackend(variables_file_path=path), keys)


def found_variables(backend, keys):
    """The texts of those Variables that a backend finds."""
    found = {key: backend.get_variable(key) for key in keys}
    return {key: text for key, text in found.items() if text is not None}


def time_get_connection(path, conn_id):
    """Milliseconds of one get_connection(), as the first one of a task."""
    backend = LocalFilesystemBackend(connections_file_path=path)
    started = time.perf_counter()
    connection = backend.get_connection(conn_id)
    took = (time.perf_counter() - started) * 1000
    if connection is None:
        raise KeyError(f"Airflow does not find the connection {conn_id!r} in {path}")
    return took


def parse(conn_id, value):
    """Parse a URI, or the JSON form of a connection."""
    return to_dict(LocalFilesystemBackend().deserialize_connection(conn_id, value))


def kubernetes_backend(kubeconfig, namespace, options):
    """KubernetesSecretsBackend, whose only change is where its client's credentials come from."""
    from airflow.providers.cncf.kubernetes.secrets.kubernetes_secrets_backend import KubernetesSecretsBackend
    from kubernetes.client import CoreV1Api
    from kubernetes.config import new_client_from_config

    backend = KubernetesSecretsBackend(namespace=namespace, **options)
    # `client` is a cached property that loads the pod's service account; a value in the instance takes its place.
    backend.__dict__["client"] = CoreV1Api(new_client_from_config(config_file=kubeconfig))
    return backend


def read_from_kubernetes(kubeconfig, namespace, ids, options):
    """Read connections from labelled Secrets."""
    backend = kubernetes_backend(kubeconfig, namespace, options)
    found = {conn_id: backend.get_connection(conn_id) for conn_id in ids}
    return {conn_id: to_dict(connection) for conn_id, connection in found.items() if connection is not None}


def read_variables_from_kubernetes(kubeconfig, namespace, keys, options):
    """Read Variables from labelled Secrets."""
    return found_variables(kubernetes_backend(kubeconfig, namespace, options), keys)


OPERATIONS = {
    "read": read,
    "read_variables": read_variables,
    "read_variables_from_kubernetes": read_variables_from_kubernetes,
    "time_get_connection": time_get_connection,
    "parse": parse,
    "read_from_kubernetes": read_from_kubernetes,
}


def answer(message):
    print(json.dumps(message), file=answers, flush=True)


def main():
    answer({"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        forget_masked_secrets()
        try:
            result = OPERATIONS[request["operation"]](*request["arguments"])
            answer({"id": request["id"], "result": result})
        except Exception as error:  # noqa: BLE001 -- whatever Airflow raises is the answer
            answer({"id": request["id"], "error": {"name": type(error).__name__, "message": str(error)}})


main()
