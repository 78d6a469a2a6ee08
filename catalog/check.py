"""Checks that what is written by hand is still needed, and covers what is documented."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from corrections import (
    ALSO_TAKES,
    DISPLAY_NAMES,
    FOLDS_CASE,
    NOT_SECRET_EXTRAS,
    REPLACED_KEYS,
    SECRET_EXTRAS,
    SECRET_FIELDS,
    UNDECLARED_SECRET_EXTRAS,
)
from extras import DOCUMENTED, EXTRAS

if TYPE_CHECKING:
    from build import Builder


def check_corrections(builder: Builder, types: list[dict]) -> None:
    """A correction that the packages have made unnecessary must go."""
    index = {t["id"]: t for t in types}
    problems = [
        f"SECRET_EXTRAS {c}"
        for c in SECRET_EXTRAS
        if not any(e["key"] == c[1] and e["secret"] and e.get("secretBy") == "correction" for e in index.get(c[0], {}).get("extras", []))
    ]
    problems += [f"SECRET_FIELDS {c}" for c in SECRET_FIELDS if c[0] not in index]
    problems += [
        f"UNDECLARED_SECRET_EXTRAS {c}"
        for c in UNDECLARED_SECRET_EXTRAS
        if c[0] not in index or any(e["key"] == c[1] for e in index[c[0]]["extras"]) or builder.is_sensitive(c[1])
    ]
    declared = {
        (e["connection-type"], key.removeprefix(f"extra__{e['connection-type']}__"))
        for e in builder.forms.values()
        for key in e.get("conn-fields") or {}
    }
    problems += [
        f"REPLACED_KEYS {c}"
        for c, (key, _) in REPLACED_KEYS.items()
        if c[1] in builder.readings[c[0]].keys or key not in builder.readings[c[0]].keys or c in declared and (c[0], key) in declared
    ]
    keys = {(t["id"], e["key"]) for t in types for e in t["extras"]}
    problems += [f"NOT_SECRET_EXTRAS {c}" for c in NOT_SECRET_EXTRAS if c not in keys or not builder.is_sensitive(c[1])]
    problems += [f"FOLDS_CASE {t}" for t in FOLDS_CASE if t not in index or builder.readings[t].folds_case]
    problems += [f"ALSO_TAKES {c}" for c in ALSO_TAKES if c not in keys]
    problems += [f"extras.py: {t}" for t in {*EXTRAS, *DOCUMENTED} if t not in index]
    untyped = {(t, k) for t, (_, documented) in DOCUMENTED.items() for k in documented.split()} - keys
    if untyped:
        sys.exit(f"extras.py: documented keys without an input: {sorted(untyped)}")
    named = {e["connection-type"] for e in builder.forms.values() if e.get("hook-name")}
    problems += [f"DISPLAY_NAMES {c}" for c in DISPLAY_NAMES if c not in index or c in named]
    if problems:
        sys.exit("corrections.py: no longer needed or wrong: " + "; ".join(problems))
