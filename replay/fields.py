"""What values each field of a log's records holds."""

import json
import math
from collections import Counter
from collections.abc import Mapping
from typing import cast

import orjson

#: Types of one kind may be mixed in a field without any of them being odd.
_KINDS = {"integer": "number", "float": "number"}

_TYPES: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "float",
    str: "text",
    list: "list",
    dict: "object",
}


class Field:
    """The values of one field.

    Attributes:
        types: how often each type was seen, among the values that are there.
        not_finite: NaN and infinite numbers.
    """

    def __init__(self) -> None:
        self.types: Counter[str] = Counter()
        self.not_finite = 0

    @property
    def present(self) -> int:
        """Values that are there: neither null nor an empty text."""
        return self.types.total() + self.not_finite

    @property
    def broken(self) -> int:
        """Values that are not finite, or of another kind than most of this field's."""
        kinds: Counter[str] = Counter()
        for name, count in self.types.items():
            kinds[_KINDS.get(name, name)] += count
        usual = max(kinds.values(), default=0)
        return self.types.total() - usual + self.not_finite


def _with_nan(record: Mapping[str, object], raw: bytes) -> Mapping[str, object]:
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError:
        return cast("Mapping[str, object]", json.loads(raw))
    return record  # it was only a text with that word


class Fields:
    """The fields of all records, in the order in which they were first seen.

    Attributes:
        records: how many records were taken in.
    """

    def __init__(self) -> None:
        self.records = 0
        self._fields: dict[str, Field] = {}

    def add(self, record: Mapping[str, object], raw: bytes) -> None:
        """Take in a record, decoded, and as it was: decoding turns NaN into null."""
        self.records += 1
        if b"NaN" in raw or b"Infinity" in raw:
            record = _with_nan(record, raw)
        fields = self._fields
        for name, value in record.items():
            field = fields.get(name)
            if field is None:
                field = fields[name] = Field()
            if value is None or value == "":
                continue
            if type(value) is float and not math.isfinite(value):
                field.not_finite += 1
            else:
                field.types[_TYPES.get(type(value), "other")] += 1

    def as_dict(self) -> dict[str, dict[str, object]]:
        """Return missing and broken values and the types of each field, ready for JSON."""
        total = max(1, self.records)
        return {
            name: {
                "missing": self.records - field.present,
                "missing_share": round(1 - field.present / total, 6),
                "broken": field.broken,
                "types": dict(field.types.most_common()),
            }
            for name, field in self._fields.items()
        }
