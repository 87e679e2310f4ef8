"""The command ``replay layout``: which of a log's columns is likely which field?"""

import json
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC
from itertools import islice
from pathlib import Path
from textwrap import wrap
from typing import Any

import click

from models import domains
from models.domain import Domain
from models.errors import BadRecord, WeirError
from models.fields import Field
from models.sanitise import decode, millis
from stream.layout import Scalar, as_key, as_millis, bare, fields_of
from stream.logfile import LogFile

#: So many records are read: the values that matter most, those of the outcome, are the rarest.
RECORDS = 100_000
#: Columns with more different values than this are no kinds of anything.
_MOST_VALUES = 40
#: So many valid values are named.
_MOST_VALID = 30

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")

#: What people call the same thing, without case and signs, the likeliest names first.
_ALIKE: tuple[tuple[str, ...], ...] = (
    tuple(
        f"{who}{end}"
        for end in ("id", "")
        for who in ("user", "customer", "account", "member", "client", "subscriber", "player")
    ),
    (
        *("ts", "timestamp", "eventtime", "eventtimestamp", "occurredat", "time", "datetime"),
        *("when", "createdat", "date"),
    ),
    (
        *("page", "type", "event", "eventtype", "eventname", "action", "activity", "kind"),
        "name",
    ),
    ("sessionid", "session", "visitid", "visit"),
    ("level", "plan", "tier", "subscription", "subscriptiontype"),
    (
        *("registration", "registeredat", "registered", "registrationdate", "signupat", "signup"),
        *("signupdate", "signedup", "signedupat", "joinedat", "joined", "membersince"),
    ),
    ("iteminsession", "position", "sequence", "seq"),
    ("revenue", "amount", "price", "value", "paid"),
    ("country", "countrycode"),
    ("countryregion", "region", "state"),
    ("source", "channel", "mediasource"),
    ("platform", "os"),
    ("devicefamily", "device", "devicemodel", "model"),
    ("osversion", "systemversion"),
    ("installedat", "installtime", "installed", "installdate"),
)


@click.command()
@click.argument("log", metavar="LOG")
@click.option(
    "--domain", "-d", required=True, metavar="NAME", help="Whose events they are: churn, ..."
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write it to this file, which must not exist yet, instead of printing it.",
)
def layout(*, log: str, domain: str, output: str | None) -> None:
    """Draft the file that says how the columns of LOG are to be read as a domain's fields.

    It is TOML, to be completed by hand: for each field the column that is likely its own, guessed
    by name, and for each field of few valid values those that the first 100,000 records have.
    Guesses are marked; what could not be guessed is commented out. Then give it to
    `replay inspect`, `stream backtest` and `replay send` as --layout.

    \b
    Examples:
      replay layout log.csv --domain churn -o churn.toml
      replay inspect log.csv --domain churn --layout churn.toml
    """  # noqa: D301 - click reads the backspace itself
    chosen = domains.load(domain)
    columns = Columns()
    for _, raw in islice(LogFile(log), RECORDS):
        try:
            columns.add(decode(raw))
        except BadRecord:
            continue  # `replay inspect` tells of it
    if not columns.records:
        raise WeirError(f"{log}: none of the first {RECORDS:,} lines is a record with columns")
    text = draft(columns, chosen, log)
    if output is None:
        sys.stdout.write(text)
        return
    try:
        with Path(output).open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise WeirError(f"{output}: exists already; name another file, or delete it") from None
    except OSError as error:
        raise WeirError(f"{output}: cannot be written: {error.strerror}") from None
    click.echo(f"{output}: look at what is guessed, then --layout {output}", err=True)


class Columns:
    """The columns of a log, in the order in which they were first seen.

    Attributes:
        records: how many records were taken in.
        values: how often each value of a column was seen; None for a column of many values.
        samples: a value of each column, None where it never had one.
    """

    def __init__(self) -> None:
        self.records = 0
        self.values: dict[str, Counter[str] | None] = {}
        self.samples: dict[str, object] = {}

    def add(self, record: Mapping[str, object]) -> None:
        """Take in a record."""
        self.records += 1
        for column, value in record.items():
            seen = self.values.setdefault(column, Counter())
            if value is None or value == "":
                self.samples.setdefault(column, None)
                continue
            if self.samples.get(column) is None:
                self.samples[column] = value
            key = as_key(value)
            if seen is None or key is None:
                continue
            seen[key] += 1
            if len(seen) > _MOST_VALUES:
                self.values[column] = None


def draft(columns: Columns, domain: Domain[Any, Any], log: str) -> str:
    """Return a layout to be completed by hand, as TOML.

    Args:
        columns: of the log.
        domain: whose fields are looked for; those of flat rows too.
        log: its name, for the comments.
    """
    fields = fields_of(domain)
    order = sorted(fields, key=lambda name: not fields[name].required)
    guesses = guess(order, list(columns.values))
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
        lines += ["", f"# Columns that no field was found for: {_comment(', '.join(rest))}"]
    for name, column in guesses.items():
        lines += _values(domain, name, columns.values[column])
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


def guess(fields: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    """Return the columns that are likely the fields, by their names, each column once.

    >>> guess(["userId", "ts", "level"], ["Customer", "created_at", "user-id", "x"])
    {'userId': 'user-id', 'ts': 'created_at'}
    """
    free = {bare(column): column for column in reversed(columns)}
    found: dict[str, str] = {}
    for field in fields:
        if field in columns:
            free.pop(bare(field), None)
            found[field] = field
    for exact in (True, False):
        for field in fields:
            alike = next((names for names in _ALIKE if bare(field) in names), ())
            names = (bare(field),) if exact else alike
            name = next((name for name in names if name in free), None)
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


def _values(domain: Domain[Any, Any], name: str, seen: Counter[str] | None) -> list[str]:
    """Return the lines about a field of few valid values; none for another."""
    valid = valid_of(domain, name)
    if not valid or not seen:
        return []
    named = ", ".join(valid[:_MOST_VALID]) + (", ..." if len(valid) > _MOST_VALID else "")
    choice = wrap(f"{name} can be: {named}", 98, initial_indent="# ", subsequent_indent="#   ")
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


def valid_of(domain: Domain[Any, Any], name: str) -> tuple[str, ...]:
    """Return a field's valid values, where they are few: what the domain says of a record without.

    >>> from models import domains
    >>> valid_of(domains.load("churn"), "page")[:2]
    ('NextSong', 'Thumbs Up')
    """
    field = fields_of(domain)[name]
    if field.valid:
        return field.valid
    for event in domain.sample_events():
        if name in event:
            try:
                domain.parse({**event, name: None})
            except BadRecord as error:
                return error.valid if error.field == name else ()
            return ()
    return ()


def _toml(value: Scalar) -> str:
    """Return a value as TOML; JSON's texts are nearly its."""
    if not isinstance(value, str):
        return repr(value)
    text = value.encode("utf-8", "replace").decode()
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml_key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _toml(name)


def _comment(text: str) -> str:
    """Return a text that ends no comment and moves no cursor."""
    return "".join(mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in text)
