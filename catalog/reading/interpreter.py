"""Follows an Airflow connection through a hook's source, without running it, and notes what is read of it.

An abstract interpretation: of every expression only those possible values are kept that lead to a connection's extra or
to the name of a key. Branches are all taken, loops once, calls followed where such a value goes in. Too much is better
than too little: what is found counts as known to Airflow, and so no warning is given about it.
"""

from __future__ import annotations

import ast

from reading.expressions import Expressions
from reading.values import EXTRA, ITEMS, NOTHING, Reading, Scope, elements, uses_outside_tests

MAX_PASSES = 6


class Interpreter(Expressions):
    """Reads one hook class, with what it inherits and calls."""

    def run(self) -> Reading:
        before = None
        for _ in range(MAX_PASSES):
            if before == (before := self._state()):
                break
            self._done.clear()
            for name, (module, function) in self.methods(self.hook).items():
                if ":" not in name:  # what is overridden is run where it is asked for, through super()
                    self.call(module, function, ("object", self.hook), {}, NOTHING)
        return self.reading

    def _state(self) -> tuple:
        sizes = sum(len(v) for v in self._attributes.values()), sum(len(v) for v in self._results.values())
        return (*sizes, len(self.reading.keys), len(self.reading.fields), len(self._results))

    def run_block(self, statements: list[ast.stmt], scope: Scope) -> None:
        for statement in statements:
            self.run_statement(statement, scope)

    def run_statement(self, node: ast.stmt, scope: Scope) -> None:
        if isinstance(node, ast.Assign):
            value = self.value(node.value, scope)
            for target in node.targets:
                self.assign(target, value, scope)
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign)):
            self.assign(node.target, self.value(node.value, scope), scope)
        elif isinstance(node, ast.Return):
            scope.returns |= self.value(node.value, scope)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            source = self.value(node.iter, scope)
            self.assign(node.target, elements(source), scope)
            if (EXTRA in source or ITEMS in source) and uses_outside_tests(node.target, node.body):
                self.hand_on(scope)
            self.run_block(node.body, scope)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self._local[f"{scope.where}.{node.name}"] = (node, scope)
            scope.names[node.name] = frozenset({("local", f"{scope.where}.{node.name}")})
            self.run_block(node.body, scope)
        else:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    self.value(child, scope)
                elif isinstance(child, ast.withitem):
                    value = self.value(child.context_expr, scope)
                    if child.optional_vars is not None:
                        self.assign(child.optional_vars, value, scope)
                elif isinstance(child, ast.stmt):
                    self.run_statement(child, scope)
                elif isinstance(child, (ast.ExceptHandler, ast.match_case)):
                    self.run_block(child.body, scope)

    def assign(self, target: ast.expr, value: frozenset, scope: Scope) -> None:
        if isinstance(target, ast.Name):
            scope.names[target.id] = scope.names.get(target.id, NOTHING) | value
        elif isinstance(target, ast.Attribute):
            for tag, dotted in self.value(target.value, scope):
                if tag == "object":
                    self.set_attribute(dotted, target.attr, value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for index, part in enumerate(target.elts):
                items = [content[index] for tag, content in value if tag == "tuple" and index < len(content)]
                self.assign(part, frozenset().union(*items), scope)
        elif isinstance(target, ast.Subscript):
            self.value(target.value, scope)
            if EXTRA in value:
                self.hand_on(scope)
