"""Which keys of extra, and which standard fields, the hooks of each connection type read."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from packages import Sources
from reading.interpreter import Interpreter
from reading.values import Reading


@dataclass
class TypeReading:
    """What the hooks of one connection type read, apart from the standard keys of all SQL hooks."""

    # Key: the JSON type that the hook converts its value to, or "".
    keys: dict[str, str] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)
    # All of extra goes to a client library: keys that no code names may matter.
    is_open: bool = False
    folds_case: bool = False
    # P where the hooks also read `extra__P__key`.
    prefixes: set[str] = field(default_factory=set)

    def include(self, other: TypeReading) -> None:
        self.keys = {**other.keys, **self.keys}
        self.fields |= other.fields
        self.prefixes |= other.prefixes
        self.is_open |= other.is_open


def type_of_hook(sources: Sources, dotted: str) -> str | None:
    """`conn_type` of a hook class, its own or inherited."""
    texts = Interpreter(sources, dotted).class_constant(dotted, "conn_type")
    return next((content for tag, content in texts if tag == "text"), None)


def hooks_by_type(sources: Sources) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for module in sources.modules():
        if module.startswith("airflow.providers.") and ".hooks" in module:
            for name in sources.module(module).classes:
                conn_type = type_of_hook(sources, f"{module}.{name}")
                if conn_type:
                    found.setdefault(conn_type, []).append(f"{module}.{name}")
    return found


def mentions_connection(sources: Sources, dotted: str) -> bool:
    """False for a hook that only calls a service, as most of Amazon's and Google's do: its base class says all."""
    module, _, name = dotted.rpartition(".")
    node = sources.module(module).classes[name]
    lines = sources.text(module).decode().splitlines()[node.lineno : node.end_lineno]
    return any(re.search(r"extra|get_field|get_connection|conn(ection)?\.|conn_config", line) for line in lines)


def inherits_from(sources: Sources, dotted: str, hooks: list[str]) -> bool:
    return any(owner != dotted and owner in hooks for owner, _ in sources.ancestry(dotted))


def read_types(sources: Sources) -> dict[str, TypeReading]:
    readings = {}
    for conn_type, hooks in hooks_by_type(sources).items():
        whole = Reading()
        for hook in hooks:
            if mentions_connection(sources, hook) or not inherits_from(sources, hook, hooks):
                whole.merge(Interpreter(sources, hook).run())
        reading = readings[conn_type] = TypeReading(
            fields=whole.fields, is_open=bool(whole.handed_on), folds_case=whole.folds_case
        )
        for key, kinds in sorted(whole.keys.items()):
            prefixed = re.fullmatch(r"extra__(.+?)__.+", key)
            if prefixed:
                reading.prefixes.add(prefixed[1])
            elif key.strip() and not key.startswith("__"):
                reading.keys[key] = kinds.copy().pop() if len(kinds) == 1 else ""
    return readings


def loose_keys(sources: Sources, package: str) -> set[str]:
    """Keys that any code of a package (a module path) looks up in something that is called extra, or by a helper called field.

    Operators, transfers and file systems read connections too; whose, a name does not tell. So these keys count as known
    for all types of the package.
    """
    found: set[str] = set()
    for module in sources.modules():
        if (module == package or module.startswith(f"{package}.")) and b"extra" in sources.text(module):
            for node in ast.walk(sources.tree(module)):
                found.update(key for key in looked_up(node) if key and not key.startswith("extra__"))
    return found


def looked_up(node: ast.AST):
    """Texts by which a node looks into something called extra."""
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if name.endswith("get_field") or (name in ("get", "pop") and is_extra(node.func)):
            yield from texts[:1]
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        if is_extra(node.value):
            yield node.slice.value
    elif isinstance(node, ast.Compare) and isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
        if any(is_extra(c) for c in node.comparators):
            yield node.left.value


def is_extra(node: ast.AST) -> bool:
    names = (getattr(n, "attr", getattr(n, "id", "")) for n in ast.walk(node))
    return any(isinstance(name, str) and "extra" in name for name in names)
