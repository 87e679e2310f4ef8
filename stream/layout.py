"""How the columns of a log are to be read as a domain's fields: a small TOML file.

.. code-block:: toml

    [columns]               # the field = the log's column
    userId = "customer"
    ts = "time"

    [values.page]           # the log's value = the field's
    play = "NextSong"

    [constants]             # of fields that the log does not have
    auth = "Logged In"

    [time]
    zone = "Europe/Berlin"  # of times that do not say theirs; without it UTC
"""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from difflib import get_close_matches
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from models.domain import Domain
from models.errors import BadRecord, WeirError
from models.fields import Field
from models.sanitise import MAX_TS, decode, number
from stream.logfile import MAX_LINE, LogFile

Line = tuple[int, bytes]
Scalar = str | int | float

_TABLES = ("columns", "values", "constants", "time")
#: Numbers below this are seconds since 1970, until the year 5138; the others ms, since 1973.
_SECONDS_BELOW = 1e11
_EPOCH, _MS = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
#: So many records tell which columns a log has.
_HEAD = 1_000


class LayoutError(WeirError):
    """A layout that cannot be used; the message names the file, the place and what is valid."""


@dataclass(frozen=True)
class Layout:
    """How records become those that a domain reads.

    Attributes:
        name: of its file.
        columns: the log's column of each field that is read from one.
        values: of a field, the value that each of the log's values stands for.
        constants: the values of fields that the log does not have.
        times: fields that are times; they become ms since 1970.
        zone: where the clocks were that wrote times without an offset.
    """

    name: str
    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str | None, Scalar]]
    constants: Mapping[str, Scalar]
    times: tuple[str, ...]
    zone: tzinfo = UTC

    @classmethod
    def load(cls, path: str, domain: Domain[Any, Any]) -> "Layout":
        """Read a layout's file.

        Args:
            path: of the file.
            domain: whose fields it names; those of flat rows too.

        Raises:
            LayoutError: there is no such file, it is no TOML, or it says what cannot be.
        """
        return _Reader(path, domain).layout()

    @property
    def digest(self) -> str:
        """What it says, as a digest: comments and order change nothing."""
        said = [dict(self.columns), dict(self.values), dict(self.constants), str(self.zone)]
        return hashlib.blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=8).hexdigest()

    def apply(self, raw: bytes) -> bytes:
        """Return a record with the domain's fields; what is no JSON object is returned as it is.

        A field of ``columns`` is read from its column and from nowhere else; columns that are not
        named keep their names. A constant is for records that have no value there. A value that
        is no time, where one should be, stays: the domain then says what is wrong with it.
        """
        if len(raw) > MAX_LINE:
            return raw
        try:
            record, plain = orjson.loads(raw), True
        except orjson.JSONDecodeError:
            try:
                record, plain = json.loads(raw), False  # Python's own NaN, or half a surrogate
            except (ValueError, RecursionError):
                return raw
        if type(record) is not dict:
            return raw
        mapped = self._mapped(record)
        try:
            return orjson.dumps(mapped) if plain else json.dumps(mapped).encode()
        except (TypeError, RecursionError):  # nested deeper than what is read here is ever written
            return raw

    def over(self, lines: Iterable[Line]) -> Iterator[Line]:
        """Apply it to the lines of a log."""
        return ((number, self.apply(raw)) for number, raw in lines)

    @cached_property
    def _fields(self) -> Mapping[str, tuple[str, ...]]:
        """The fields that each column of the log is read as."""
        found: dict[str, tuple[str, ...]] = dict.fromkeys(self.columns, ())
        for field, column in self.columns.items():
            found[column] = (*found.get(column, ()), field)
        return found

    def _mapped(self, record: dict[str, object]) -> dict[str, object]:
        found: dict[str, object] = {}
        for column, value in record.items():
            for field in self._fields.get(column, (column,)):
                found[field] = value
        for field, values in self.values.items():
            if field in found:
                found[field] = values.get(as_key(found[field]), found[field])
        for field, constant in self.constants.items():
            if found.get(field) is None:
                found[field] = constant
        for field in self.times:
            if field in found:
                found[field] = as_millis(found[field], self.zone)
        return found


def laid_out(lines: Iterable[Line], layout: Layout | None) -> Iterable[Line]:
    """Apply a layout to the lines of a log, where there is one."""
    return lines if layout is None else layout.over(lines)


def as_millis(value: object, zone: tzinfo) -> object:
    """Return a time in ms since 1970; what cannot be read as one is returned as it is.

    Args:
        value: ms or seconds since 1970, told apart by their size, as a number or its text; or
            ISO 8601, a date alone being its midnight.
        zone: of what does not say its own. An hour that comes twice is taken for the first one.

    >>> as_millis("2018-10-01T02:00:00.5+02:00", UTC), as_millis(1538352000.5, UTC)
    (1538352000500, 1538352000500)
    >>> as_millis("1538352000500", UTC), as_millis("yesterday", UTC)
    (1538352000500, 'yesterday')
    """
    found = None
    if type(value) is int or type(value) is float:
        found = _of_number(value)
    elif type(value) is str:
        text = value.strip()
        seconds = number(text)
        found = _of_iso(text, zone) if seconds is None else _of_number(seconds)
    return value if found is None else found


def _of_number(value: float) -> int | None:
    if not 0 <= value < MAX_TS:
        return None
    return round(value * 1000 if value < _SECONDS_BELOW else value)


def _of_iso(text: str, zone: tzinfo) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return (moment - _EPOCH) // _MS
    except (ValueError, OverflowError):
        return None


def as_key(value: object) -> str | None:
    """Return a value as the left side of ``[values.FIELD]`` has it; None for what cannot be there.

    >>> as_key("play"), as_key(3), as_key(True), as_key(None)
    ('play', '3', 'true', None)
    """
    if type(value) is bool:
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


class _Reader:
    """Reads a layout's file, and says what is wrong with it."""

    def __init__(self, path: str, domain: Domain[Any, Any]) -> None:
        self._path = path
        self._domain = domain
        self._fields: Mapping[str, Field] = fields_of(domain)
        try:
            self._said = tomllib.loads(Path(path).read_text("utf-8-sig"))
        except OSError as error:
            raise self._error(f"cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise self._error("is not UTF-8") from None
        except tomllib.TOMLDecodeError as error:
            raise self._error(f"is not TOML: {error}") from None

    def layout(self) -> Layout:
        for name in self._said:
            if name not in _TABLES:
                raise self._error(f"no table {name!r} is known{_like(name, _TABLES)}")
        columns: dict[str, str] = {}
        for field, column in self._entries("columns").items():
            self._check_field("columns", field)
            if not isinstance(column, str) or not column:
                raise self._error(f"[columns] {field} must be the name of a column, in quotes")
            columns[field] = column
        values: dict[str, dict[str | None, Scalar]] = {}
        for field, table in self._entries("values").items():
            self._check_field("values", field)
            if not isinstance(table, dict):
                raise self._error(f"[values] {field} must be a table, [values.{field}]")
            where = f"[values.{field}]"
            values[field] = {
                value: self._scalar(f"{where} {value}", field, meant)
                for value, meant in table.items()
            }
        constants = {}
        for field, value in self._entries("constants").items():
            self._check_field("constants", field)
            if field in columns:
                raise self._error(
                    f"[constants] {field} is read from the column {columns[field]!r} already; "
                    "say one of the two"
                )
            constants[field] = self._scalar(f"[constants] {field}", field, value)
        named = (name for name, field in self._fields.items() if field.is_time)
        times = tuple(dict.fromkeys(("ts", *named)))
        return Layout(self._path, columns, values, constants, times, self._zone())

    def _zone(self) -> tzinfo:
        table = self._entries("time")
        for name in table:
            if name != "zone":
                raise self._error(f"[time] has no {name!r}{_like(name, ('zone',))}")
        zone = table.get("zone", "UTC")
        if zone == "UTC":
            return UTC
        try:
            return ZoneInfo(zone)
        except (OSError, ValueError, TypeError, LookupError):
            raise self._error(
                f"[time] zone {zone!r} is none that is known; they look like 'Europe/Berlin'"
            ) from None

    def _entries(self, name: str) -> dict[str, Any]:
        table = self._said.get(name, {})
        if not isinstance(table, dict):
            raise self._error(f"{name} must be a table, [{name}]")
        return table

    def _check_field(self, table: str, field: str) -> None:
        if field not in self._fields:
            raise self._error(
                f"[{table}] {field} is no field of {self._domain.name}{_like(field, self._fields)}"
            )

    def _scalar(self, where: str, field: str, value: object) -> Scalar:
        if isinstance(value, datetime | date) and self._fields[field].is_time:
            return value.isoformat()
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self._error(f"{where} must be a text or a number")
        if not isinstance(value, str) and not abs(value) < 2**63:
            raise self._error(f"{where} must be a finite number")
        valid = self._fields[field].valid
        if value == "" or (valid and value not in valid):
            these = f"; valid for {field}: {', '.join(valid)}" if valid else ""
            raise self._error(f"{where} cannot be {value!r}{these}")
        return value

    def _error(self, problem: str) -> LayoutError:
        return LayoutError(f"{self._path}: {problem}")


def _like(name: str, valid: Iterable[str]) -> str:
    """Return the end of a message about a name that is none: what was meant, what there is."""
    plain = {bare(one): one for one in valid}
    near = get_close_matches(bare(name), plain, 1)
    meant = f" (is {plain[near[0]]} meant?)" if near else ""
    return f"{meant}; there are: {', '.join(plain.values())}"


def bare(name: str) -> str:
    """Return a name without what people write differently.

    >>> bare("User-ID") == bare("user_id")
    True
    """
    return "".join(mark for mark in name.lower() if mark.isalnum()) or name


def fields_of(domain: Domain[Any, Any]) -> dict[str, Field]:
    """Return the fields of a domain's records and of its flat rows, by name."""
    return {**domain.row_fields, **domain.fields}


def missing_fields(log: LogFile, domain: Domain[Any, Any], layout: Layout | None) -> str:
    """Say why nothing of a log could be used, where it is that its columns have other names.

    Returns:
        One line that says how to go on; nothing where the first records have what the domain
        needs, or when the log cannot be read again.
    """
    if not log.rereadable:
        return ""
    columns: dict[str, None] = {}
    seen: set[str] = set()
    for _, raw in islice(log, _HEAD):
        try:
            columns |= dict.fromkeys(decode(raw))
            seen |= decode(raw if layout is None else layout.apply(raw)).keys()
        except BadRecord:
            continue
    kinds = [kind for kind in (domain.fields, domain.row_fields) if kind]
    lacking = [[n for n, f in kind.items() if f.required and n not in seen] for kind in kinds]
    missing = min(lacking, key=len)
    if not columns or not missing:
        return ""
    fields = ", ".join(missing)
    names = ", ".join(name if name.isprintable() else repr(name) for name in columns)
    if layout is not None:
        return (
            f"No record of {log.name}, read as {layout.name} says, has {fields}, which "
            f"{domain.name} needs: name the columns in [columns]. The log's columns: {names}"
        )
    return (
        f"No record of {log.name} has {fields}, which {domain.name} needs. Its columns: {names}. "
        f"`replay layout {log.name} --domain {domain.name} -o layout.toml` writes a file that says "
        "which column is which field, for --layout"
    )
