"""Made-up players: what they are like, what drives their money, and what the drift changes."""

from collections import Counter, defaultdict
from functools import cache

import numpy as np
import pytest

from models.domains.revenue import DAY_MS
from models.plan import Plan
from models.players import play

PLAN = Plan(users=6000, days=30, seed=4)


@cache
def players(plan: Plan) -> dict[str, dict[str, object]]:
    """Return each player's install, with events of the first day and revenue of seven days."""
    found: dict[str, dict[str, object]] = {}
    for ts, record in play(plan):
        user = str(record["user_id"])
        if record["type"] == "install":
            found[user] = {**record, "events": 0, "revenue": 0.0}
            continue
        age = ts - int(str(found[user]["ts"]))
        if record["type"] == "purchase" and age < 7 * DAY_MS:
            found[user]["revenue"] = float(str(found[user]["revenue"])) + float(
                str(record["revenue"])
            )
        elif record["type"] != "purchase" and age < DAY_MS:
            found[user]["events"] = int(str(found[user]["events"])) + 1
    return found


def whole(plan: Plan) -> list[dict[str, object]]:
    """Those whose seven days lie in the log."""
    end = plan.end_ms - 7 * DAY_MS
    return [p for p in players(plan).values() if int(str(p["ts"])) < end]


def paying(group: list[dict[str, object]]) -> float:
    return float(np.mean([float(str(p["revenue"])) > 0.0 for p in group]))


def test_few_pay_and_a_few_of_them_pay_much() -> None:
    revenue = np.array([float(str(p["revenue"])) for p in whole(PLAN)])
    assert 0.04 < (revenue > 0).mean() < 0.08
    payers = np.sort(revenue[revenue > 0])
    assert payers[-len(payers) // 10 :].sum() > 0.35 * payers.sum()


def test_where_they_come_from_and_what_they_do_tells_of_their_money() -> None:
    groups: dict[tuple[str, object], list[dict[str, object]]] = defaultdict(list)
    for player in whole(PLAN):
        for trait in ("country", "platform", "source"):
            groups[trait, player[trait]].append(player)
        groups["busy", int(str(player["events"])) > 12].append(player)
    assert paying(groups["country", "US"]) > 2.0 * paying(groups["country", "IN"])
    assert paying(groups["platform", "ios"]) > 1.3 * paying(groups["platform", "android"])
    assert paying(groups["source", "organic"]) > 1.1 * paying(groups["source", "non-organic"])
    assert paying(groups["busy", True]) > 1.5 * paying(groups["busy", False])


def test_every_player_begins_with_an_install_and_events_are_in_order() -> None:
    seen: set[str] = set()
    times = []
    for ts, record in play(Plan(users=300, days=10, seed=2)):
        times.append(ts)
        assert record["ts"] == ts
        user = str(record["user_id"])
        assert (record["type"] == "install") == (user not in seen)
        seen.add(user)
    assert times == sorted(times)
    assert len(seen) == 300


def test_until_the_drift_nothing_is_different() -> None:
    usual, drifted = (
        list(play(Plan(users=400, days=12, seed=3, drift_at=day))) for day in (None, 6)
    )
    turn = Plan(users=400, days=12).start_ms + 6 * DAY_MS
    assert [e for e in usual if e[0] < turn] == [e for e in drifted if e[0] < turn]
    assert usual != drifted


def test_the_drift_brings_others_who_pay_for_other_reasons() -> None:
    plan = Plan(users=8000, days=36, seed=5, drift_at=14)
    turn = plan.start_ms + 14 * DAY_MS
    before = [p for p in whole(plan) if int(str(p["ts"])) < turn]
    after = [p for p in whole(plan) if int(str(p["ts"])) >= turn]
    sources = [Counter(p["source"] for p in group) for group in (before, after)]
    campaigns = [count["non-organic"] / count.total() for count in sources]
    assert campaigns[1] > campaigns[0] + 0.15

    def advantage(group: list[dict[str, object]]) -> float:
        parts = [[p for p in group if p["platform"] == name] for name in ("ios", "android")]
        return paying(parts[0]) / paying(parts[1])

    assert advantage(before) > 1.3
    assert advantage(after) < advantage(before)
    amounts = [[float(str(p["revenue"])) for p in g if p["revenue"]] for g in (before, after)]
    assert np.median(amounts[1]) > np.median(amounts[0])


@pytest.mark.parametrize("users", [1, 2])
def test_a_tiny_log_is_a_log(users: int) -> None:
    assert sum(record["type"] == "install" for _, record in play(Plan(users, 1))) == users
