"""Ways in which the records of real logs are broken, to try out what reads them.

Each takes an event and returns the line to write in its place. Some are harmless (a number written
as text), some make the record useless; a reader has to tell which. They know of no domain but that
times are in ``ts`` and types of events in ``page`` or ``type``.
"""

import json
import math
import random
from collections.abc import Callable
from typing import Any, Final

Record = dict[str, Any]
Defect = Callable[[random.Random, Record], bytes]

_TIME = "ts"


def number_as_text(rng: random.Random, record: Record) -> bytes:
    """A number in quotes."""
    name = _some_number(rng, record)
    return _line(record | {name: str(record[name])})


def text_for_number(rng: random.Random, record: Record) -> bytes:
    """A word where a number belongs."""
    return _line(record | {_some_number(rng, record): rng.choice(("n/a", "", "-", "1.538e12ms"))})


def not_finite(rng: random.Random, record: Record) -> bytes:
    """NaN or an infinity, which are no JSON, though many programs write them."""
    return _line(record | {_some_number(rng, record): rng.choice((math.nan, math.inf, -math.inf))})


def huge_number(rng: random.Random, record: Record) -> bytes:
    """A whole number of 400 digits, which no float holds."""
    return _line(record | {_some_number(rng, record): 10**400})


def missing_key(rng: random.Random, record: Record) -> bytes:
    """One key less."""
    name = rng.choice(list(record))
    return _line({key: value for key, value in record.items() if key != name})


def null_value(rng: random.Random, record: Record) -> bytes:
    """A null where a value belongs."""
    return _line(record | {rng.choice(list(record)): None})


def wrong_type(rng: random.Random, record: Record) -> bytes:
    """A list, an object or a boolean where a plain value belongs."""
    return _line(record | {rng.choice(list(record)): rng.choice(([], {"id": 1}, True))})


def nested_quotes(rng: random.Random, record: Record) -> bytes:
    """A text with its quotes quoted once more, as careless exports do."""
    name = _some_text(rng, record)
    return _line(record | {name: f'"{record[name]}"'})


def lone_surrogate(rng: random.Random, record: Record) -> bytes:
    """Half a character at the end of a text: JSON can write it, UTF-8 cannot."""
    name = _some_text(rng, record)
    return _line(record | {name: f"{record[name]}\ud83d"})


def date_out_of_range(rng: random.Random, record: Record) -> bytes:
    """A time in seconds or microseconds, before 1970, of the year 9999, or 0."""
    ts = int(record[_TIME])
    return _line(record | {_TIME: rng.choice((ts // 1000, ts * 1000, -ts, 253_402_214_400_000, 0))})


def unknown_type(rng: random.Random, record: Record) -> bytes:
    """A type of event that no documentation mentions."""
    name = "page" if "page" in record else "type"
    return _line(record | {name: rng.choice(("Time Machine", "NEXTSONG", "", "<script>"))})


def personal_fields(rng: random.Random, record: Record) -> bytes:
    """Personal data that has no business in a log (made up)."""
    number = rng.randrange(10**7)
    return _line(
        record
        | {
            "email": f"someone{number}@example.com",
            "phone": f"+1 555 {number:07d}",
            "ipAddress": f"192.0.2.{number % 256}",
        }
    )


def cut_line(rng: random.Random, record: Record) -> bytes:
    """The end of the line is missing, as after a crash of the writer."""
    line = _line(record)
    return line[: rng.randrange(1, len(line) - 2)] + b"\n"


def broken_utf8(rng: random.Random, record: Record) -> bytes:
    """A byte that is no UTF-8, inside a text."""
    line = _line(record)
    at = rng.choice([i for i, byte in enumerate(line) if byte == ord('"')]) + 1
    return line[:at] + b"\xff" + line[at:]


def not_an_object(rng: random.Random, _record: Record) -> bytes:
    """JSON, but no object; or no JSON at all."""
    return rng.choice((b"[1, 2]", b"null", b'"event"', b"42", b"ERROR: timeout", b"{}{}")) + b"\n"


DEFECTS: Final[tuple[Defect, ...]] = (
    number_as_text,
    text_for_number,
    not_finite,
    huge_number,
    missing_key,
    null_value,
    wrong_type,
    nested_quotes,
    lone_surrogate,
    date_out_of_range,
    unknown_type,
    personal_fields,
    cut_line,
    broken_utf8,
    not_an_object,
)


def _some_number(rng: random.Random, record: Record) -> str:
    return rng.choice([name for name, value in record.items() if isinstance(value, (int, float))])


def _some_text(rng: random.Random, record: Record) -> str:
    return rng.choice([name for name, value in record.items() if isinstance(value, str)])


def _line(record: Record) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"
