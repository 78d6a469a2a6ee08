"""Possible values of an expression, as far as they lead to a connection's extra or to the name of a key."""

from __future__ import annotations

import ast
import itertools
from dataclasses import dataclass, field

# Besides these: ("text", str), ("list", values), ("tuple", (values, ...)), ("object", dotted class),
# ("method", (dotted class, name)), ("local", name of a function inside a function).
EXTRA, CONNECTION, RAW_EXTRA, ITEMS, KEY = ("extra", ""), ("connection", ""), ("raw", ""), ("items", ""), ("key", "")
FOLDED = ("folded", "")  # beside EXTRA: its keys are in lower case
NOTHING: frozenset = frozenset()


@dataclass
class Reading:
    """What the hooks of one connection type read."""

    # Key of extra: JSON types that the code converts it to, or that its default has.
    keys: dict[str, set[str]] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)
    # Where all of extra is handed on, so that every key may matter.
    handed_on: list[str] = field(default_factory=list)
    # The hook lower-cases the keys.
    folds_case: bool = False

    def merge(self, other: Reading) -> None:
        for key, kinds in other.keys.items():
            self.keys.setdefault(key, set()).update(kinds)
        self.fields |= other.fields
        self.handed_on += other.handed_on
        self.folds_case |= other.folds_case


@dataclass
class Scope:
    module: str
    me: tuple | None
    names: dict[str, frozenset]
    returns: frozenset = NOTHING
    where: str = ""


def is_property(function: ast.FunctionDef) -> bool:
    names = {getattr(d, "id", getattr(d, "attr", "")) for d in function.decorator_list}
    return bool(names & {"property", "cached_property", "cachedproperty"})


def carries(*values: frozenset) -> bool:
    """Whether a connection, or a part of one, is among the values."""
    return any(tag in ("extra", "connection", "raw", "items", "key") or (tag == "tuple" and carries(*content))
               for value in values for tag, content in value)


def shallow(value: frozenset) -> frozenset:
    """Without lists in lists, so that a list that is put into itself ends."""
    parts = {"list": lambda content: [content], "tuple": lambda content: content}
    return frozenset(
        (tag, content) for tag, content in value
        if tag not in parts or not any(inner in parts for part in parts[tag](content) for inner, _ in part)
    )  # fmt: skip


def elements(value: frozenset) -> frozenset:
    """What iterating gives."""
    result = NOTHING
    for tag, content in value:
        if tag == "list":
            result |= content | {("tuple", (content,))}
        elif tag == "tuple":
            result |= frozenset().union(*content)
        elif tag == "extra":
            result |= {KEY}
        elif tag == "items":
            result |= {KEY, ("tuple", (frozenset({KEY}), NOTHING))}
    return result


def joined(parts: list[frozenset]) -> frozenset:
    """Every text that the parts can make; none when a part is unknown."""
    texts = [[content for tag, content in part if tag == "text"] for part in parts]
    if any(not t for t in texts) or len(list(itertools.islice(itertools.product(*texts), 200))) == 200:
        return NOTHING
    return frozenset(("text", "".join(choice)) for choice in itertools.product(*texts))


def json_type(default: ast.expr | None) -> str:
    """A default of False says little: it often stands for None."""
    return {ast.Dict: "object", ast.List: "array"}.get(type(default), "")


def uses_outside_tests(target: ast.expr, body: list[ast.stmt]) -> bool:
    """Whether the key of a loop over extra is used elsewhere than in comparisons."""
    name = target.elts[0] if isinstance(target, ast.Tuple) and target.elts else target
    compared = {id(n) for s in body for c in ast.walk(s) if isinstance(c, ast.Compare) for n in ast.walk(c)}
    return any(
        isinstance(n, ast.Name) and n.id == getattr(name, "id", None) and id(n) not in compared for s in body for n in ast.walk(s)
    )
