"""Finds the classes, methods and constants that names stand for, and keeps the attributes of objects."""

from __future__ import annotations

import ast

from packages import Sources
from reading.values import FOLDED, NOTHING, Reading, Scope

MAX_DEPTH = 25


class Names:
    """The state of one reading: a hook class, and what is known of the objects that it makes."""

    def __init__(self, sources: Sources, hook: str) -> None:
        self.sources, self.hook = sources, hook
        self.reading = Reading()
        self._attributes: dict[tuple[str, str], frozenset] = {}
        self._results: dict[tuple, frozenset] = {}
        self._methods: dict[str, dict[str, tuple[str, ast.FunctionDef]]] = {}
        self._local: dict[str, tuple[ast.FunctionDef, Scope]] = {}
        self._done: set[tuple] = set()  # calls that were followed in this pass
        self._kind = ""  # JSON type to which the expression around converts
        self._depth = 0

    def methods(self, dotted: str) -> dict[str, tuple[str, ast.FunctionDef]]:
        """(module, function) of every method of a class, its own before those of its bases."""
        if dotted not in self._methods:
            found: dict[str, tuple[str, ast.FunctionDef]] = {}
            for owner, node in self.sources.ancestry(dotted):
                for n in node.body:
                    if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)):
                        # What a base class does still happens, through super().
                        name = n.name if n.name not in found else f"{owner}:{n.name}"
                        found.setdefault(name, (owner.rpartition(".")[0], n))
            self._methods[dotted] = found
        return self._methods[dotted]

    def is_hook(self, dotted: str) -> bool:
        return ".hooks." in dotted or any("get_connection" == n or "get_conn" == n for n in self.methods(dotted))

    def class_constant(self, dotted: str, name: str) -> frozenset:
        for owner, node in self.sources.ancestry(dotted):
            for n in node.body:
                targets = n.targets if isinstance(n, ast.Assign) else [n.target] if isinstance(n, ast.AnnAssign) else []
                if n.__class__ in (ast.Assign, ast.AnnAssign) and n.value:
                    if any(isinstance(t, ast.Name) and t.id == name for t in targets):
                        return self.value(n.value, Scope(owner.rpartition(".")[0], None, {}))
        return NOTHING

    def name(self, name: str, scope: Scope) -> frozenset:
        if name in scope.names:
            return scope.names[name]
        resolved = self.sources.resolve(scope.module, name)
        if resolved and resolved[2] in resolved[1].constants and self._depth < MAX_DEPTH:
            self._depth += 1
            found = self.value(resolved[1].constants[resolved[2]], Scope(resolved[0], None, {}))
            self._depth -= 1
            return found
        return NOTHING

    def class_of(self, node: ast.expr, scope: Scope) -> str | None:
        """Dotted name of the class that an expression names."""
        if isinstance(node, ast.Name) and node.id == "cls" and scope.me:
            return scope.me[1]
        if isinstance(node, ast.Name):
            resolved = self.sources.resolve(scope.module, node.id)
            if resolved and resolved[2] in resolved[1].classes:
                return f"{resolved[0]}.{resolved[2]}"
        return None

    # ---- reading ---------------------------------------------------------------------------------------------------

    def read(self, keys: frozenset, scope: Scope, owner: frozenset = NOTHING, kind: str = "") -> None:
        self.reading.folds_case |= FOLDED in owner
        for tag, text in keys:
            if tag == "text" and text:
                self.reading.keys.setdefault(text, set()).update({kind or self._kind} - {""})

    def hand_on(self, scope: Scope) -> None:
        if scope.where not in self.reading.handed_on:
            self.reading.handed_on.append(scope.where)
