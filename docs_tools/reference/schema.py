"""JSON Schema in words, as pydantic, msgspec, FastAPI and our own ``Field`` make it."""

from collections.abc import Callable, Mapping
from typing import Any

from docs_tools.reference.markdown import code, listed

Schema = Mapping[str, Any]


def type_of(schema: Schema, link: Callable[[str], str]) -> str:
    """Return the type of a value in words, with its limits.

    Args:
        schema: of the value.
        link: gives the link to a shape, by its name.

    >>> type_of({"type": ["integer", "null"], "minimum": 0}, str)
    'integer, at least 0, or null'
    """
    if name := shape_of(schema):
        return link(name)
    if "const" in schema:
        return code(schema["const"])
    if "enum" in schema:
        return _enum(schema["enum"])
    if "anyOf" in schema:
        return _either([type_of(one, link) for one in schema["anyOf"]])
    kinds = schema.get("type", "any value")
    if isinstance(kinds, str):
        return _kind(kinds, schema, link)
    return _either([_kind(kind, schema, link) for kind in kinds])


def shape_of(schema: Schema) -> str:
    """Return the name of the shape that a schema refers to; empty for none."""
    found: str = schema.get("$ref", "")
    return found.rpartition("/")[2]


def shapes_in(schema: object) -> list[str]:
    """Return the name of each shape that a schema refers to, at any depth, each time it does."""
    if isinstance(schema, Mapping):
        here = [shape_of(schema)] if isinstance(schema.get("$ref"), str) else []
        return here + [name for one in schema.values() for name in shapes_in(one)]
    if isinstance(schema, list):
        return [name for one in schema for name in shapes_in(one)]
    return []


def limits(schema: Schema) -> str:
    """Return the limits of a number in words, after a comma; nothing where it has none.

    >>> limits({"exclusiveMinimum": 0, "maximum": 1}), limits({"minimum": 1, "maximum": None})
    (', above 0, at most 1', ', at least 1')
    """
    above = schema.get("exclusiveMinimum")
    least, most = schema.get("minimum"), schema.get("maximum")
    if above is not None:
        return f", above {_number(above)}" + ("" if most is None else f", at most {_number(most)}")
    return "" if least is None and most is None else f", {_range(least, most)}"


def _either(kinds: list[str]) -> str:
    distinct = list(dict.fromkeys(kinds))
    if "number" in distinct and "integer" in distinct:
        distinct.remove("integer")
    has_limits = any(", " in one for one in distinct[:-1])
    return listed(distinct, ", or" if has_limits else " or")


def _enum(values: list[Any]) -> str:
    return listed(["null" if value is None else code(value) for value in values])


def _kind(kind: str, schema: Schema, link: Callable[[str], str]) -> str:
    if kind == "array":
        return _array(schema, link)
    if kind == "object":
        return _object(schema, link)
    if kind == "string":
        return kind + _length(schema)
    return kind + limits(schema) if kind in ("integer", "number") else kind


def _object(schema: Schema, link: Callable[[str], str]) -> str:
    if "properties" in schema:
        return f"*{schema['title']}*"
    inner = schema.get("additionalProperties")
    return f"object, name to {type_of(inner, link)}" if isinstance(inner, dict) else "object"


def _length(schema: Schema) -> str:
    least, most = schema.get("minLength"), schema.get("maxLength")
    if most is None:
        return {None: "", 1: ", not empty"}.get(least, f", {_range(least, most)} characters")
    return f", {_range(least, most)} characters"


def _array(schema: Schema, link: Callable[[str], str]) -> str:
    least, most = schema.get("minItems"), schema.get("maxItems")
    if "prefixItems" in schema:
        return f"[{', '.join(type_of(one, link) for one in schema['prefixItems'])}]"
    inner = type_of(schema.get("items", {}), link)
    if least is None and most is None:
        return f"list of {inner}"
    return f"list ({_range(least, most)}) of {inner}"


def _range(least: float | None, most: float | None) -> str:
    if most is None:
        return f"at least {_number(least or 0)}"
    return f"at most {_number(most)}" if least is None else f"{_number(least)} to {_number(most)}"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:g}"
