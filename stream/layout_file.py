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

import tomllib
from collections.abc import Iterable
from datetime import UTC, date, datetime, tzinfo
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from models.domain import Domain
from models.errors import WeirError
from stream.layout import Layout, Scalar

_TABLES = ("columns", "values", "constants", "time")


class LayoutError(WeirError):
    """A layout that cannot be used; the message names the file, the place and what is valid."""


def read_layout(path: str, domain: Domain[Any, Any]) -> Layout:
    """Read a layout's file.

    Args:
        path: of the file.
        domain: whose fields it names; those of flat rows too.

    Raises:
        LayoutError: there is no such file, it is no TOML, or it says what cannot be.
    """
    return _Reader(path, domain).layout()


class _Reader:
    """Reads a layout's file, and says what is wrong with it."""

    def __init__(self, path: str, domain: Domain[Any, Any]) -> None:
        self._path = path
        self._domain = domain
        self._fields = domain.every_field()
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
        times = tuple(name for name, field in self._fields.items() if field.is_time)
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
