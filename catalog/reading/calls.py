"""Follows calls into which a connection goes."""

from __future__ import annotations

import ast
import itertools

from packages import Module
from reading.names import MAX_DEPTH, Names
from reading.values import (
    CONNECTION,
    EXTRA,
    FOLDED,
    ITEMS,
    NOTHING,
    RAW_EXTRA,
    Scope,
    carries,
    is_property,
    json_type,
)

EMPTY = Module({}, {}, {}, {})
COPIES = {"dict", "copy", "deepcopy", "cast", "trim_none_values", "prune_dict", "merge_dicts", "OrderedDict"}
HARMLESS = {"len", "bool", "isinstance", "str", "repr", "type", "dumps", "hasattr", "mask_secret", "redact", "get_fs", "print"}
LOGGING = {"debug", "info", "warning", "error", "exception", "warn"}
CONNECTION_GETTERS = {"get_connection", "get_async_connection", "aget_connection", "get_connection_from_secrets"}
EXTRA_GETTERS = {"aextra_dejson", "get_async_extra_dejson", "get_extra_dejson"}
WRAPPERS = {"sync_to_async", "to_thread", "partial", "async_to_sync"}


class Calls(Names):
    """What calls give, and what they read. Calls of functions elsewhere, with all of extra, hand it on."""

    def call(self, module: str, function: ast.FunctionDef, me: tuple | None, given: dict, rest: frozenset) -> frozenset:
        """Value of a call; `given` are the arguments by name, `rest` what `**` brings besides."""
        key = (id(function), me, tuple(sorted((k, v) for k, v in given.items() if v)), rest)
        if key in self._done or self._depth > MAX_DEPTH:
            return self._results.get(key, NOTHING)
        self._done.add(key)
        arguments = function.args
        names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        scope = Scope(module, me, {n: given.get(n, NOTHING) for n in names}, where=f"{module}.{function.name}")
        if EXTRA in rest:  # f(**extra): each parameter is a key
            for n in names:
                if n not in given and n not in ("self", "cls"):
                    self.read(frozenset({("text", n)}), scope)
        if arguments.kwarg:
            scope.names[arguments.kwarg.arg] = rest
        outer, self._kind = self._kind, ""
        self._depth += 1
        self.run_block(function.body, scope)
        self._depth -= 1
        self._kind = outer
        self._results[key] = self._results.get(key, NOTHING) | scope.returns
        return self._results[key]

    def bind(self, function: ast.FunctionDef, is_method: bool, node: ast.Call, scope: Scope) -> tuple[dict, frozenset]:
        names = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
        is_static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.decorator_list)
        if is_method and not is_static:
            names = names[1:]
        given, rest = {}, NOTHING
        for n, argument in itertools.zip_longest(names, node.args):
            if argument is not None:
                given[n] = self.value(argument, scope)
        given.pop(None, None)
        for keyword in node.keywords:
            value = self.value(keyword.value, scope)
            if keyword.arg is None:
                rest |= value
            else:
                given[keyword.arg] = value
        return given, rest

    def construct(self, dotted: str, node: ast.Call, scope: Scope) -> frozenset:
        """An instance of a class of the package that is made of the connection; other hooks have a connection of their own."""
        made = frozenset({("object", dotted)})
        init = self.methods(dotted).get("__init__")
        if init:
            given, rest = self.bind(init[1], True, node, scope)
            if carries(rest, *given.values()) and not (self.is_hook(dotted) and not carries(*given.values())):
                self.call(init[0], init[1], ("object", dotted), given, rest)
                return made
            return NOTHING
        fields = [n for _, c in self.sources.ancestry(dotted) for n in c.body if isinstance(n, ast.AnnAssign)]
        names = [n.target.id for n in fields if isinstance(n.target, ast.Name)]
        given = {n: self.value(a, scope) for n, a in zip(names, node.args)}
        rest = NOTHING
        for keyword in node.keywords:
            value = self.value(keyword.value, scope)
            if keyword.arg is None:
                rest |= value
            else:
                given[keyword.arg] = value
        if not carries(rest, *given.values()):
            return NOTHING
        if EXTRA in rest:
            self.read(frozenset(("text", n) for n in names if n not in given), scope)
        for n, value in given.items():
            self.set_attribute(dotted, n, value)
        after = self.methods(dotted).get("__post_init__")
        if after:
            self.call(after[0], after[1], ("object", dotted), given, NOTHING)
        return made

    def set_attribute(self, dotted: str, name: str, value: frozenset) -> None:
        if value:
            self._attributes[dotted, name] = self._attributes.get((dotted, name), NOTHING) | value

    def attribute(self, dotted: str, name: str, scope: Scope) -> frozenset:
        method = self.methods(dotted).get(name)
        stored = self._attributes.get((dotted, name), NOTHING)
        if method:
            if is_property(method[1]):
                return stored | self.call(method[0], method[1], ("object", dotted), {}, NOTHING)
            return stored | frozenset({("method", (dotted, name))})
        return stored or self.class_constant(dotted, name)

    def value_of_call(self, node: ast.Call, scope: Scope) -> frozenset:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        receiver = self.value(node.func.value, scope) if isinstance(node.func, ast.Attribute) else NOTHING
        if name in EXTRA_GETTERS:
            self.visit_arguments(node, scope)
            return frozenset({EXTRA})
        if name in CONNECTION_GETTERS:
            self.visit_arguments(node, scope)
            return frozenset({CONNECTION})
        if name == "loads" and node.args and RAW_EXTRA in self.value(node.args[0], scope):
            return frozenset({EXTRA})
        if EXTRA in receiver:
            return self.method_of_extra(receiver, name, node, scope) | self.method_of_other(receiver, name, node, scope)
        if receiver and name in ("items", "keys", "values", "copy", "lower", "strip"):
            self.visit_arguments(node, scope)
            return receiver | {FOLDED} if name == "lower" else receiver
        if isinstance(node.func, ast.Call):  # sync_to_async(self.get_connection)(id), sync_to_async(lambda: …)()
            self.visit_arguments(node, scope)
            return self.value(node.func, scope)
        if name in WRAPPERS and node.args:
            self.visit_arguments(node, scope)
            return self.wrapped(node.args[0], node, scope)
        if name in COPIES:
            return frozenset().union(self.visit_arguments(node, scope, hand_on=False))
        followed = self.method_of_other(receiver, name, node, scope)
        if followed is not NOTHING or any(tag == "object" for tag, _ in receiver):
            return followed
        return self.function_call(name, node, scope)

    def wrapped(self, target: ast.expr, node: ast.Call, scope: Scope) -> frozenset:
        name = getattr(target, "attr", getattr(target, "id", ""))
        if name in CONNECTION_GETTERS:
            return frozenset({CONNECTION})
        if isinstance(target, ast.Lambda):
            return self.value(target.body, scope)
        return self.value_of_call(ast.copy_location(ast.Call(target, node.args[1:], node.keywords), node), scope)

    def method_of_extra(self, receiver: frozenset, name: str, node: ast.Call, scope: Scope) -> frozenset:
        if name in ("get", "pop", "setdefault", "getlist") and node.args:
            default = node.args[1] if len(node.args) > 1 else None
            self.read(self.value(node.args[0], scope), scope, receiver, json_type(default))
            return self.value(default, scope) if default is not None else NOTHING
        self.visit_arguments(node, scope)
        if name == "copy":
            return receiver
        return frozenset({ITEMS}) if name in ("items", "keys") else NOTHING

    def method_of_other(self, receiver: frozenset, name: str, node: ast.Call, scope: Scope) -> frozenset:
        result, is_found = NOTHING, False
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
            if getattr(node.func.value.func, "id", "") == "super" and scope.me:
                receiver = frozenset({scope.me})
                found = [m for n, m in self.methods(scope.me[1]).items() if n.endswith(f":{name}")]
                for module, function in found:
                    given, rest = self.bind(function, True, node, scope)
                    result |= self.call(module, function, scope.me, given, rest)
                return result
        for tag, dotted in receiver:
            method = self.methods(dotted).get(name) if tag == "object" else None
            if method:
                is_found = True
                given, rest = self.bind(method[1], True, node, scope)
                result |= self.call(method[0], method[1], (tag, dotted), given, rest)
        if not is_found and isinstance(node.func, ast.Attribute):
            dotted = self.class_of(node.func.value, scope)
            method = self.methods(dotted).get(name) if dotted else None
            if method:
                given, rest = self.bind(method[1], True, node, scope)
                if carries(rest, *given.values()):
                    result |= self.call(method[0], method[1], ("object", dotted), given, rest)
        return result

    def function_call(self, name: str, node: ast.Call, scope: Scope) -> frozenset:
        for tag, content in self.value(node.func, scope) if isinstance(node.func, ast.Name) else ():
            if tag == "local":
                return self.local_call(content, node, scope)
        dotted = self.class_of(node.func, scope)
        if dotted:
            return self.construct(dotted, node, scope)
        resolved = None
        if isinstance(node.func, ast.Name):
            resolved = self.sources.resolve(scope.module, node.func.id)
        elif isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            imported = (self.sources.module(scope.module) or EMPTY).imports.get(node.func.value.id)
            resolved = imported and self.sources.resolve(".".join(imported), name)
        if resolved and resolved[2] in resolved[1].functions:
            function = resolved[1].functions[resolved[2]]
            given, rest = self.bind(function, False, node, scope)
            if carries(rest, *given.values()):
                return self.call(resolved[0], function, None, given, rest)
            return NOTHING
        self.visit_arguments(node, scope, hand_on=name not in HARMLESS | LOGGING)
        return NOTHING

    def local_call(self, name: str, node: ast.Call, scope: Scope) -> frozenset:
        function, around = self._local[name]
        given, _ = self.bind(function, False, node, scope)
        key = (name, tuple(sorted((k, v) for k, v in given.items() if v)))
        if key in self._done or self._depth > MAX_DEPTH:
            return self._results.get(key, NOTHING)
        self._done.add(key)
        inner = Scope(around.module, around.me, {**around.names, **given}, where=name)
        self._depth += 1
        self.run_block(function.body, inner)
        self._depth -= 1
        self._results[key] = self._results.get(key, NOTHING) | inner.returns
        return self._results[key]

    def visit_arguments(self, node: ast.Call, scope: Scope, hand_on: bool = True) -> frozenset:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        kind = {"int": "integer", "float": "number", "bool": "boolean"}.get(name, "boolean" if "bool" in name else "")
        outer, self._kind = self._kind, kind
        values = NOTHING
        for argument in (*node.args, *(k.value for k in node.keywords)):
            values |= self.value(argument.value if isinstance(argument, ast.Starred) else argument, scope)
        self._kind = outer
        if hand_on and (EXTRA in values or ITEMS in values):
            self.hand_on(scope)
        return values
