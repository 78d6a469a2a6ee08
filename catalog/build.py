"""Turns the metadata of the provider packages into the catalog."""

from __future__ import annotations

import ast
import collections
import re
import sys
from pathlib import Path

from check import check_corrections
from corrections import (
    ALSO_READ_AS,
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
from known import Known
from packages import AIRFLOW, AIRFLOW_2, Sources, literal, provider_infos, provider_requirements
from reading.hooks import TypeReading, loose_keys, read_types
from render import camel

# DbApiHook reads these for every SQL type; they tune the statements that it writes, so no class offers them.
OF_ALL_SQL_HOOKS = {
    "dialect", "escape_column_names", "escape_word_format", "insert_statement_format", "placeholder",
    "replace_statement_format",
}  # fmt: skip
STANDARD_FIELDS = ("description", "host", "login", "password", "schema", "port", "extra")


def plain_text(rst: str | None) -> str:
    """One line of text out of reStructuredText."""
    text = re.sub(r"`([^`<]+?)\s*<[^>]*>`_{0,2}", r"\1", rst or "")
    text = re.sub(r"``?([^`]+)``?", r"`\1`", text)
    return re.sub(r"\s+", " ", re.sub(r"(?m)^\s*[-*]\s+", ", ", text)).replace(":,", ":").strip(" ,")


def declares(node: ast.ClassDef, function: str) -> bool:
    return any(isinstance(n, ast.FunctionDef) and n.name == function for n in node.body)


def class_attribute(node: ast.ClassDef, name: str) -> str | None:
    for n in node.body:
        targets = n.targets if isinstance(n, ast.Assign) else [n.target] if isinstance(n, ast.AnnAssign) else []
        if any(isinstance(t, ast.Name) and t.id == name for t in targets) and isinstance(n.value, ast.Constant):
            return n.value.value
    return None


def label_of(key: str) -> str:
    """kube_config_path -> Kube config path; session.timeout.ms stays as it is"""
    return key if "." in key else re.sub(r"[_-]+", " ", key).strip().capitalize()


def built_in_types(core: Sources) -> dict[str, str]:
    """Types that Airflow itself knows without a hook: id and display name."""
    return literal(core.tree("airflow.providers_manager"), "core_dummy_hooks")


class Builder:
    def __init__(self, wheels: dict[tuple[str, str], Path]) -> None:
        self.notes: list[str] = []
        providers = {n: p for (n, _), p in wheels.items() if n.startswith("apache-airflow-providers-")}
        self.versions = {n: v for n, v in wheels if n in providers}
        self.sources = Sources(list(providers.values()))
        core = Sources([wheels["apache-airflow-core", AIRFLOW]])
        old = Sources([wheels["apache-airflow", AIRFLOW_2]])
        newest = literal(core.tree("airflow._shared.secrets_masker.secrets_masker"), "DEFAULT_SENSITIVE_FIELDS")
        oldest = literal(old.tree("airflow.utils.log.secrets_masker"), "DEFAULT_SENSITIVE_FIELDS")
        self.sensitive = sorted(newest | oldest)
        always = lambda name, version: sorted(  # noqa: E731
            {p for p, extra in provider_requirements(wheels[name, version]) if extra is None}
        )
        self.preinstalled = {"2": always("apache-airflow", AIRFLOW_2), "3": always("apache-airflow-core", AIRFLOW)}
        # Extras of apache-airflow whose name is not the name of the one package they install.
        extras = collections.defaultdict(set)
        for package, extra in provider_requirements(wheels["apache-airflow", AIRFLOW]):
            if extra:
                extras[extra].add(package)
        self.airflow_extras = {
            e: sorted(p) for e, p in sorted(extras.items()) if p != {f"apache-airflow-providers-{e}"} and e != "all"
        }
        self.built_in = dict(sorted({**built_in_types(old), **built_in_types(core)}.items()))
        self.readings = read_types(self.sources)
        for conn_type, (other, _) in ALSO_READ_AS.items():
            self.readings[conn_type].include(self.readings[other])
        self.forms: dict[str, dict] = {}
        self.infos = provider_infos(self.sources)
        missing = set(providers) - {i["package-name"] for i in self.infos}
        if missing:
            sys.exit(f"no get_provider_info in {sorted(missing)}")
        for info in self.infos:
            for entry in info.get("connection-types", []):
                self.forms[entry["hook-class-name"]] = entry

    def is_sensitive(self, key: str) -> bool:
        """`should_hide_value_for_key` of Airflow 3.3; connection-types.ts has the same rule."""
        normalized = re.sub(r"\W+", "_", key.strip().lower())
        return any(name in normalized for name in self.sensitive)

    def build(self) -> dict:
        providers, types = {}, []
        for info in self.infos:
            package = info["package-name"]
            entries = info.get("connection-types", [])
            if entries:
                providers[package] = {
                    "version": self.versions[package],
                    "name": info["name"],
                    "description": plain_text(info.get("description")),
                    "documentationUrl": f"https://airflow.apache.org/docs/{package}/{self.versions[package]}/",
                    "looseKeys": sorted(self.loose_keys(entries)),
                }
            types += [self.connection_type(package, entry) for entry in entries]
        types.sort(key=lambda t: t["id"])
        check_corrections(self, types)
        return {
            "airflowVersion": AIRFLOW,
            "sensitiveNames": self.sensitive,
            "preinstalled": self.preinstalled,
            "airflowExtras": self.airflow_extras,
            "builtIn": self.built_in,
            "providers": providers,
            "types": types,
        }

    def loose_keys(self, entries: list[dict]) -> set[str]:
        roots = {entry["hook-class-name"].split(".hooks.")[0] for entry in entries}
        shortest = {root for root in roots if not any(root.startswith(f"{other}.") for other in roots)}
        return set().union(*(loose_keys(self.sources, root.removesuffix(".aws")) for root in shortest))

    def connection_type(self, package: str, entry: dict) -> dict:
        known = {"hook-class-name", "connection-type", "hook-name", "ui-field-behaviour", "conn-fields", "external-services"}
        conn_type, hook = entry["connection-type"], entry["hook-class-name"]
        self.note_unknown(conn_type, entry, known)
        form, inherited = entry, None
        if not entry.get("conn-fields") and not entry.get("ui-field-behaviour"):
            # Without form data Airflow asks the hook class, whose methods may come from a base class.
            for dotted, node in self.sources.ancestry(hook):
                if declares(node, "get_connection_form_widgets") or declares(node, "get_ui_field_behaviour"):
                    if dotted in self.forms and dotted != hook:
                        form, inherited = self.forms[dotted], self.forms[dotted]["connection-type"]
                    else:
                        self.notes.append(f"{conn_type}: {dotted} has a form that no metadata declares")
                    break
        name = entry.get("hook-name") or next(
            (n for n in (class_attribute(node, "hook_name") for _, node in self.sources.ancestry(hook)) if n), None
        )
        if conn_type in DISPLAY_NAMES:
            name = DISPLAY_NAMES[conn_type][0]
        behaviour = form.get("ui-field-behaviour") or {}
        self.note_unknown(conn_type, behaviour, {"hidden-fields", "relabeling", "placeholders"})
        conn_fields = form.get("conn-fields") or {}
        result = {"id": conn_type, "providerPackage": package, "displayName": name or conn_type, "hookClass": hook}
        if inherited:
            result["inheritsFormFrom"] = inherited
        if entry.get("external-services"):
            result["services"] = entry["external-services"]
        result["hasForm"] = bool(behaviour or conn_fields)
        reading = self.readings.get(conn_type) or TypeReading()
        result["fields"] = self.fields(conn_type, behaviour, conn_fields, reading)
        result["extras"] = [self.extra(conn_type, k, v, behaviour, reading) for k, v in conn_fields.items()]
        self.add_read_extras(conn_type, result["extras"], reading)
        typed = {extra["key"] for extra in result["extras"]}
        if set(reading.keys) - typed:
            result["reads"] = sorted(set(reading.keys) - typed)
        if reading.is_open:
            result["isOpen"] = True
        if reading.folds_case or conn_type in FOLDS_CASE:
            result["foldsCase"] = True
        if reading.prefixes:
            result["formPrefixes"] = sorted(reading.prefixes)
        undeclared = sorted(key for (t, key) in UNDECLARED_SECRET_EXTRAS if t == conn_type)
        if undeclared:
            result["undeclaredSecretExtras"] = undeclared
        return result

    def note_unknown(self, conn_type: str, mapping: dict, known: set[str]) -> None:
        for key in sorted(set(mapping) - known):
            self.notes.append(f'{conn_type}: metadata key "{key}" is not understood by this generator')

    def add_read_extras(self, conn_type: str, extras: list[dict], reading: TypeReading) -> None:
        """Adds the keys that the form lacks: those of extras.py, and what else the type's hooks read."""
        inputs = {camel(extra["key"]) for extra in extras}
        known = EXTRAS.get(conn_type, {})
        for key in [*known, *sorted(set(reading.keys) - set(known) - OF_ALL_SQL_HOOKS)]:
            # tenantId beside tenant_id: the later one goes into `extra`.
            if re.fullmatch(r"[a-z][A-Za-z0-9]*", camel(key)) and camel(key) not in inputs:
                inputs.add(camel(key))
                kind = reading.keys.get(key)
                extras.append(self.read_extra(conn_type, key, known.get(key) or Known([kind] if kind else [], ""), reading))

    def read_extra(self, conn_type: str, key: str, about: Known, reading: TypeReading) -> dict:
        page, documented = DOCUMENTED.get(conn_type, ("", ""))
        source = f"{page}.html" if key in documented.split() else "code" if key in reading.keys else "library"
        extra = {"key": key, "types": list(about.types), "label": about.help.rstrip(".") or label_of(key), "source": source}
        if about.enum:
            extra["enum"] = list(about.enum)
        return self.finish_extra(conn_type, extra, None, reading)

    def finish_extra(self, conn_type: str, extra: dict, form_format: str | None, reading: TypeReading) -> dict:
        key = extra["key"]
        if reading.keys.get(key) in ("integer", "number"):
            extra["converts"] = True
        by = (
            "format" if form_format == "password"
            else "name" if self.is_sensitive(key)
            else "correction" if (conn_type, key) in SECRET_EXTRAS
            else None
        )
        extra["required"] = extra.get("required", False)
        extra["secret"] = by is not None and (conn_type, key) not in NOT_SECRET_EXTRAS
        if (conn_type, key) in NOT_SECRET_EXTRAS:
            by = "correction"
        if by:
            extra["secretBy"] = by
        return extra

    def fields(self, conn_type: str, behaviour: dict, conn_fields: dict, reading: TypeReading) -> dict:
        hidden, labels = behaviour.get("hidden-fields") or [], behaviour.get("relabeling") or {}
        placeholders = behaviour.get("placeholders") or {}
        fields = {}
        for name in STANDARD_FIELDS:
            field = {}
            if name in hidden:
                field["hidden"] = True
                if name in reading.fields:
                    field["read"] = True
            if labels.get(name):
                field["label"] = labels[name]
            if str(placeholders.get(name) or "").strip():
                field["placeholder"] = str(placeholders[name]).strip()
            if name == "password" or (conn_type, name) in SECRET_FIELDS:
                field["secret"] = True
            if field:
                fields[name] = field
        for key in sorted((set(hidden) | set(labels) | set(placeholders)) - set(STANDARD_FIELDS) - set(conn_fields)):
            self.notes.append(f'{conn_type}: form mentions "{key}", which is neither a standard field nor an extra')
        return fields

    def extra(self, conn_type: str, raw_key: str, field: dict, behaviour: dict, reading: TypeReading) -> dict:
        key = raw_key.removeprefix(f"extra__{conn_type}__")  # the key of the old forms
        key = REPLACED_KEYS.get((conn_type, key), (key,))[0]
        if reading.keys and key not in reading.keys:
            self.notes.append(f"{conn_type}: no hook was seen to read the form's {key}")
        schema = field["schema"]
        self.note_unknown(f"{conn_type}.{key}", field, {"label", "description", "schema"})
        known = {"type", "default", "format", "items", "description", "enum"}
        self.note_unknown(f"{conn_type}.{key}", schema, known)
        types = schema.get("type") or "string"
        types = [types] if isinstance(types, str) else types
        extra = {"key": key, "types": [t for t in types if t != "null"], "label": field.get("label") or key}
        help_text = plain_text(field.get("description") or schema.get("description"))
        if help_text:
            extra["help"] = help_text
        if schema.get("items"):
            extra["itemType"] = schema["items"]["type"]
        if schema.get("enum"):
            extra["enum"] = [v for v in schema["enum"] if v is not None]
        if schema.get("default") not in (None, ""):
            extra["default"] = schema["default"]
        placeholder = str((behaviour.get("placeholders") or {}).get(raw_key) or "").strip()
        if placeholder:
            extra["placeholder"] = placeholder
        # All fields of today's packages allow null; a package that forbids it means "required".
        extra["required"] = "null" not in types
        about = EXTRAS.get(conn_type, {}).get(key)
        if about and about.help and not extra.get("help"):
            extra["help"] = about.help
        extra["types"] += [t for t in ALSO_TAKES.get((conn_type, key), ((), ""))[0] if t not in extra["types"]]
        return self.finish_extra(conn_type, extra, schema.get("format"), reading)
