"""Tables of the fields of a record, from the struct that defines it."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from docs_tools.reference.docstrings import attributes, summary
from docs_tools.reference.markdown import code, sentence, table
from docs_tools.reference.schema import Schema, shapes_in, type_of
from models.amount_metrics import AmountMetrics
from models.metrics import BinaryMetrics

#: What the figures of a model are, wherever a record has them.
FIGURES: dict[str, type[msgspec.Struct]] = {
    "Of chances": BinaryMetrics,
    "Of amounts": AmountMetrics,
}

_COLUMNS = ["field", "type", "meaning"]


def fields(struct: type[msgspec.Struct]) -> str:
    """Return the table of a struct's fields."""
    schema = _schemas(struct)[struct.__name__]
    return table(_COLUMNS, [list(row) for row in _rows(schema)])


def parts(struct: type[msgspec.Struct]) -> Iterator[tuple[str, str, str]]:
    """Yield the structs inside a struct, at any depth: name, meaning, table of the fields."""
    schemas = _schemas(struct)
    for name in dict.fromkeys(_inside(schemas, struct.__name__)):
        schema = schemas[name]
        yield name, told(summary(schema["description"])), table(_COLUMNS, _rows(schema))


def told(text: str) -> str:
    """Return what a docstring says, in words of JSON."""
    return sentence(re.sub(r"\bNone\b", "null", text))


def _inside(schemas: dict[str, Schema], name: str) -> Iterator[str]:
    for inner in shapes_in(schemas[name]):
        yield inner
        yield from _inside(schemas, inner)


def _schemas(struct: type[msgspec.Struct]) -> dict[str, Schema]:
    _, found = msgspec.json.schema_components([struct])
    return dict(found)


def _rows(schema: Schema) -> Iterator[list[str]]:
    meanings = attributes(schema["description"])
    for name, value in schema["properties"].items():
        meaning = meanings.get(name.removeprefix("weir-")) or _tag(name, value)
        yield [code(name), type_of(value, _link), told(meaning)]


def _tag(name: str, value: dict[str, Any]) -> str:
    """Return the meaning of the field by which records of several kinds are told apart.

    Raises:
        ValueError: it is none: the field's docstring is missing.
    """
    if len(value.get("enum", ())) != 1:
        raise ValueError(f"{name} is not among the Attributes of its docstring")
    return "tells the kinds of records on this topic apart."


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"
