"""Lines of a churn log, for the tests of replay."""

from collections.abc import Iterable
from pathlib import Path

import orjson

START = 1_538_352_000_000


def line(user: object, second: float, item: int = 0, **changes: object) -> bytes:
    """One event, ``second`` seconds after the start of the log."""
    record: dict[str, object] = {
        "ts": START + round(second * 1000),
        "userId": user,
        "sessionId": 7,
        "page": "NextSong",
        "auth": "Logged In",
        "method": "PUT",
        "status": 200,
        "level": "paid",
        "itemInSession": item,
        "location": "Corvallis, OR",
        "userAgent": '"Mozilla/5.0"',
        "lastName": "Sanchez",
        "firstName": "Brayden",
        "registration": START - 86_400_000,
        "gender": "M",
        "artist": "Robbie Dupree",
        "song": "If We Try Again",
        "length": 273.68444,
    }
    return orjson.dumps(record | changes)


def write(path: Path, lines: Iterable[bytes]) -> str:
    path.write_bytes(b"".join(text + b"\n" for text in lines))
    return str(path)
