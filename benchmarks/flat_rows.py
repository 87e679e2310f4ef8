"""Flat rows to ask about, as the players of a log would be summed up after their first day."""

from collections import Counter
from typing import Any

import orjson

from models.domains.revenue import DAY_MS, TRAITS


def flat_rows(log: list[bytes]) -> list[bytes]:
    """Return a row of each player: the traits of the install, and counts of the first day."""
    installs: dict[str, dict[str, Any]] = {}
    counts: dict[str, Counter[str]] = {}
    for line in log:
        event = orjson.loads(line)
        user, kind = event["user_id"], event["type"]
        if kind == "install":
            installs[user], counts[user] = event, Counter()
        elif kind != "purchase" and event["ts"] < installs[user]["ts"] + DAY_MS:
            counts[user][kind] += 1
    return [
        orjson.dumps({"user_id": user, **{name: install[name] for name in TRAITS}, **counts[user]})
        for user, install in installs.items()
    ]
