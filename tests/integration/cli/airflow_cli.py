"""Runs commands of Airflow's own command line in one process: importing Airflow takes seconds.

Standard input: a JSON list of argument lists. Variables are set through Airflow's model, so that their texts are exact.
"""

import json
import sys

from airflow.cli.cli_parser import get_parser


def main():
    request = json.load(sys.stdin)
    parser = get_parser()
    for arguments in request["before"]:
        parsed = parser.parse_args(arguments)
        parsed.func(parsed)
    if request["variables"]:
        from airflow.models import Variable

        for key, value in request["variables"].items():
            Variable.set(key, value)
    for arguments in request["after"]:
        parsed = parser.parse_args(arguments)
        parsed.func(parsed)


main()
