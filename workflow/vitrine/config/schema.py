"""The allowed values of configuration keys, in words, from the JSON schema."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Key = str | int
Schema = Mapping[str, Any]

# Placeholders for user-defined names, by the mapping whose keys they are.
PLACEHOLDERS = {
    "architectures": "<scale>",
    "pretrained": "<scale>",
    "definitions": "<study>",
    "families": "<family>",
    "models": "<model>",
}
NAMES = "lower-case letters, digits, - and _, a letter first"
_TYPES = {
    "integer": "integer",
    "number": "number",
    "string": "text",
    "array": "list",
    "object": "mapping",
    "boolean": "true or false",
}


def dotted(keys: Sequence[Key]) -> str:
    """Write a path of keys as ``explanation.methods[2]``."""
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}"
    return text.removeprefix(".")


def resolve(root: Schema, node: Schema) -> Schema:
    """Resolve a ``$ref``, or a union with null.

    Keys next to it take precedence.
    """
    if "$ref" in node:
        name = node["$ref"].removeprefix("#/$defs/")
        return {**root["$defs"][name], **{key: node[key] for key in node if key != "$ref"}}
    if "anyOf" in node:
        (chosen,) = (option for option in node["anyOf"] if option != {"type": "null"})
        beside = {key: node[key] for key in node if key != "anyOf"}
        return {**resolve(root, chosen), **beside}
    return node


def locate(root: Schema, location: Sequence[Key]) -> tuple[tuple[Key, ...], Schema | None]:
    """Follow a pydantic error location.

    Returns:
        The path of keys as the user wrote it (pydantic also names the selected member of a union),
        and the schema of its value, None if the key is unknown.
    """
    keys: list[Key] = []
    node: Schema | None = root
    for part in location:
        if part == "[key]":
            break
        node = resolve(root, node) if node is not None else {}
        if "discriminator" in node:
            node = resolve(root, {"$ref": node["discriminator"]["mapping"][part]})
            continue
        keys.append(part)
        node = node.get("properties", {}).get(part, node.get("items") or _named(node))
    return tuple(keys), resolve(root, node) if node is not None else None


def _named(node: Schema) -> Schema | None:
    """The schema of the values of a mapping with user-defined names as keys."""
    return next(iter(node.get("patternProperties", {}).values()), None)


def kind(node: Schema) -> str:
    """The type of a value in a word or two."""
    if "discriminator" in node:
        return "mapping"
    name = _TYPES[node["type"]]
    if name == "list":
        return f"list of {_TYPES[node['items']['type']]}s".replace("texts", "names")
    return name


def allowed(root: Schema, node: Schema) -> str:
    """The allowed values of a key, such as ``integer, 1 to 48``."""
    if "enum" in node:
        return "one of " + ", ".join(map(str, node["enum"]))
    if "const" in node:
        return str(node["const"])
    if "discriminator" in node:
        union = node["discriminator"]
        return f"a mapping whose `{union['propertyName']}` is one of " + ", ".join(union["mapping"])
    if node["type"] == "array":
        items = resolve(root, node["items"])
        each = allowed(root, items).removeprefix(f"{kind(items)}, ")
        least = f"at least {node['minItems']}, " if "minItems" in node else ""
        text = f"{kind(node)}, {least}no duplicates"
        return text if each == kind(items) else f"{text}; each {each}"
    if node["type"] == "object":
        if "properties" in node:
            return "a mapping with the keys " + ", ".join(node["properties"])
        return f"a mapping whose keys are names ({NAMES})"
    return _range(kind(node), node)


def _range(name: str, node: Schema) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    if low is not None and high is not None:
        return f"{name}, {low:,} to {high:,}"
    words = [
        f"{word} {node[key]:,}"
        for key, word in (
            ("minimum", "at least"),
            ("exclusiveMinimum", "above"),
            ("maximum", "at most"),
            ("exclusiveMaximum", "below"),
        )
        if key in node
    ]
    if node.get("minLength"):
        words.append("not empty")
    return ", ".join([name, *words])


@dataclass(frozen=True)
class Row:
    """A key in the documentation."""

    key: str
    type: str
    default: str
    allowed: str
    meaning: str


def rows(root: Schema) -> Iterator[Row]:
    """Every key of the configuration, in order, sections before their keys."""
    yield from _rows(root, root, (), required=True)


def _rows(root: Schema, node: Schema, keys: tuple[str, ...], required: bool) -> Iterator[Row]:
    node = resolve(root, node)
    if keys:
        default = json.dumps(node["default"]) if node.get("default") is not None else ""
        if not default and required:
            default = "required"
        yield Row(
            dotted(keys), kind(node), default, allowed(root, node), node.get("description", "")
        )
    if "discriminator" in node:
        yield from _union_rows(root, node, keys)
    for key, value in node.get("properties", {}).items():
        yield from _rows(root, value, (*keys, key), key in node.get("required", ()))
    named = _named(node)
    if named is not None:
        name = PLACEHOLDERS[keys[-1]]
        for row in _rows(root, named, (*keys, name), required=False):
            if row.key != dotted((*keys, name)):
                yield row


def _union_rows(root: Schema, node: Schema, keys: tuple[str, ...]) -> Iterator[Row]:
    """The keys of all members of a union, each once, with the members that have it."""
    tag = node["discriminator"]["propertyName"]
    mapping = node["discriminator"]["mapping"]
    owners: dict[str, list[str]] = {}
    found: dict[str, Row] = {}
    # Each part says of the tag what it stands for.
    meanings: dict[str, dict[str, None]] = {}
    for name, reference in mapping.items():
        part = resolve(root, {"$ref": reference})
        for key, value in part["properties"].items():
            meanings.setdefault(key, {})[value.get("description", "")] = None
            owners.setdefault(key, []).append(name)
            for row in _rows(root, value, (*keys, key), key in part.get("required", ())):
                found.setdefault(key, row)
    for key, row in found.items():
        choices = "one of " + ", ".join(mapping) if key == tag else row.allowed
        if len(owners[key]) < len(mapping):
            choices += f" (only with `{tag}: {'` or `'.join(owners[key])}`)"
        meaning = " ".join(meanings[key]) if key == tag else row.meaning
        yield Row(row.key, row.type, row.default, choices, meaning)
