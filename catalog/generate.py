#!/usr/bin/env python3
"""Generates the catalog of Airflow connection types from the official provider packages.

Reads the wheels of the packages pinned in catalog/providers.txt (downloaded once, without their dependencies, into a
cache folder), and writes catalog/catalog.generated.ts, sdk/connections/*.generated.ts, docs/connections/*.md and the table
in catalog/README.md. No code of a package is run: `get_provider_info()` returns a literal, which is parsed. Standard library and pip only; needs
Python 3.9 or newer.

Examples:
  python3 catalog/generate.py             write the files that differ, remove those that are no longer generated
  python3 catalog/generate.py --check     exit 1 when a checked-in file differs from a fresh generation (for CI)
  python3 catalog/generate.py --update    move the pins to the newest provider packages, then generate
  python3 catalog/generate.py --json      print the data as JSON, write nothing
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
README = HERE / "README.md"
ROOT = HERE.parent
sys.path.insert(0, str(HERE))
from build import Builder  # noqa: E402
from packages import fetch, read_pins, update_pins  # noqa: E402
from render import render_data, render_sdk  # noqa: E402
from render_docs import render_docs, render_most_used  # noqa: E402

# Smallest result that is believable: fewer means that a download or a format changed.
AT_LEAST = {"connection types": 135, "provider packages with connection types": 85, "extra fields": 950}


def output(data: dict) -> dict[Path, str]:
    """Text of every generated file, by its path."""
    files = {HERE / "catalog.generated.ts": render_data(data), README: render_most_used(data, README.read_text(encoding="utf-8"))}
    files.update({ROOT / "sdk" / "connections" / name: text for name, text in render_sdk(data).items()})
    files.update({ROOT / "docs" / "connections" / name: text for name, text in render_docs(data).items()})
    return files


def existing() -> set[Path]:
    """Generated files that are on disk, also those of types that have gone."""
    return {README, *HERE.glob("*.generated.ts"), *ROOT.glob("sdk/connections/*.generated.ts"), *ROOT.glob("docs/connections/*.md")}


def counts(data: dict) -> dict[str, int]:
    extras = [extra for entry in data["types"] for extra in entry["extras"]]
    return {
        "connection types": len(data["types"]),
        "provider packages with connection types": len(data["providers"]),
        "extra fields": len(extras),
        "secret extras by format": sum(e.get("secretBy") == "format" for e in extras),
        "secret extras by name only": sum(e.get("secretBy") == "name" for e in extras),
        "secret extras by correction": sum(e["secret"] and e.get("secretBy") == "correction" for e in extras),
        "types that inherit a form": sum("inheritsFormFrom" in t for t in data["types"]),
        "types without form data": sum(not t["hasForm"] for t in data["types"]),
    }


def verify(data: dict) -> None:
    totals = counts(data)
    problems = [f"only {totals[k]} {k}, expected at least {n}" for k, n in AT_LEAST.items() if totals[k] < n]
    ids = collections.Counter(t["id"] for t in data["types"])
    problems += [f'connection type "{k}" is declared {n} times' for k, n in ids.items() if n > 1]
    for entry in data["types"]:
        keys = collections.Counter(e["key"] for e in entry["extras"])
        problems += [f'{entry["id"]}: extra "{k}" is declared {n} times' for k, n in keys.items() if n > 1]
    if problems:
        sys.exit("\n".join(problems))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="write nothing; exit 1 when a checked-in file is out of date")
    mode.add_argument("--update", action="store_true", help="pin the newest provider packages first")
    mode.add_argument("--json", action="store_true", help="print the data as JSON; write nothing")
    default_cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pulumi-airflow-env" / "catalog"
    parser.add_argument("--cache", type=Path, default=default_cache, help="folder of the downloaded wheels (%(default)s)")
    options = parser.parse_args()

    if options.update:
        update_pins(options.cache)
    builder = Builder(fetch(options.cache, read_pins()))
    data = builder.build()
    verify(data)
    if options.json:
        print(json.dumps(data, indent=1, ensure_ascii=False))
        return 0

    files = output(data)
    stale = [path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    gone = sorted(existing() - set(files))
    for package, provider in data["providers"].items():
        print(f"{package} {provider['version']}")
    for note in builder.notes:
        print(f"note: {note}")
    for label, count in counts(data).items():
        print(f"{count:5} {label}")
    if options.check:
        for path in [*stale, *gone]:
            print(f"out of date: {path.relative_to(ROOT)}; run: python3 catalog/generate.py", file=sys.stderr)
        return 1 if stale or gone else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path], encoding="utf-8")
    for path in gone:
        path.unlink()
    print(f"{len(files)} files: {len(stale)} written, {len(gone)} removed, the rest up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
