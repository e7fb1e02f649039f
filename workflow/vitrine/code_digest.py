"""Digests of the code that a stage runs.

Snakemake sees that a script has changed, but not that a module has which the script imports. A
stage's ``params`` therefore hold the digest of everything of ours that it runs.
"""

import ast
import functools
import hashlib
import importlib.metadata
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
PACKAGE = "vitrine"
# It watches what stages do and has no part in their results.
_WATCHER = "vitrine.tracking"
# Where the name that is installed is not the one that is imported.
_INSTALLED_AS = {
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "vl_convert": "vl-convert-python",
    "yaml": "PyYAML",
}


def code_digest(*parts: str, packages: Iterable[str] = (), root: Path = ROOT) -> str:
    """Digest modules, scripts and other files together with all modules that they import.

    Of other packages the version counts, if one of these modules imports them. Comments,
    docstrings, layout, what only type checkers read, the modules that record runs, and the
    arguments of ``Field`` (defaults, bounds and descriptions of settings, whose values are
    parameters) do not count. Imports inside functions do, and so do the modules that
    ``discover("package", ...)`` finds; modules that are imported by a computed name cannot be seen
    and must be given.

    Args:
        *parts: modules (``vitrine.stages.explain``) and paths of files, absolute or relative to
            ``root`` (``workflow/scripts/stage.py``, a template).
        packages: other packages whose versions count, imported or not.
        root: the project folder, which holds ``workflow/vitrine``.

    Returns:
        16 hexadecimal digits.

    Raises:
        FileNotFoundError: there is no such module or file.
    """
    found: dict[str, str] = {}
    packages = set(packages)
    todo = [_named(part, root) for part in parts]
    while todo:
        name, path = todo.pop()
        if name not in found:
            source = _source(path, name)
            found[name] = source.digest
            packages |= source.packages
            todo += _modules(source.imports, root)
            for kind in source.kinds:
                todo += _modules(_items(kind, root), root)
    for package in packages:
        found[f"package {package}"] = package_version(package)
    lines = "\n".join(f"{name} {digest}" for name, digest in sorted(found.items()))
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


@functools.cache
def package_version(name: str) -> str:
    """The installed version of the package that is imported by a name; empty where there is none.

    Read from the package's metadata; nothing is imported.
    """
    try:
        return importlib.metadata.version(_INSTALLED_AS.get(name, name))
    except importlib.metadata.PackageNotFoundError:
        return ""


def _named(part: str, root: Path) -> tuple[str, Path]:
    if part == PACKAGE or (part.startswith(f"{PACKAGE}.") and "/" not in part):
        path = _module_path(part, root)
        if path is None:
            raise FileNotFoundError(f"there is no module {part} in {root / 'workflow'}")
        return part, path
    path = root / part
    # Relative, so that the digest does not depend on where the project lies.
    name = path.relative_to(root) if path.is_relative_to(root) else path
    return name.as_posix(), path


def _modules(names: frozenset[str], root: Path) -> Iterator[tuple[str, Path]]:
    for name in names:
        if name == _WATCHER or name.startswith(f"{_WATCHER}."):
            continue
        path = _module_path(name, root)
        if path is not None:
            yield name, path


@functools.cache
def _module_path(name: str, root: Path) -> Path | None:
    base = root.joinpath("workflow", *name.split("."))
    for path in (base / "__init__.py", base.with_suffix(".py")):
        if path.is_file():
            return path
    return None


class _Source(NamedTuple):
    digest: str
    imports: frozenset[str]
    """Names that may be modules of the package: ``from vitrine.x import y`` gives x and x.y."""
    packages: frozenset[str]
    """Other packages that are neither of this project nor of Python itself."""
    kinds: frozenset[str]
    """Packages whose modules are found by `vitrine.registry.discover`."""


@functools.cache
def _source(path: Path, name: str) -> _Source:
    content = path.read_bytes()
    if path.suffix != ".py":
        return _Source(hashlib.sha256(content).hexdigest(), *3 * (frozenset(),))
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    walker = _Walker(package)
    walker.visit(ast.parse(content, filename=str(path)))
    digest = hashlib.sha256("\n".join(walker.tokens).encode()).hexdigest()
    imports = frozenset(walker.imports | _parents(name))
    return _Source(digest, imports, frozenset(walker.packages), frozenset(walker.kinds))


@functools.cache
def _items(package: str, root: Path) -> frozenset[str]:
    """The modules directly below a package, by name."""
    folder = root.joinpath("workflow", *package.split("."))
    files = [*folder.glob("*.py"), *folder.glob("*/__init__.py")]
    stems = (file.parent.name if file.stem == "__init__" else file.stem for file in files)
    return frozenset(f"{package}.{stem}" for stem in stems if stem != folder.name)


def _parents(name: str) -> set[str]:
    """Packages whose ``__init__`` runs when a module is imported."""
    parts = name.split(".")
    if parts[0] != PACKAGE:
        return set()
    return {".".join(parts[:count]) for count in range(1, len(parts))}


@functools.cache
def _fields(kind: Any) -> tuple[str, ...]:
    """The fields of a node that neither its place in the tree gives nor only type checkers read."""
    ignored = ("ctx", "kind", "type_comment", "type_ignores")
    return tuple(field for field in kind._fields if field not in ignored)


class _Walker:
    """Lists what a syntax tree means, as text that is equal for equal programs, and its imports.

    Only fields that are set are listed, so that fields which later versions of Python add change
    nothing; ``ast.dump`` would change with them.
    """

    def __init__(self, package: str) -> None:
        self.package = package
        self.tokens: list[str] = []
        self.imports: set[str] = set()
        self.packages: set[str] = set()
        self.kinds: set[str] = set()

    def visit(self, node: ast.AST) -> None:
        kind: Any = type(node)
        if kind is ast.Import or kind is ast.ImportFrom:
            self._add_import(node)
        self.tokens.append(kind.__name__)
        if kind is ast.Call and self._is_known_call(node):
            return
        values = vars(node)
        for field in _fields(kind):
            value = values.get(field)
            if value is None or value == []:
                continue
            self.tokens.append(field)
            if isinstance(value, ast.AST):
                self.visit(value)
            elif isinstance(value, list):
                self._visit_list(value)
            else:
                self.tokens.append(repr(value))
        self.tokens.append(")")

    def _is_known_call(self, node: Any) -> bool:
        """Whether a call is one of ``Field``, which is passed over; notes one of ``discover``."""
        name = getattr(node.func, "id", "")
        if name == "discover" and node.args and isinstance(node.args[0], ast.Constant):
            self.kinds.add(str(node.args[0].value))
        return name == "Field"

    def _visit_list(self, values: list[object]) -> None:
        for value in values:
            if isinstance(value, ast.If) and _for_type_checkers(value.test):
                self._visit_list(list(value.orelse))
            elif not isinstance(value, ast.AST):
                self.tokens.append(repr(value))
            elif not _is_idle(value):
                self.visit(value)
        self.tokens.append("]")

    def _add_import(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self._add(alias.name)
        elif isinstance(node, ast.ImportFrom):
            self._add_from(node)

    def _add_from(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if node.level:
            package = self.package.split(".")
            package = package[: len(package) - node.level + 1]
            module = ".".join([*package, module] if module else package)
        self._add(module)
        for alias in node.names:
            self._add(f"{module}.{alias.name}")

    def _add(self, name: str) -> None:
        top = name.partition(".")[0]
        if top == PACKAGE:
            self.imports |= {name, *_parents(name)}
        elif top not in sys.stdlib_module_names:
            self.packages.add(top)


def _is_idle(node: object) -> bool:
    """Whether a statement does nothing: a docstring, a string that documents a field, ``pass``."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return isinstance(node, ast.Pass)


def _for_type_checkers(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"
