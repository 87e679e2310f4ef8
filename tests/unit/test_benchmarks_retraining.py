"""The benchmark of retraining: what its figures are of."""

import pytest

from benchmarks.retraining.alone import play_alone
from benchmarks.retraining.figures import story
from benchmarks.retraining.played import Played
from models.effects import Example
from models.plan import DAY_MS, Plan
from tests.decision_parts import decision
from tests.drift_parts import alarm

PLAN = Plan(10, 60, 1, drift_at=30)


def at(day: float) -> int:
    return PLAN.start_ms + int(day * DAY_MS)


def example(number: int, day: float, predictions: dict[str, float], label: float) -> Example:
    """A snapshot whose label is known ten days later."""
    due = at(day + 10)
    return Example(
        id=f"u{number}", user_id=f"u{number}", at=at(day), age=0, window=0, gain=label,
        label=label, label_at=due, due=due, known=0.0, features={}, predictions=predictions,
        chance=None, version="a@1", partition=0, seq=number,
    )  # fmt: skip


def played(served: str, right: bool) -> Played:
    """Everybody is ranked as the served model does, which is right or wrong; the first is level."""
    examples = [
        example(
            number,
            35 + number,
            {
                served: 0.9 if bool(number % 2) == right else 0.1,
                **({} if served == "kalman_logistic" else {"kalman_logistic": 0.5}),
            },
            float(number % 2),
        )
        for number in range(1, 25)
    ]
    decisions = [
        decision(1, kind="challenged", model="a~20181101", event_time=at(38)),
        decision(2, kind="promoted", model="a~20181101", event_time=at(41.25)),
    ]
    alarms = [
        alarm(1, kind="data", event_time=at(31)),
        alarm(2, kind="concept", direction="degraded", event_time=at(37.5)),
    ]
    return Played(examples, decisions if right else [], alarms if right else [])


def test_a_story_tells_who_came_when_and_what_it_gave() -> None:
    found = story(
        PLAN, played("a~20181101", right=True), played("kalman_logistic", right=False), 40
    )
    assert (found.alarm, found.challenged) == (37.5, 38.0)
    assert found.promoted == [(41.2, "a~20181101")]
    assert (found.rolled_back, found.promoted_off) == ([], [])
    assert (found.on, found.off, found.unchanged) == (1.0, 0.0, 0.5)
    # from day 40 on, and only those whose horizon ends within the log
    assert found.snapshots == sum(40 <= 35 + number <= 50 for number in range(1, 25))
    assert found.weeks[0] == (40, 1.0, 0.0, 0.5)


def test_alone_the_champion_has_nobody_beside_it() -> None:
    found = play_alone(Plan(40, 25, 1), retraining=False)
    assert {name for e in found.examples for name in e.predictions} == {"kalman_logistic"}
    assert found.decisions == []


@pytest.mark.parametrize("missing", ["alarm", "challenged"])
def test_what_did_not_happen_is_told_as_such(missing: str) -> None:
    nothing = played("kalman_logistic", right=False)
    assert getattr(story(PLAN, nothing, nothing, 40), missing) is None
