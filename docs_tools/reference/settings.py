"""The page of all settings, from ``stream/settings.py``."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from docs_tools.reference.markdown import code, prose, table
from docs_tools.reference.markdown import page as page_of
from docs_tools.reference.schema import Schema, type_of
from stream.settings import Settings

_HEAD = """\
# Settings

Made from `stream/settings.py` by `make reference`; change it there.

Each setting is an environment variable, for every command: `WEIR_PARTITIONS=8 uv run stream
worker`. Instead of a variable there may be a file of the same name in lower case
(`weir_partitions`) in the directory that `WEIR_SECRETS_DIR` names, as Docker and Kubernetes hand
secrets over; a variable wins over a file. Where a command has an option for it
([commands](commands.md)), the option wins over both.

A wrong value ends the command, with the setting's name and what is valid. `stream doctor` shows
what is set and tries it.

"""

#: Settings stand by what they are about: here a section begins, and ends before the next one.
_SECTIONS: Mapping[str, str] = {
    "broker_url": "Kafka. Versions, topics and passwords: [kafka.md](../kafka.md).",
    "redis_url": "Redis, and the record of answers. What is kept of people: "
    "[security.md](../security.md).",
    "domains": "The stream. What to set for how much: [scaling.md](../scaling.md).",
    "publish_seconds": "Learning and retraining. How they go: [retraining.md](../retraining.md).",
    "mlflow_url": "MLflow, and what is signed. How models get there: "
    "[retraining.md](../retraining.md).",
    "api_keys": "The API. Its routes: [http-api.md](http-api.md); keys and limits: "
    "[security.md](../security.md).",
    "metrics_host": "Metrics and logs. What is measured: [metrics.md](metrics.md).",
}

_WORDS = {"string": "text", "integer": "whole number", "boolean": "`true` or `false`"}
_FORMATS = {"path": "path", "file-path": "path of a file that is there"}


def page() -> str:
    """Return the page.

    Raises:
        ValueError: a section begins at a setting that is not there.
    """
    parts, shapes = [_HEAD], Settings.model_json_schema()["properties"]
    for title, names in _sections():
        name, _, more = title.partition(". ")
        parts += [f"## {name}", more, table(_COLUMNS, [_row(one, shapes[one]) for one in names])]
    return page_of(*parts)


_COLUMNS = ["setting", "value", "default", "meaning", "secret"]


def _sections() -> Iterator[tuple[str, list[str]]]:
    names = list(Settings.model_fields)
    begins = [names.index(first) for first in _SECTIONS]
    if begins != sorted(begins) or begins[0] != 0:
        raise ValueError("sections must be in the order of the settings, from the first one on")
    for title, begin, end in zip(_SECTIONS.values(), begins, [*begins[1:], None], strict=True):
        yield title, names[begin:end]


def _row(name: str, shape: Schema) -> list[str]:
    field = Settings.model_fields[name]
    return [
        code(f"WEIR_{name.upper()}"),
        _value(shape),
        _default(field),
        prose(field.description or ""),
        _secret(field),
    ]


def _value(schema: Schema) -> str:
    shapes: list[Schema] = [one for one in schema.get("anyOf", [schema]) if one != {"type": "null"}]
    (shape,) = shapes
    if shape.get("format") in _FORMATS:
        return _FORMATS[shape["format"]]
    if shape.get("type") == "array":
        return "list, by commas"
    kind, *limits = type_of(shape, str).split(", ", 1)
    return ", ".join([_WORDS.get(kind, kind), *limits])


def _default(field: FieldInfo) -> str:
    value: Any = field.get_default(call_default_factory=True)
    if isinstance(value, SecretStr):
        return "one for trying out" if value.get_secret_value() else ""
    if isinstance(value, bool):
        return code(str(value).lower())
    if isinstance(value, float):
        return code(f"{value:g}")
    if isinstance(value, tuple):
        return code(",".join(value))
    return code(value) if isinstance(value, str | int | Path) else ""


def _secret(field: FieldInfo) -> str:
    if "SecretStr" in str(field.annotation):
        return "yes"
    return "its password" if "password@" in (field.description or "") else ""
