"""The one place where raw values become typed ones, whatever a log holds.

Every function takes any JSON value and returns a clean one or None; none raises on odd input.
One NaN or infinity poisons an online scaler for good, so none may pass here.
"""

import json
import math
from collections.abc import Mapping

import orjson

from models.errors import BadRecord
from models.fields import Field

#: Event times are milliseconds since 1970 and lie in [1990-01-01, 2100-01-01).
MIN_TS = 631_152_000_000
MAX_TS = 4_102_444_800_000

#: What a record without a usable time is told, and what is told of such times.
BAD_TS = "ts is missing, not a number of ms since 1970, or out of range (1990 to 2099)"
TS_FIELD = Field(
    "integer",
    "When, in ms since 1970.",
    1_538_352_117_000,
    required=True,
    least=MIN_TS,
    most=MAX_TS - 1,
    is_time=True,
    alike=(
        *("timestamp", "event time", "event timestamp", "occurred at", "time", "datetime", "when"),
        *("created at", "date"),
    ),
)

_MAX_TEXT = 256


def decode(raw: bytes | None) -> Mapping[str, object]:
    """Decode one JSON object.

    Python's own ``json`` writes NaN and Infinity, which are not JSON; they are read as null.

    Raises:
        BadRecord: ``empty``, ``bad_json`` or ``not_an_object``.
    """
    if not raw:
        raise BadRecord("empty", "the record has no value")
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        value = _decode_lenient(raw)
    if type(value) is not dict:
        raise BadRecord("not_an_object", f"expected a JSON object, got {type(value).__name__}")
    return value


def _decode_lenient(raw: bytes) -> object:
    try:
        return json.loads(raw, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        # the parser's own message can quote the input: give the position only
        at = f" at byte {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        raise BadRecord("bad_json", f"not valid JSON{at}") from None


def number(value: object) -> float | None:
    """Return a finite float from a number or a numeric string, else None."""
    if type(value) is float:
        return value if math.isfinite(value) else None
    if isinstance(value, bool) or not isinstance(value, (int, str, float)):
        return None
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def integer(value: object) -> int | None:
    """Return an int from a whole number or a numeric string ("12", 12.0), else None."""
    if type(value) is int:
        return value if -(2**53) <= value <= 2**53 else None
    result = number(value)
    if result is None or not -(2**53) <= result <= 2**53:
        return None
    return int(result)


def millis(value: object) -> int | None:
    """Return an event time in ms when it lies in [MIN_TS, MAX_TS), else None."""
    ts = integer(value)
    return ts if ts is not None and MIN_TS <= ts < MAX_TS else None


def text(value: object) -> str | None:
    """Return a stripped, non-empty string of at most 256 characters, else None.

    Whole numbers become their digits: logs write the same id as 30 and "30". Surrounding quotes
    (nested quoting from a CSV export) and characters that cannot be encoded are removed.
    """
    if type(value) is int:
        return str(value) if abs(value) < 10**_MAX_TEXT else None
    if type(value) is float and math.isfinite(value) and value.is_integer():
        return str(int(value))
    if type(value) is not str:
        return None
    if value.isascii() and value.isalnum() and len(value) <= _MAX_TEXT:
        return value
    clean = value.encode("utf-8", "ignore").decode("utf-8").replace("\x00", "")
    clean = clean.strip().strip('"').strip()
    return clean[:_MAX_TEXT] or None
