"""The pinned provider packages: which they are, where their wheels lie, and what their source says without running it."""

from __future__ import annotations

import ast
import email.parser
import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

PINS = Path(__file__).resolve().parent / "providers.txt"
# Not in the extras metadata of apache-airflow, but official provider packages.
OUTSIDE_THE_EXTRAS = ("apache-airflow-providers-apache-beam", "apache-airflow-providers-tabular")
AIRFLOW, AIRFLOW_2 = "3.3.2", "2.11.2"


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


class Module(NamedTuple):
    """The names of one module."""

    imports: dict[str, tuple[str, str]]
    classes: dict[str, ast.ClassDef]
    functions: dict[str, ast.FunctionDef]
    constants: dict[str, ast.expr]


class Sources:
    """The modules of all wheels, parsed on demand."""

    def __init__(self, wheels: list[Path]) -> None:
        self._where: dict[str, tuple[zipfile.ZipFile, str]] = {}
        self._parsed: dict[str, Module | None] = {}
        for wheel in wheels:
            archive = zipfile.ZipFile(wheel)
            for name in archive.namelist():
                if name.startswith("airflow/") and name.endswith(".py"):
                    self._where[name[:-3].replace("/", ".").removesuffix(".__init__")] = (archive, name)

    def text(self, module: str) -> bytes:
        archive, name = self._where[module]
        return archive.read(name)

    def tree(self, module: str) -> ast.Module:
        return ast.parse(self.text(module))

    def modules(self) -> list[str]:
        return sorted(self._where)

    def module(self, name: str) -> Module | None:
        """None for a module that is in none of the wheels."""
        if name not in self._parsed:
            self._parsed[name] = self._parse(name) if name in self._where else None
        return self._parsed[name]

    def _parse(self, name: str) -> Module:
        found = Module({}, {}, {}, {})
        tree = self.tree(name)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                found.imports.update({a.asname or a.name: (node.module, a.name) for a in node.names})
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                found.classes[node.name] = node
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found.functions[node.name] = node
            elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value:
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if isinstance(target, ast.Name):
                        found.constants[target.id] = node.value
        return found

    def resolve(self, module: str, name: str) -> tuple[str, Module, str] | None:
        """(module, its names, name there) of a name, through imports; None when it comes from elsewhere."""
        seen = set()
        while (found := self.module(module)) and (module, name) not in seen:
            if name in found.classes or name in found.functions or name in found.constants:
                return module, found, name
            if name not in found.imports:
                return None
            seen.add((module, name))
            module, name = found.imports[name]
        return None

    def ancestry(self, dotted: str):
        """(dotted name, class node) of a class and its bases, nearest first, as far as the wheels hold them."""
        resolved = self.resolve(*dotted.rsplit(".", 1))
        if not resolved or resolved[2] not in resolved[1].classes:
            return
        module, found, name = resolved
        node = found.classes[name]
        yield f"{module}.{name}", node
        for base in node.bases:
            base = base.value if isinstance(base, ast.Subscript) else base
            if isinstance(base, ast.Name):
                target = found.imports.get(base.id, (module, base.id))
                yield from self.ancestry(".".join(target))
            elif isinstance(base, ast.Attribute) and isinstance(base.value, ast.Name) and base.value.id in found.imports:
                yield from self.ancestry(".".join([*found.imports[base.value.id], base.attr]))


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
