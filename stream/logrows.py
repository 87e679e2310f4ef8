"""Rows of CSV and Parquet files, as the JSON objects that a JSON log would hold."""

import base64
import csv
import datetime
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain
from typing import Any, BinaryIO

import orjson

from stream.logsource import LogError

_NAME = re.compile(r"[\w .:/-]+")
_BATCH_ROWS = 4096


def is_header(line: bytes) -> bool:
    """Return whether a line can be the header of a CSV file: two or more different plain names."""
    try:
        names = next(csv.reader([line.decode("utf-8-sig")], delimiter=delimiter(line)), [])
    except (UnicodeDecodeError, csv.Error):
        return False
    plain = all(_NAME.fullmatch(name.strip()) for name in names)
    return len(names) >= 2 and plain and len(set(names)) == len(names)


def delimiter(header: bytes) -> str:
    """Return what separates the columns: a comma, a semicolon or a tab."""
    return max(",;\t", key=lambda mark: header.count(mark.encode()))


def csv_rows(name: str, lines: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Yield each row as a JSON object, with the number of the line on which it begins.

    Values stay strings (a domain reads numbers from them) and empty ones become null. A row that
    does not fit the header is passed on as it is; it is no JSON, so it is reported as a bad line.

    Raises:
        LogError: not UTF-8, or broken quoting.
    """
    at = 0

    def text() -> Iterator[str]:
        nonlocal at
        for number, line in lines:
            at = number
            try:
                yield line.decode() + "\n"
            except UnicodeDecodeError as error:
                raise LogError(
                    name,
                    number,
                    f"not UTF-8 (byte {error.start + 1} of the line); convert the file, "
                    "for example with iconv -f latin1 -t utf-8",
                ) from None

    numbered = iter(lines)
    first = next(line for line in numbered if line[1].strip())
    lines = chain([first], numbered)
    reader = csv.reader(text(), delimiter=delimiter(first[1]), strict=True)
    try:
        header = [column.strip() for column in next(reader)]
        begin = at + 1
        for row in reader:
            if len(row) == len(header):
                values = [value or None for value in row]
                yield begin, orjson.dumps(dict(zip(header, values, strict=True)))
            elif row:
                yield begin, ",".join(row).encode()
            begin = at + 1
    except csv.Error as error:
        raise LogError(name, at, f"broken CSV: {error}") from None


def parquet_rows(name: str, file: BinaryIO) -> Iterator[tuple[int, bytes, float]]:
    """Yield each row's number (from 1), the row as a JSON object, and the share read so far.

    Times become ms since 1970 (a time without a zone is taken for UTC), decimals become floats.

    Raises:
        LogError: a broken file.
    """
    # imported here: it takes a large part of a second, and few logs are Parquet
    import pyarrow  # noqa: PLC0415
    import pyarrow.parquet  # noqa: PLC0415

    number = 0
    try:
        table = pyarrow.parquet.ParquetFile(file)
        total = max(1, table.metadata.num_rows)
        for batch in table.iter_batches(batch_size=_BATCH_ROWS):
            for row in batch.to_pylist():
                number += 1
                yield number, orjson.dumps(row, default=_plain, option=_OPTIONS), number / total
    except (pyarrow.ArrowException, OSError, TypeError) as error:
        raise LogError(name, number, f"broken Parquet file: {error}") from None


_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


def _plain(value: Any) -> object:  # Any: what a Parquet column may hold
    if isinstance(value, datetime.datetime):
        zoned = value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
        return round(zoned.timestamp() * 1000)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value)
