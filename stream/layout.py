"""How the columns of a log become a domain's fields."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cached_property

import orjson

from stream.log_time import as_millis

Scalar = str | int | float


@dataclass(frozen=True)
class Layout:
    """How records become those that a domain reads; ``stream.layout_file`` reads it from a file.

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


def as_key(value: object) -> str | None:
    """Return a value as the left side of ``[values.FIELD]`` has it; None for what cannot be there.

    >>> as_key("play"), as_key(3), as_key(True), as_key(None)
    ('play', '3', 'true', None)
    """
    if type(value) is bool:
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None
