#!/usr/bin/env python3
"""Generates the catalog of Airflow connection types from the official provider packages.

Reads the wheels of the packages pinned in catalog/providers.txt (downloaded once, without their dependencies, into a
cache folder), and writes catalog/catalog.generated.ts. No code of a package is run: `get_provider_info()` returns a
literal, which is parsed. Standard library and pip only; needs Python 3.9 or newer.

Examples:
  python3 catalog/generate.py             write catalog/catalog.generated.ts (and what is derived from it)
  python3 catalog/generate.py --check     exit 1 when a checked-in file differs from a fresh generation (for CI)
  python3 catalog/generate.py --update    move the pins to the newest provider packages, then generate
  python3 catalog/generate.py --json      print the data as JSON, write nothing
"""

from __future__ import annotations

import argparse
import ast
import collections
import email.parser
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE))
from corrections import DISPLAY_NAMES, SECRET_EXTRAS, SECRET_FIELDS, UNDECLARED_SECRET_EXTRAS  # noqa: E402

PINS = HERE / "providers.txt"
OUTPUT = HERE / "catalog.generated.ts"
STANDARD_FIELDS = ("description", "host", "login", "password", "schema", "port", "extra")
# Not in the extras metadata of apache-airflow, but they declare connection types or are named by Airflow's own docs.
OUTSIDE_THE_EXTRAS = ("apache-airflow-providers-apache-beam", "apache-airflow-providers-tabular")
AIRFLOW, AIRFLOW_2 = "3.3.2", "2.11.2"
# Smallest result that is believable: fewer means that a download or a format changed.
AT_LEAST = {"connection types": 135, "provider packages with connection types": 85, "extra fields": 375}


# ---- pins and wheels ---------------------------------------------------------------------------------------------


def read_pins() -> list[tuple[str, str, str]]:
    """(name, version, sha256) of every line of providers.txt."""
    pins = []
    for line in PINS.read_text().splitlines():
        line = line.strip()
        if line and not line.startswith("#"):
            match = re.fullmatch(r"([a-z0-9-]+)==(\S+) --hash=sha256:([0-9a-f]{64})", line)
            if not match:
                sys.exit(f'{PINS}: cannot read "{line}"; run with --update to write the file anew')
            pins.append((match[1], match[2], match[3]))
    return pins


def wheel_path(cache: Path, name: str, version: str) -> Path:
    return cache / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"


def pip_download(cache: Path, requirements: list[str]) -> None:
    if not requirements:
        return
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(requirements))
        file.flush()
        # A fixed Python version and wheels only: the same answer on every machine.
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary=:all:", "--python-version", "3.12", "--dest", str(cache), "-r", file.name]
        if subprocess.run(command).returncode != 0:
            sys.exit("pip could not download the packages (see above); is a package index reachable?")


def fetch(cache: Path, pins: list[tuple[str, str, str]]) -> dict[tuple[str, str], Path]:
    """Wheels of all pins, downloaded when absent, their digests checked."""
    missing = [pin for pin in pins if not wheel_path(cache, pin[0], pin[1]).exists()]
    while missing:  # pip refuses two versions of one package in one call
        batch = {name: (name, version, digest) for name, version, digest in reversed(missing)}
        pip_download(cache, [f"{n}=={v} --hash=sha256:{d}" for n, v, d in batch.values()])
        missing = [pin for pin in missing if pin not in batch.values()]
    wheels = {}
    for name, version, digest in pins:
        path = wheel_path(cache, name, version)
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            sys.exit(f"{path}: not the file pinned in providers.txt; delete it and try again")
        wheels[name, version] = path
    return wheels


def metadata(wheel: Path) -> email.message.Message:
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return email.parser.HeaderParser().parsestr(archive.read(name).decode())


def provider_requirements(wheel: Path) -> list[tuple[str, str | None]]:
    """(provider package, extra that asks for it, or None when it is always installed)."""
    found = []
    for line in metadata(wheel).get_all("Requires-Dist") or []:
        name = re.match(r"apache-airflow-providers-[a-z0-9-]+", line)
        if name:
            extra = re.search(r"extra == ['\"]([^'\"]+)['\"]", line)
            found.append((name[0], extra[1] if extra else None))
    return found


def update_pins(cache: Path) -> None:
    """Rewrites providers.txt: the provider packages that apache-airflow names, each in its newest version."""
    airflow = [("apache-airflow", AIRFLOW), ("apache-airflow-core", AIRFLOW), ("apache-airflow", AIRFLOW_2)]
    for name, version in airflow:
        if not wheel_path(cache, name, version).exists():
            pip_download(cache, [f"{name}=={version}"])
    names = {name for name, _ in provider_requirements(wheel_path(cache, *airflow[0]))} | set(OUTSIDE_THE_EXTRAS)
    with tempfile.TemporaryDirectory(dir=cache) as fresh:
        pip_download(Path(fresh), sorted(names))
        for path in Path(fresh).iterdir():
            path.replace(cache / path.name)
            name, version = path.name.split("-")[:2]
            airflow.append((name.replace("_", "-"), version))
    lines = [
        "# Written by `python3 catalog/generate.py --update`: the Airflow releases that the catalog describes, and the provider",
        "# packages named in the extras metadata of apache-airflow, plus " + " and ".join(OUTSIDE_THE_EXTRAS) + ".",
    ]
    for name, version in sorted(airflow):
        digest = hashlib.sha256(wheel_path(cache, name, version).read_bytes()).hexdigest()
        lines.append(f"{name}=={version} --hash=sha256:{digest}")
    PINS.write_text("\n".join(lines) + "\n")


# ---- reading Python source without running it --------------------------------------------------------------------


class Sources:
    """The modules of all wheels, parsed on demand."""

    def __init__(self, wheels: list[Path]) -> None:
        self._where: dict[str, tuple[zipfile.ZipFile, str]] = {}
        self._parsed: dict[str, tuple[dict[str, tuple[str, str]], dict[str, ast.ClassDef]] | None] = {}
        for wheel in wheels:
            archive = zipfile.ZipFile(wheel)
            for name in archive.namelist():
                if name.startswith("airflow/") and name.endswith(".py"):
                    self._where[name[:-3].replace("/", ".").removesuffix(".__init__")] = (archive, name)

    def tree(self, module: str) -> ast.Module:
        archive, name = self._where[module]
        return ast.parse(archive.read(name))

    def modules(self) -> list[str]:
        return sorted(self._where)

    def _module(self, module: str):
        if module not in self._parsed:
            if module not in self._where:
                self._parsed[module] = None
            else:
                imports: dict[str, tuple[str, str]] = {}
                tree = self.tree(module)
                for node in ast.walk(tree):
                    if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                        imports.update({a.asname or a.name: (node.module, a.name) for a in node.names})
                classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
                self._parsed[module] = (imports, classes)
        return self._parsed[module]

    def ancestry(self, dotted: str):
        """(dotted name, class node) of a class and its bases, nearest first, as far as the wheels hold them."""
        module, _, name = dotted.rpartition(".")
        seen = set()
        while (parsed := self._module(module)) and name not in parsed[1] and name in parsed[0]:
            if (module, name) in seen:
                return
            seen.add((module, name))
            module, name = parsed[0][name]
        if not parsed or name not in parsed[1]:
            return
        node = parsed[1][name]
        yield f"{module}.{name}", node
        for base in node.bases:
            base = base.value if isinstance(base, ast.Subscript) else base
            if isinstance(base, ast.Name):
                target = parsed[0].get(base.id, (module, base.id))
                yield from self.ancestry(".".join(target))


def literal(tree: ast.AST, name: str):
    """Value of `name = <literal>` (also inside frozenset(...)) anywhere in a module."""
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        if any(isinstance(t, ast.Name) and t.id == name for t in targets):
            value = node.value
            return ast.literal_eval(value.args[0] if isinstance(value, ast.Call) else value)
    sys.exit(f"{name} not found: Airflow's source has changed")


def provider_infos(sources: Sources) -> list[dict]:
    infos = []
    for module in sources.modules():
        if module.endswith(".get_provider_info"):
            function = next(n for n in sources.tree(module).body if isinstance(n, ast.FunctionDef))
            value = next(n.value for n in function.body if isinstance(n, ast.Return))
            infos.append(ast.literal_eval(value))
    return sorted(infos, key=lambda info: info["package-name"])


# ---- building the catalog ----------------------------------------------------------------------------------------


def plain_text(rst: str | None) -> str:
    """One line of text out of reStructuredText."""
    text = re.sub(r"`([^`<]+?)\s*<[^>]*>`_{0,2}", r"\1", rst or "")
    text = re.sub(r"``?([^`]+)``?", r"`\1`", text)
    return re.sub(r"\s+", " ", re.sub(r"(?m)^\s*[-*]\s+", ", ", text)).replace(":,", ":").strip(" ,")


def is_sensitive_name(key: str, names: list[str]) -> bool:
    """`should_hide_value_for_key` of Airflow 3.3; lookup.ts has the same rule."""
    normalized = re.sub(r"\W+", "_", key.strip().lower())
    return any(name in normalized for name in names)


def declares(node: ast.ClassDef, function: str) -> bool:
    return any(isinstance(n, ast.FunctionDef) and n.name == function for n in node.body)


def class_attribute(node: ast.ClassDef, name: str) -> str | None:
    for n in node.body:
        targets = n.targets if isinstance(n, ast.Assign) else [n.target] if isinstance(n, ast.AnnAssign) else []
        if any(isinstance(t, ast.Name) and t.id == name for t in targets) and isinstance(n.value, ast.Constant):
            return n.value.value
    return None


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
        self.forms: dict[str, dict] = {}
        self.infos = provider_infos(self.sources)
        missing = set(providers) - {i["package-name"] for i in self.infos}
        if missing:
            sys.exit(f"no get_provider_info in {sorted(missing)}")
        for info in self.infos:
            for entry in info.get("connection-types", []):
                self.forms[entry["hook-class-name"]] = entry

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
                }
            types += [self.connection_type(package, entry) for entry in entries]
        types.sort(key=lambda t: t["id"])
        self.check_corrections(types)
        return {
            "airflowVersion": AIRFLOW,
            "sensitiveNames": self.sensitive,
            "preinstalled": self.preinstalled,
            "airflowExtras": self.airflow_extras,
            "providers": providers,
            "types": types,
        }

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
        result["fields"] = self.fields(conn_type, behaviour, conn_fields)
        result["extras"] = [self.extra(conn_type, k, v, behaviour) for k, v in conn_fields.items()]
        undeclared = sorted(key for (t, key) in UNDECLARED_SECRET_EXTRAS if t == conn_type)
        if undeclared:
            result["undeclaredSecretExtras"] = undeclared
        return result

    def note_unknown(self, conn_type: str, mapping: dict, known: set[str]) -> None:
        for key in sorted(set(mapping) - known):
            self.notes.append(f'{conn_type}: metadata key "{key}" is not understood by this generator')

    def fields(self, conn_type: str, behaviour: dict, conn_fields: dict) -> dict:
        hidden, labels = behaviour.get("hidden-fields") or [], behaviour.get("relabeling") or {}
        placeholders = behaviour.get("placeholders") or {}
        fields = {}
        for name in STANDARD_FIELDS:
            field = {}
            if name in hidden:
                field["hidden"] = True
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

    def extra(self, conn_type: str, raw_key: str, field: dict, behaviour: dict) -> dict:
        key = raw_key.removeprefix(f"extra__{conn_type}__")  # the key of the old forms
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
        by = (
            "format" if schema.get("format") == "password"
            else "name" if is_sensitive_name(key, self.sensitive)
            else "correction" if (conn_type, key) in SECRET_EXTRAS
            else None
        )
        extra["secret"] = by is not None
        if by:
            extra["secretBy"] = by
        return extra

    def check_corrections(self, types: list[dict]) -> None:
        """A correction that the packages have made unnecessary must go."""
        index = {t["id"]: t for t in types}
        problems = [
            f"SECRET_EXTRAS {c}"
            for c in SECRET_EXTRAS
            if not any(e["key"] == c[1] and e.get("secretBy") == "correction" for e in index.get(c[0], {}).get("extras", []))
        ]
        problems += [f"SECRET_FIELDS {c}" for c in SECRET_FIELDS if c[0] not in index]
        problems += [
            f"UNDECLARED_SECRET_EXTRAS {c}"
            for c in UNDECLARED_SECRET_EXTRAS
            if c[0] not in index or any(e["key"] == c[1] for e in index[c[0]]["extras"]) or is_sensitive_name(c[1], self.sensitive)
        ]
        named = {e["connection-type"] for e in self.forms.values() if e.get("hook-name")}
        problems += [f"DISPLAY_NAMES {c}" for c in DISPLAY_NAMES if c not in index or c in named]
        if problems:
            sys.exit("corrections.py: no longer needed or wrong: " + "; ".join(problems))


# ---- output ------------------------------------------------------------------------------------------------------


def compact(value) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def render_data(data: dict) -> str:
    """One line per provider, type and extra, so that a new release reads well as a diff."""
    out = [
        "// Generated by `python3 catalog/generate.py` from the provider packages in catalog/providers.txt. Do not edit.",
        'import type { CatalogData } from "./catalog-data";',
        "",
        "export const catalogData: CatalogData = {",
    ]
    out += [f"  {key}: {compact(data[key])}," for key in ("airflowVersion", "sensitiveNames", "preinstalled", "airflowExtras")]
    out.append("  providers: {")
    out += [f"    {compact(name)}: {compact(provider)}," for name, provider in data["providers"].items()]
    out += ["  },", "  types: ["]
    for entry in data["types"]:
        rest = {k: v for k, v in entry.items() if k != "extras"}
        out.append(f"    {compact(rest)[:-1]},extras:[" + ("" if entry["extras"] else "]},"))
        if entry["extras"]:
            out += [f"      {compact(extra)}," for extra in entry["extras"]]
            out.append("    ]},")
    out += ["  ],", "};", ""]
    return "\n".join(out)


def counts(data: dict) -> dict[str, int]:
    extras = [extra for entry in data["types"] for extra in entry["extras"]]
    return {
        "connection types": len(data["types"]),
        "provider packages with connection types": len(data["providers"]),
        "extra fields": len(extras),
        "secret extras by format": sum(e.get("secretBy") == "format" for e in extras),
        "secret extras by name only": sum(e.get("secretBy") == "name" for e in extras),
        "secret extras by correction": sum(e.get("secretBy") == "correction" for e in extras),
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

    files = {OUTPUT: render_data(data)}
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    for package, provider in data["providers"].items():
        print(f"{package} {provider['version']}")
    for note in builder.notes:
        print(f"note: {note}")
    for label, count in counts(data).items():
        print(f"{count:5} {label}")
    if options.check:
        for path in stale:
            print(f"out of date: {path.relative_to(ROOT)}; run: python3 catalog/generate.py", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path])
    print(f"{len(stale)} of {len(files)} files written" if stale else "everything up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
