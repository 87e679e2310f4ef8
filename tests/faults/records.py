"""Records are broken, or the domain is that reads them."""

import contextlib
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from tests.faults.system import Ground, System

ROOT = Path(__file__).parents[2]


def poison(system: System, rng: random.Random) -> None:
    whole: Any = orjson.loads(next(line for line in system.log if line.startswith(b'{"')))
    lines: list[bytes | None] = [
        None,
        b"",
        b"\x00\xff\xfe",
        b"[" * 50_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"ts": NaN, "userId": "1"}',
        orjson.dumps(whole)[:-1],
        orjson.dumps(whole | {"ts": 2**63}),
        orjson.dumps(whole | {"ts": -1}),
        orjson.dumps(whole | {"userId": ["x"]}),
        orjson.dumps(whole | {"userId": "x" * 100_000}),
        orjson.dumps(whole | {"page": "x" * 900_000}),
        orjson.dumps(whole | {"length": "inf", "itemInSession": {}}),
        "\ud800".encode("utf-8", "surrogatepass"),
    ]
    for _ in range(20):
        rng.shuffle(lines)
        system.sender.slip_in(lines)
        time.sleep(0.2)


#: Churn as it is, but for a bug that shows half way through an event.
_BROKEN = """
from models.churn_as_it_is import Churn

class Broken(Churn):
    def update(self, data, event):
        super().update(data, event)
        if event.page == "Thumbs Down" and event.ts % 3 == 0:
            raise KeyError(event.page)

DOMAIN = Broken()
"""


def _is_fatal(line: bytes) -> bool:
    event = orjson.loads(line)
    return bool(event["page"] == "Thumbs Down" and event["ts"] % 3 == 0)


@contextlib.contextmanager
def with_a_bug(ground: Ground, directory: Path, seed: int) -> Iterator[System]:
    checkout = directory / "checkout"
    for package in ("models", "stream", "replay"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, checkout / package, ignore=ignore)
    domain = checkout / "models" / "domains" / "churn.py"
    domain.rename(checkout / "models" / "churn_as_it_is.py")
    domain.write_text(_BROKEN)
    env = {"PYTHONPATH": str(checkout), "PYTHONSAFEPATH": "1"}
    yield System(ground, directory, seed, env=env, fails_on=_is_fatal)
