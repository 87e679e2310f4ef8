"""What holds of every made log, and of every disturbed one."""

from collections import Counter, defaultdict
from contextlib import suppress
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from models.plan import DAY_MS, Plan, seeded
from replay import generate
from replay.generate.defects import DEFECTS
from replay.generate.disturb import LATENESS_MS, REPEAT_MS, Disturbance, disturb
from replay.generate.lines import Line

make = generate.load("churn")

plans = st.builds(
    Plan,
    users=st.integers(1, 12),
    days=st.integers(1, 12),
    seed=st.integers(0, 2**63 - 1),
)
shares = st.sampled_from((0.0, 0.05, 0.5, 1.0))


@settings(max_examples=30)
@given(plans)
def test_a_log_is_in_order_inside_its_days_and_made_again_the_same(plan: Plan) -> None:
    lines = list(make(plan))
    times = [ts for ts, _ in lines]
    assert times == sorted(times)
    assert all(plan.start_ms <= ts < plan.end_ms for ts in times)
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for _, line in lines)
    assert lines == list(make(plan))


@settings(max_examples=30)
@given(plans)
def test_visits_of_a_user_are_whole_and_do_not_overlap(plan: Plan) -> None:
    items: dict[int, int] = {}
    owner: dict[int, str] = {}
    current: dict[str, int] = {}
    for ts, line in make(plan):
        event: dict[str, Any] = orjson.loads(line)
        session, user = event["sessionId"], event["userId"]
        assert event["ts"] == ts
        assert event["itemInSession"] == items.get(session, -1) + 1
        items[session] = event["itemInSession"]
        if user:
            assert owner.setdefault(session, user) == user
            assert current.get(user, 0) <= session
            current[user] = session


@settings(max_examples=30)
@given(plans)
def test_nothing_follows_a_cancellation(plan: Plan) -> None:
    pages: dict[str, list[str]] = defaultdict(list)
    for _, line in make(plan):
        event = orjson.loads(line)
        assert (event["auth"] == "Cancelled") == (event["page"] == "Cancellation Confirmation")
        pages[event["userId"]].append(event["page"])
    for visited in (visited for user, visited in pages.items() if user):
        if "Cancel" in visited:
            # the log may end between the two
            assert visited[visited.index("Cancel") + 1 :] in ([], ["Cancellation Confirmation"])
        else:
            assert "Cancellation Confirmation" not in visited


@settings(max_examples=15)
@given(plans, st.integers(1, 11))
def test_a_drift_leaves_the_past_alone(plan: Plan, day: int) -> None:
    if day >= plan.days:
        return
    drifting = Plan(plan.users, plan.days, plan.seed, drift_at=day)
    drift_ms = plan.start_ms + day * DAY_MS
    usual = [line for line in make(plan) if line[0] < drift_ms]
    assert usual == [line for line in make(drifting) if line[0] < drift_ms]


def small_log() -> list[Line]:
    return [
        (
            1_538_352_000_000 + 500 * (number // 2),
            orjson.dumps({"ts": 1_538_352_000_000 + 500 * (number // 2), "page": "x", "n": number})
            + b"\n",
        )
        for number in range(300)
    ]


@given(defects=shares, duplicates=shares, late=shares, seed=st.integers(0, 2**63 - 1))
def test_a_disturbed_log_loses_nothing_and_counts_what_was_done(
    defects: float, duplicates: float, late: float, seed: int
) -> None:
    log = small_log()
    tally: Counter[str] = Counter()
    disturbance = Disturbance(defects, duplicates, late)
    result = list(disturb(log, disturbance, seed, tally))
    again = list(disturb(log, disturbance, seed, Counter()))

    assert result == again
    assert len(result) == len(log) + tally["duplicates"]
    assert [ts for ts, _ in result] == sorted(ts for ts, _ in result)
    original = Counter(line for _, line in log)
    written = Counter(line for _, line in result)
    assert (original - written).total() == tally.total() - tally["duplicates"] - tally["late"]
    assert bool(tally["duplicates"]) == bool(duplicates)
    assert bool(tally["late"]) == bool(late)


@given(st.integers(0, 2**63 - 1))
def test_what_is_late_is_minutes_late_and_repeats_follow_soon(seed: int) -> None:
    log = small_log()
    times = {line: ts for ts, line in log}
    seen: dict[bytes, int] = {}
    for written, line in disturb(log, Disturbance(duplicates=0.3, late=0.3), seed, Counter()):
        if line in seen:
            assert 0 <= written - seen[line] <= REPEAT_MS
        else:
            lateness = written - times[line]
            assert lateness == 0 or LATENESS_MS[0] <= lateness <= LATENESS_MS[1]
            seen[line] = written
    assert len(seen) == len(log)


@given(st.sampled_from(DEFECTS), st.integers(0, 2**63 - 1))
def test_a_defect_changes_a_record_and_leaves_one_line(defect: Any, seed: int) -> None:
    record = {"ts": 1_538_352_000_000, "userId": "7", "page": "NextSong", "song": "Ünder", "n": 1.5}
    line = defect(seeded(seed), dict(record))
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert len(line) > 1
    with suppress(orjson.JSONDecodeError):  # no JSON at all is a defect as well
        assert orjson.loads(line) != record
