#!/usr/bin/env bash
# Previews one stack and writes the comment for its pull request. Run it in the folder of the Pulumi project:
#   preview.sh STACK COMMENT [RULES]
# Exit codes: 0 fine, 1 the preview failed, 3 refused by RULES (see airflow-env report --help). COMMENT is written whenever
# there is anything to say, so post it also when this fails.
set -euo pipefail

stack=$1
comment=$2
rules=${3:-}

preview=$(mktemp)
trap 'rm -f "$preview"' EXIT

# A preview that fails says why in the same JSON, so the report tells it.
pulumi preview --json --non-interactive --stack "$stack" >"$preview" || true
npx --no-install airflow-env report "$preview" --output "$comment" ${rules:+--fail-on "$rules"}
