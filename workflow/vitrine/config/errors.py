"""Reading configuration files with line numbers, and writing error messages."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from vitrine.config.schema import NAMES, Key, Schema, allowed, dotted, locate, rows
from vitrine.hints import nearest

Keys = tuple[Key, ...]
_NUMBERS: dict[str, type[int] | type[float]] = {"int_type": int, "float_type": float}
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ConfigError(SystemExit):
    """All errors of a configuration.

    A SystemExit, so that a terminal shows the message, and no traceback, and the exit status is 1.
    """


@dataclass(frozen=True)
class Place:
    """A line of a file, counted from 1."""

    path: str
    line: int


@dataclass(frozen=True)
class Problem:
    """One error: its key and how to correct it."""

    keys: Keys
    advice: str
    number: type[int] | type[float] | None = None
    """The expected type if a number is expected."""
    place: Place | None = None
    """The position, if it is not that of the keys."""


@dataclass
class ConfigFile:
    """A configuration file."""

    path: str
    content: dict[str, Any]
    entries: dict[Keys, tuple[int, Any]] = field(default_factory=dict)
    """The line and the value of every key and list item."""
    duplicates: list[Problem] = field(default_factory=list)


def read(path: str | Path) -> ConfigFile:
    """Read a YAML file.

    Raises:
        ConfigError: the file is missing or unreadable, no valid YAML, empty or no mapping.
    """
    name = _shortened(path)
    text = ""
    try:
        text = Path(path).read_text(encoding="utf-8")
        loader = _Loader(text)
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            found = "is empty" if node is None else "has no keys"
            raise ConfigError(f"{name} {found}; it must consist of lines like `key: value`.")
        duplicates = list(_duplicates(node, name))
        source = ConfigFile(name, loader.construct_document(node), duplicates=duplicates)
        source.entries.update(_entries(loader, node, source.content))
    except FileNotFoundError:
        raise ConfigError(f"{name}: there is no such file.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name} cannot be read: {error}") from None
    except yaml.MarkedYAMLError as error:
        raise ConfigError(_yaml_error(name, text, error)) from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{name} is not valid YAML: {error}") from None
    return source


def _shortened(path: str | Path) -> str:
    full, here = Path(path).absolute(), Path.cwd()
    return str(full.relative_to(here) if full.is_relative_to(here) else full)


def _yaml_error(name: str, text: str, error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return f"{name} is not valid YAML: {error.problem}"
    message = f"{name}:{mark.line + 1}:{mark.column + 1}: not valid YAML: "
    if error.context:
        message += f"{error.context}"
        if error.context_mark and error.context_mark.line != mark.line:
            message += f" that begins in line {error.context_mark.line + 1}"
        message += ", "
    message += error.problem or ""
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    if line.strip():
        message += f"\n    {line.expandtabs(1)}\n    {' ' * mark.column}^"
    if re.match(r" *\t", line):
        message += "\nYAML is indented with spaces only; replace the tab."
    return message


def _duplicates(node: yaml.Node, name: str, keys: Keys = ()) -> Iterator[Problem]:
    if isinstance(node, yaml.MappingNode):
        first: dict[str, int] = {}
        for key, value in node.value:
            inner = (*keys, key.value)
            line = key.start_mark.line + 1
            if key.value in first and key.value != "<<":
                advice = f"Line {first[key.value]} has this key already; keep one of them."
                yield Problem(inner, advice, place=Place(name, line))
            first.setdefault(key.value, line)
            yield from _duplicates(value, name, inner)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _duplicates(value, name, (*keys, index))


def _entries(
    loader: Any, node: yaml.Node, content: Any, keys: Keys = ()
) -> Iterator[tuple[Keys, tuple[int, Any]]]:
    # Constructing the document has inserted the keys that `<<` merges.
    children: list[tuple[Any, yaml.Node, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        children = [(loader.construct_object(key), key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        children = [(index, value, value) for index, value in enumerate(node.value)]
    for key, marked, value in children:
        inner = (*keys, key)
        yield inner, (marked.start_mark.line + 1, content[key])
        yield from _entries(loader, value, content[key], inner)


class ConfigFiles:
    """The files of one configuration.

    Raises:
        ConfigError: lists every file that cannot be read.
    """

    def __init__(self, files: Iterable[str | Path]) -> None:
        self._sources: list[ConfigFile] = []
        unreadable = []
        for path in dict.fromkeys(map(_shortened, files)):
            try:
                self._sources.append(read(path))
            except ConfigError as error:
                unreadable.append(str(error))
        if unreadable:
            raise ConfigError("\n".join(unreadable))

    @property
    def contents(self) -> list[dict[str, Any]]:
        """The content of each file."""
        return [source.content for source in self._sources]

    @property
    def duplicates(self) -> list[Problem]:
        """Keys that occur twice in one mapping of a file; YAML would use the last."""
        return [problem for source in self._sources for problem in source.duplicates]

    def convert(self, config: dict[str, Any], problems: Iterable[Problem]) -> bool:
        """Convert text from ``--config`` to the expected numbers; return whether any was converted.

        Snakemake reads all values inside the lists and mappings of ``--config`` as text.
        """
        converted = False
        for problem in problems:
            if problem.number is None:
                continue
            *outer, last = problem.keys
            holder = _value(config, outer)
            if isinstance(holder[last], str) and self._find(problem.keys, config) is None:
                number = _number(holder[last], problem.number)
                if number is not None:
                    holder[last] = number
                    converted = True
        return converted

    def render(self, problems: Sequence[Problem], config: dict[str, Any]) -> str:
        """All problems as text, in the order of the files and their lines."""
        paths = [source.path for source in self._sources]
        found: list[tuple[tuple[int, int], str]] = []
        for problem in problems:
            given, where, order = "", "", (len(paths), 0)
            place = problem.place
            if place is None:
                keys, value = _deepest(config, problem.keys)
                given = f" is {_shown(value)}" if keys == problem.keys else ""
                where = "command line: " if keys else ""
                place = self._find(keys, config)
            if place:
                where, order = f"{place.path}:{place.line}: ", (paths.index(place.path), place.line)
            found.append((order, f"{where}{dotted(problem.keys)}{given}\n    {problem.advice}"))
        count = "an error" if len(found) == 1 else f"{len(found)} errors"
        texts = [text for _, text in sorted(found)]
        return "\n".join([f"The configuration has {count}:", *texts])

    def _find(self, keys: Keys, config: dict[str, Any]) -> Place | None:
        """The first file with the key and the effective value, None if there is none."""
        value = _value(config, keys)
        for source in self._sources:
            line, stated = source.entries.get(keys, (0, None))
            if line and (isinstance(value, dict) or repr(stated) == repr(value)):
                return Place(source.path, line)
        return None


def _value(config: Any, keys: Sequence[Key]) -> Any:
    """Raises LookupError if a key does not exist."""
    for key in keys:
        config = _child(config, key)
    return config


def _child(config: Any, key: Key) -> Any:
    if isinstance(config, dict):
        return config[key]
    if isinstance(config, list) and isinstance(key, int):
        return config[key]
    raise LookupError(key)


def _deepest(config: Any, keys: Keys) -> tuple[Keys, Any]:
    """The keys, or their longest existing prefix, and its value."""
    try:
        return keys, _value(config, keys)
    except LookupError:
        return _deepest(config, keys[:-1])


def _shown(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def _number(text: str, wanted: type[int] | type[float]) -> int | float | None:
    try:
        return wanted(text)
    except ValueError:
        return None


def choice(given: str, known: Sequence[str]) -> str:
    """List the allowed names, with the one most similar to the given name."""
    return f"{nearest(given.lower(), known)}Allowed: {', '.join(known)}."


def explain(error: ValidationError, schema: Schema) -> Iterator[Problem]:
    """Convert pydantic's errors to messages."""
    for detail in error.errors(include_url=False):
        keys, node = locate(schema, detail["loc"])
        kind, context, given = detail["type"], detail.get("ctx", {}), detail["input"]
        if kind == "config":
            yield Problem((*keys, *context.get("at", ())), f"{detail['msg']}.")
        elif detail["loc"][-1] == "[key]":
            yield Problem(keys, f"Not a name. Allowed: {NAMES}.")
        elif kind in ("extra_forbidden", "invalid_key"):
            yield Problem(keys, _unknown_key(detail["loc"], schema))
        elif kind == "union_tag_invalid" and node:
            union = node["discriminator"]
            advice = choice(str(context["tag"]), list(union["mapping"]))
            yield Problem((*keys, union["propertyName"]), advice)
        elif node and "enum" in node and isinstance(given, str):
            yield Problem(keys, choice(given, node["enum"]))
        else:
            number = _NUMBERS.get(kind)
            advice = "Missing. " if kind == "missing" else ""
            advice += f"Allowed: {allowed(schema, node)}." if node else detail["msg"]
            yield Problem(keys, advice + _hint(kind, given), number)


def _unknown_key(location: Keys, schema: Schema) -> str:
    _, section = locate(schema, location[:-1])
    known = list((section or {}).get("properties", ()))
    name = str(location[-1])
    advice = choice(name, known)
    if "Did you mean" not in advice:
        elsewhere = [row.key for row in rows(schema) if row.key.rpartition(".")[2] == name]
        if elsewhere:
            advice = f"Did you mean `{elsewhere[0]}`? {advice}"
    return f"Unknown key. {advice}"


def _hint(kind: str, given: Any) -> str:
    if kind == "string_type" and isinstance(given, bool):
        return " YAML reads yes, no, on and off as true and false; put the text in quotes."
    if kind == "string_type" and isinstance(given, int | float):
        return f' Put it in quotes: "{given}".'
    if kind in _NUMBERS and isinstance(given, str):
        number = _number(given, float)
        if number is not None:
            return f" YAML reads this as text; write {_plain(number)} without quotes."
    return ""


def _plain(number: float) -> str:
    """Write a number without an exponent, which YAML reads as a number only after a dot."""
    return str(int(number)) if number.is_integer() else f"{number:.12f}".rstrip("0")
