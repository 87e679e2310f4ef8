"""What the columns of a log hold, whatever they are called."""

from collections import Counter
from collections.abc import Mapping

from stream.layout import as_key

#: Columns with more different values than this are no kinds of anything.
_MOST_VALUES = 40


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
