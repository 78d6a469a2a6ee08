"""Values of expressions."""

from __future__ import annotations

import ast

from reading.calls import Calls
from reading.values import (
    CONNECTION,
    EXTRA,
    FOLDED,
    ITEMS,
    KEY,
    NOTHING,
    RAW_EXTRA,
    Scope,
    elements,
    joined,
    shallow,
)

STANDARD_FIELDS = ("host", "login", "password", "schema", "port")


class Expressions(Calls):
    """Every kind of expression in which a connection matters; of others only the parts are visited."""

    def value(self, node: ast.expr | None, scope: Scope) -> frozenset:
        if node is None:
            return NOTHING
        handler = getattr(self, f"value_of_{type(node).__name__.lower()}", None)
        if handler:
            return handler(node, scope)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child, scope)
        return NOTHING

    def value_of_constant(self, node: ast.Constant, scope: Scope) -> frozenset:
        return frozenset({("text", node.value)}) if isinstance(node.value, str) else NOTHING

    def value_of_yield(self, node, scope: Scope) -> frozenset:
        scope.returns |= self.value(node.value, scope)
        return NOTHING

    value_of_yieldfrom = value_of_yield

    def value_of_name(self, node: ast.Name, scope: Scope) -> frozenset:
        if node.id in ("self", "cls") and scope.me:
            return frozenset({scope.me})
        return self.name(node.id, scope)

    def value_of_attribute(self, node: ast.Attribute, scope: Scope) -> frozenset:
        if isinstance(node.value, ast.Name) and self.class_of(node.value, scope):
            return self.class_constant(self.class_of(node.value, scope), node.attr)
        owner = self.value(node.value, scope)
        result = NOTHING
        for tag, dotted in owner:
            if tag == "object":
                result |= self.attribute(dotted, node.attr, scope)
        if node.attr in ("extra_dejson", "connection_extra") and not result:
            return frozenset({EXTRA})
        named = getattr(node.value, "attr", getattr(node.value, "id", ""))
        is_connection = CONNECTION in owner or (not owner and named.lstrip("_").endswith(("conn", "connection")))
        if is_connection and node.attr in STANDARD_FIELDS:
            self.reading.fields.add(node.attr)
        if is_connection and node.attr == "extra":
            return frozenset({RAW_EXTRA})
        return result

    def value_of_subscript(self, node: ast.Subscript, scope: Scope) -> frozenset:
        owner, keys = self.value(node.value, scope), self.value(node.slice, scope)
        if EXTRA in owner and not isinstance(node.ctx, ast.Store):
            self.read(keys, scope, owner)
        for tag, items in owner:
            if tag == "tuple" and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
                return items[node.slice.value] if node.slice.value < len(items) else NOTHING
        return NOTHING

    def value_of_compare(self, node: ast.Compare, scope: Scope) -> frozenset:
        left = self.value(node.left, scope)
        for operator, comparator in zip(node.ops, node.comparators):
            right = self.value(comparator, scope)
            if isinstance(operator, (ast.In, ast.NotIn)) and (EXTRA in right or ITEMS in right):
                self.read(left, scope, right)
            if KEY in left and not isinstance(operator, ast.NotIn):
                self.read(right | elements(right), scope)
        return NOTHING

    def value_of_boolop(self, node: ast.BoolOp, scope: Scope) -> frozenset:
        return frozenset().union(*(self.value(v, scope) for v in node.values))

    def value_of_binop(self, node: ast.BinOp, scope: Scope) -> frozenset:
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        if isinstance(node.op, (ast.BitAnd, ast.Sub)) and (ITEMS in left or EXTRA in left):
            self.read(elements(right), scope, left)
        if isinstance(node.op, ast.BitOr):
            return left | right
        return joined([left, right]) if isinstance(node.op, ast.Add) else NOTHING

    def value_of_ifexp(self, node: ast.IfExp, scope: Scope) -> frozenset:
        self.value(node.test, scope)
        return self.value(node.body, scope) | self.value(node.orelse, scope)

    def value_of_await(self, node: ast.Await, scope: Scope) -> frozenset:
        return self.value(node.value, scope)

    def value_of_namedexpr(self, node: ast.NamedExpr, scope: Scope) -> frozenset:
        value = self.value(node.value, scope)
        self.assign(node.target, value, scope)
        return value

    def value_of_joinedstr(self, node: ast.JoinedStr, scope: Scope) -> frozenset:
        parts = [self.value(v.value if isinstance(v, ast.FormattedValue) else v, scope) for v in node.values]
        return joined(parts)

    def value_of_tuple(self, node: ast.Tuple, scope: Scope) -> frozenset:
        return frozenset({("tuple", tuple(shallow(self.value(e, scope)) for e in node.elts))})

    def value_of_list(self, node, scope: Scope) -> frozenset:
        return frozenset({("list", frozenset().union(*(shallow(self.value(e, scope)) for e in node.elts)))})

    value_of_set = value_of_list

    def value_of_dict(self, node: ast.Dict, scope: Scope) -> frozenset:
        keys = frozenset().union(*(self.value(k, scope) for k in node.keys if k is not None))
        values = [self.value(v, scope) for v in node.values]
        spread = frozenset().union(*(v for k, v in zip(node.keys, values) if k is None))
        if EXTRA in spread:
            if keys:
                self.hand_on(scope)
            return frozenset({EXTRA})
        if any(EXTRA in v for v in values):
            self.hand_on(scope)
        return frozenset({("list", keys)}) if keys else NOTHING

    def value_of_lambda(self, node: ast.Lambda, scope: Scope) -> frozenset:
        self.value(node.body, scope)
        return NOTHING

    def comprehension(self, node, scope: Scope) -> frozenset:
        source = NOTHING
        for generator in node.generators:
            source |= self.value(generator.iter, scope)
            self.assign(generator.target, elements(source), scope)
            for condition in generator.ifs:
                self.value(condition, scope)
        filtered = any(isinstance(c, ast.Compare) and isinstance(c.ops[0], (ast.In, ast.Eq)) for g in node.generators for c in g.ifs)
        parts = [self.value(p, scope) for p in ([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])]
        if EXTRA not in source and ITEMS not in source:
            return NOTHING if isinstance(node, ast.DictComp) else frozenset({("list", shallow(parts[0]))})
        if isinstance(node, ast.DictComp):
            return NOTHING if filtered else frozenset({EXTRA}) | (parts[0] & {FOLDED}) | (source & {FOLDED})
        if not filtered:
            self.hand_on(scope)
        return NOTHING

    value_of_dictcomp = value_of_listcomp = value_of_setcomp = value_of_generatorexp = comprehension
