"""A layout to be completed by hand, as TOML: which of a log's columns is likely which field?"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC
from textwrap import wrap
from typing import Any

from models.domain import Domain
from models.fields import Field
from models.sanitise import millis
from replay.columns import Columns
from stream.layout import Scalar
from stream.layout_file import bare
from stream.log_time import as_millis

#: So many valid values are named.
_MOST_VALID = 30

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def draft(columns: Columns, domain: Domain[Any, Any], log: str) -> str:
    """Return a layout to be completed by hand, as TOML.

    Args:
        columns: of the log.
        domain: whose fields are looked for; those of flat rows too.
        log: its name, for the comments.
    """
    fields = domain.every_field()
    order = sorted(fields, key=lambda name: not fields[name].required)
    guesses = guess({name: fields[name] for name in order}, list(columns.values))
    lines = [
        f"# How the columns of {_comment(log)} are read as the fields of {domain.name}.",
        "# What is marked as guessed was told by its name alone: look whether it is right.",
        "",
        "[columns]  # the field = the log's column",
    ]
    for name in order:
        lines += _column(domain, name, fields[name], guesses.get(name), columns)
    rest = [column for column in columns.values if column not in guesses.values()]
    if rest:
        lines += ["", "# Columns that no field was found for, and how often they have which value:"]
    for column in rest:
        lines += _held(column, columns.values[column])
    for name in order:
        seen = columns.values[guesses[name]] if name in guesses else None
        lines += _values(name, fields[name], seen or Counter())
    lines += [
        "",
        "# [constants]  # fields that the log does not have",
        *(
            f"# {name} = {_toml(fields[name].example)}"
            for name in order
            if name not in guesses and fields[name].kind == "string"
        ),
        "",
        "# [time]  # of times that do not say their zone; without it they are UTC",
        '# zone = "Europe/Berlin"',
        "",
    ]
    return "\n".join(lines)


def guess(fields: Mapping[str, Field], columns: Sequence[str]) -> dict[str, str]:
    """Return the columns that are likely the fields, by their names, each column once.

    >>> user, level = (Field("string", "", "", alike=names) for names in (("customer",), ("plan",)))
    >>> guess({"userId": user, "level": level}, ["Customer", "user-id", "Plan"])
    {'userId': 'user-id', 'level': 'Plan'}
    """
    free = {bare(column): column for column in reversed(columns)}
    found: dict[str, str] = {}
    for field in fields:
        if field in columns:
            free.pop(bare(field), None)
            found[field] = field
    for exact in (True, False):
        for field, told in fields.items():
            names = (field,) if exact else told.alike
            name = next((bare(name) for name in names if bare(name) in free), None)
            if name is not None and field not in found:
                found[field] = free.pop(name)
    return {field: found[field] for field in fields if field in found}


def _column(
    domain: Domain[Any, Any], name: str, field: Field, column: str | None, columns: Columns
) -> list[str]:
    needed = "Required. " if field.required else ""
    if needed and domain.row_fields and name not in domain.row_fields:
        needed = "Required of events; flat rows have none. "
    reads = " The log may have seconds, or ISO 8601." if field.is_time else ""
    lines = [f"# {needed}{field.meaning}{reads}"]
    if column is None:
        return [*lines, f'# {name} = ""']
    told = "" if column == name else "  # guessed"
    sample = columns.samples.get(column)
    if field.is_time and sample is not None and millis(as_millis(sample, UTC)) is None:
        told = f"  # guessed; but {_comment(str(sample))} is no time that can be read"
    return [*lines, f"{_toml_key(name)} = {_toml(column)}{told}"]


def _held(column: str, seen: Counter[str] | None) -> list[str]:
    """Return the lines about a column that may be any field."""
    if seen is None:
        return [f"# {_comment(column)}: many values"]
    held = ", ".join(f"{_toml_key(value)} {count:,}" for value, count in seen.most_common())
    return _wrapped(f"{column}: {held or 'nothing'}")


def _values(name: str, field: Field, seen: Counter[str]) -> list[str]:
    """Return the lines about a field of which values are known; none for another."""
    valid = field.valid or field.known
    if not valid:
        return []
    named = ", ".join(valid[:_MOST_VALID]) + (", ..." if len(valid) > _MOST_VALID else "")
    choice = _wrapped(f"{name} can be: {named}")
    lines = ["", *choice, f"# [values.{name}]  # the log's value = the field's"]
    plain = {bare(one): one for one in valid}
    for value, count in seen.most_common():
        if value in valid:
            lines.append(f"# {_toml_key(value)} is valid as it is  # seen: {count:,}")
            continue
        meant = plain.get(bare(value))
        told = f"{_toml(meant)}  # guessed; seen: {count:,}" if meant else f'""  # seen: {count:,}'
        lines.append(f"# {_toml_key(value)} = {told}")
    return lines


def _toml(value: Scalar) -> str:
    """Return a value as TOML; JSON's texts are nearly its."""
    if not isinstance(value, str):
        return repr(value)
    text = value.encode("utf-8", "replace").decode()
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml_key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _toml(name)


def _wrapped(text: str) -> list[str]:
    first, others = "# ", "#   "
    return wrap(
        _comment(text), 98, initial_indent=first, subsequent_indent=others, break_on_hyphens=False
    )


def _comment(text: str) -> str:
    """Return a text that ends no comment and moves no cursor."""
    return "".join(mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in text)
