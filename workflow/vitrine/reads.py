"""What a stage reads besides files: keys of the configuration, wildcards, its code's digest.

A stage states its settings once, as a dataclass whose fields say where their values come from. The
parameters of the stage's rule, and so what reruns it, follow from that class; the job gets an
object of the class back, in which every section is the checked one.

    @dataclass(frozen=True)
    class Settings:
        seed: int = wildcard("seed")
        bootstrap: int = key("statistics.bootstrap")
        training: TrainingSettings = key("study.training")

A field may itself be such a dataclass (`group`), for keys that several stages read together.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, get_type_hints

from pydantic import TypeAdapter

from vitrine.section import Section

T = TypeVar("T")

STUDY = "study"
KEY, WILDCARD, CODE, GROUP = "key", "wildcard", "code", "group"


def key(path: str) -> Any:
    """A value of the configuration.

    Args:
        path: its keys, with dots between them, such as ``explanation.instances``. The first may
            also be one of the sections of the job: ``study`` (the definition of its study),
            ``scale``, ``ability``, ``family``, ``trained``, ``method``, ``methods`` and ``site``;
            see `vitrine.stages.plan`. Of a section only the keys that the type has are read.
    """
    return dataclasses.field(metadata={KEY: path})


def wildcard(name: str) -> Any:
    """A wildcard of the rule, such as ``seed``."""
    return dataclasses.field(metadata={WILDCARD: name})


def code() -> Any:
    """The digest of the stage's code, for what must not be resumed by other code."""
    return dataclasses.field(metadata={CODE: True})


def group(kind: type[T]) -> T:
    """A dataclass of such fields within another."""
    return dataclasses.field(metadata={GROUP: kind})


def keys_of(settings: type[Any]) -> Iterator[tuple[str, type[Section] | None]]:
    """Every path of the configuration that a class reads, and the section whose keys it takes."""
    types = get_type_hints(settings)
    for field in dataclasses.fields(settings):
        if GROUP in field.metadata:
            yield from keys_of(field.metadata[GROUP])
        elif KEY in field.metadata:
            kind = types[field.name]
            path = field.metadata[KEY]
            section = isinstance(kind, type) and issubclass(kind, Section)
            if path == STUDY and section:
                yield from ((f"{STUDY}.{name}", None) for name in kind.model_fields)
            else:
                yield path, kind if section else None


def bind(
    settings: type[T], params: Mapping[str, Any], wildcards: Mapping[str, str], code: str
) -> T:
    """An object of a settings class.

    Args:
        settings: the class.
        params: the parameters of the rule: nested mappings, by the keys that the class reads.
        wildcards: of the job.
        code: the digest of the stage's code.

    Raises:
        pydantic.ValidationError: a value does not have the field's type.
        KeyError: the rule does not state a parameter or a wildcard that the class reads.
    """
    types = get_type_hints(settings)
    values: dict[str, Any] = {}
    for field in dataclasses.fields(settings):  # type: ignore[arg-type]
        kind = types[field.name]
        if GROUP in field.metadata:
            values[field.name] = bind(field.metadata[GROUP], params, wildcards, code)
        elif WILDCARD in field.metadata:
            values[field.name] = kind(wildcards[field.metadata[WILDCARD]])
        elif CODE in field.metadata:
            values[field.name] = code
        else:
            path = field.metadata[KEY]
            value = params if path == STUDY else lookup(params, param_path(path))
            if isinstance(kind, type) and issubclass(kind, Section):
                value = {name: value[name] for name in kind.model_fields}
            values[field.name] = TypeAdapter(kind).validate_python(value)
    return settings(**values)


def param_path(path: str) -> list[str]:
    """The keys of a path as parameters have them: those of a study stand at their top."""
    return path.removeprefix(f"{STUDY}.").split(".")


def lookup(mapping: Mapping[str, Any], keys: list[str]) -> Any:
    """The value at a path of keys."""
    value: Any = mapping
    for name in keys:
        value = value[name]
    return value
