"""What starts a retraining: alarms with a cool-down, and the schedule by the stream's clock."""

from typing import Any

import msgspec
import pytest

from models.alarms import Alarm
from stream.retraining.triggers import Memory, due, next_after
from stream.settings import load

DAY = 86_400_000
MONDAY = 1_538_352_000_000  # 2018-10-01, midnight UTC
SETTINGS = load({"retrain_schedule": "0 3 * * 1", "retrain_cooldown_days": 7.0})


def alarm(number: int, **fields: Any) -> Alarm:
    usual = Alarm(
        id=f"concept-loss-{number}",
        domain="churn",
        kind="concept",
        signal="loss",
        method="adwin",
        direction="degraded",
        event_time=MONDAY,
        since=MONDAY - 5 * DAY,
        before=0.0,
        after=0.2,
        values=300,
        version="kalman_logistic@1",
    )
    return msgspec.structs.replace(usual, **fields)


def test_an_alarm_of_concept_drift_starts_one_and_tells_since_when() -> None:
    request, memory = due(SETTINGS, Memory(), [alarm(1)], MONDAY, 5)
    assert request is not None
    assert (request.by, request.id, request.at) == ("drift", "drift-concept-loss-1", 5)
    assert request.shift == MONDAY - 5 * DAY
    again, _ = due(SETTINGS, memory, [alarm(1)], MONDAY + 30 * DAY, 6)
    assert again is None or again.by == "schedule", "the same alarm starts nothing twice"


@pytest.mark.parametrize(("days", "starts"), [(6, False), (7, True)])
def test_a_second_alarm_waits_for_the_cool_down(days: int, starts: bool) -> None:
    quiet = SETTINGS.model_copy(update={"retrain_schedule": ""})
    _, memory = due(quiet, Memory(), [alarm(1)], MONDAY, 0)
    request, _ = due(quiet, memory, [alarm(2), alarm(1)], MONDAY + days * DAY, 0)
    assert (request is not None) == starts


@pytest.mark.parametrize(
    "other",
    [{"kind": "data", "direction": "up"}, {"direction": "improved"}, {"kind": "label"}],
)
def test_other_alarms_start_none(other: dict[str, Any]) -> None:
    request, memory = due(SETTINGS, Memory(), [alarm(1, **other)], MONDAY, 0)
    assert request is None
    assert memory.alarm == "concept-loss-1"


def test_alarms_may_be_left_to_people() -> None:
    left = SETTINGS.model_copy(update={"retrain_on_drift": False})
    assert due(left, Memory(), [alarm(1)], MONDAY, 0)[0] is None


def test_the_schedule_goes_by_the_streams_clock() -> None:
    request, memory = due(SETTINGS, Memory(), [], MONDAY, 0)
    assert request is None, "nothing is due when the stream begins"
    assert due(SETTINGS, memory, [], MONDAY + 3 * 3_600_000 - 1, 0)[0] is None
    request, memory = due(SETTINGS, memory, [], MONDAY + 4 * 3_600_000, 9)
    assert request is not None
    assert (request.by, request.shift) == ("schedule", 0)
    assert request.reason == "the schedule (0 3 * * 1) was due 2018-10-01 03:00"
    assert due(SETTINGS, memory, [], MONDAY + 5 * DAY, 9)[0] is None


def test_what_was_missed_is_due_once() -> None:
    _, memory = due(SETTINGS, Memory(), [], MONDAY, 0)
    request, memory = due(SETTINGS, memory, [], MONDAY + 100 * DAY, 0)
    assert request is not None
    assert due(SETTINGS, memory, [], MONDAY + 100 * DAY, 0)[0] is None


def test_the_schedule_remembers_the_last_shift() -> None:
    """When an alarm is told, nobody can be judged who has learnt only what is new; later he can."""
    improved = alarm(2, direction="improved", since=MONDAY)
    request, _ = due(
        SETTINGS, Memory("concept-loss-2", 0, MONDAY), [improved, alarm(1)], MONDAY + 8 * DAY, 0
    )
    assert request is not None
    assert (request.by, request.shift) == ("schedule", MONDAY - 5 * DAY)


def test_without_a_schedule_or_a_clock_nothing_is_due() -> None:
    never = SETTINGS.model_copy(update={"retrain_schedule": ""})
    assert due(never, Memory(scheduled=1), [], MONDAY, 0)[0] is None
    assert due(SETTINGS, Memory(), [alarm(1)], 0, 0)[0] is None


def test_next_is_after_not_at() -> None:
    at_three = MONDAY + 3 * 3_600_000
    assert next_after("0 3 * * 1", at_three) == at_three + 7 * DAY
