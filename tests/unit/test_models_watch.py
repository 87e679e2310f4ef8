"""The watch over drift, through the learner: what is told, once, and what is not."""

import random
from collections.abc import Callable
from functools import cache

import msgspec
import pytest

from models import domains
from models.alarms import Alarm
from models.effects import Example, Snapshot
from models.learner import Learner
from models.turns import is_turn

CHURN = domains.load("churn")
DAY = 86_400_000
START = 1_538_352_000_000
WAIT = CHURN.horizon + CHURN.grace
DAYS, SHIFT = 60, 36

#: Changes features, by name, in place; told when it is, in days and parts of them.
Change = Callable[[dict[str, float], float, random.Random], None]


@cache
def turns() -> list[list[str]]:
    """Return the users whose turn it is, by day: about a hundred."""
    return [
        [user for user in map(str, range(1000)) if is_turn(CHURN, user, START + day * DAY, 0)]
        for day in range(DAYS)
    ]


def snapshots(change: Change, seed: int = 1) -> list[Snapshot]:
    rng, taken = random.Random(seed), list[Snapshot]()
    for day, users in enumerate(turns()):
        for place, user in enumerate(users):
            features = {name: rng.gauss(1.0, 1.0) for name in CHURN.feature_names}
            features["paid"] = float(rng.random() < 0.5)
            change(features, day + place / 200, rng)
            at = START + day * DAY + place * (DAY // 200)
            taken.append(
                Snapshot(
                    user, at, 0, 0.0, features, 0.05, None, "kalman_logistic@1", 0, len(taken) + 1
                )
            )
    return taken


def alarms_of(change: Change, seed: int = 1) -> list[Alarm]:
    learner = Learner(CHURN)
    for snapshot in snapshots(change, seed):
        learner.take(snapshot)
    return learner.alarms


def nothing(_features: dict[str, float], _when: float, _rng: random.Random) -> None:
    """Change nothing."""


def more_errors(features: dict[str, float], when: float, _rng: random.Random) -> None:
    if when >= SHIFT:
        features["errors_7d"] += 1.0
        features["errors_30d"] += 0.8


def fewer_pay(features: dict[str, float], when: float, rng: random.Random) -> None:
    if when >= SHIFT:
        features["paid"] = float(rng.random() < 0.1)


def older(features: dict[str, float], when: float, _rng: random.Random) -> None:
    features["days_registered"] += when / 10.0


def by_night(features: dict[str, float], when: float, _rng: random.Random) -> None:
    """Who is seen first on a day is of another crowd than who is seen later."""
    features["songs_1d"] += 2.0 if when % 1 < 0.25 else -2.0


def at_weekends(features: dict[str, float], when: float, _rng: random.Random) -> None:
    """Two days of seven are not like the others."""
    features["songs_1d"] += 0.8 * (when % 7 >= 5)


def test_without_a_shift_nothing_is_told() -> None:
    assert sum(len(alarms_of(nothing, seed)) for seed in range(3)) == 0


def test_a_shift_of_features_is_one_alarm() -> None:
    [alarm] = alarms_of(more_errors)
    assert (alarm.domain, alarm.kind, alarm.method, alarm.direction) == (
        "churn",
        "data",
        "adwin",
        "up",
    )
    assert alarm.signal in {"errors_7d", "errors_30d"}
    found, since = ((at - START) / DAY for at in (alarm.event_time, alarm.since))
    assert SHIFT < found <= SHIFT + 5
    assert abs(since - SHIFT) <= 1
    assert alarm.before == pytest.approx(1.0, abs=0.2)
    assert alarm.after == pytest.approx(1.9, abs=0.3)
    assert 50 <= alarm.values <= 500


def test_categories_are_compared_by_their_shares() -> None:
    [alarm] = alarms_of(fewer_pay)
    assert (alarm.signal, alarm.method, alarm.direction) == ("paid", "psi", "changed")
    assert alarm.after > alarm.before
    assert SHIFT < (alarm.event_time - START) / DAY <= SHIFT + 8


@pytest.mark.parametrize("change", [older, by_night, at_weekends])
def test_what_moves_by_itself_is_no_drift(change: Change) -> None:
    assert alarms_of(change) == []


def labels(chance: Callable[[int, bool], float], seed: int = 1) -> list[Example]:
    """Return labels of predictions that are right until the truth has other chances.

    Args:
        chance: true chance of the outcome, by day and whether the user was held to be at risk.
        seed: of the randomness.
    """
    rng, made = random.Random(seed), list[Example]()
    features = dict.fromkeys(CHURN.feature_names, 1.0)
    for day, users in enumerate(turns()):
        for user in users:
            at_risk = rng.random() < 0.2
            at = START + day * DAY
            label = float(rng.random() < chance(day, at_risk))
            predictions = {recipe.name: 0.2 if at_risk else 0.02 for recipe in CHURN.recipes}
            made.append(
                Example(
                    id=f"{user}@{at}",
                    user_id=user,
                    at=at,
                    age=0,
                    window=0,
                    gain=label,
                    label=label,
                    label_at=at + WAIT,
                    due=at + WAIT,
                    known=0.0,
                    features=features,
                    predictions=predictions,
                    chance=None,
                    version="kalman_logistic@1",
                    partition=0,
                    seq=len(made) + 1,
                )
            )
    return made


def told(examples: list[Example]) -> list[tuple[str, str, str]]:
    learner = Learner(CHURN)
    for example in examples:
        learner.learn(example)
    return [(alarm.kind, alarm.signal, alarm.direction) for alarm in learner.alarms]


def right(_day: int, at_risk: bool) -> float:
    return 0.2 if at_risk else 0.02


def test_predictions_that_stay_right_are_no_drift() -> None:
    assert [told(labels(right, seed)) for seed in range(3)] == [[], [], []]


def test_who_was_at_risk_no_longer_is() -> None:
    """The base rate stays, and calibration at large with it: only the loss can tell."""
    found = told(labels(lambda day, at_risk: right(day, at_risk) if day < SHIFT else 0.056))
    assert found == [("concept", "loss", "degraded")]


def test_twice_as_many_cancel() -> None:
    found = told(labels(lambda day, at_risk: right(day, at_risk) * (3 if day >= SHIFT else 1)))
    assert ("concept", "calibration", "degraded") in found
    assert ("label", "base_rate", "up") in found
    assert len(found) == len(set(found))


def test_what_is_wrong_in_two_ways_is_told_once() -> None:
    """Who was at risk is not, and the many others are: neither loss nor calibration stays."""
    learner = Learner(CHURN)
    for example in labels(lambda day, at_risk: right(day, at_risk ^ (day >= SHIFT))):
        learner.learn(example)
    assert [alarm.kind for alarm in learner.alarms].count("concept") == 1
    report = learner.drift()
    assert report is not None
    shifted = {signal.signal for signal in report.signals if signal.detections}
    assert {"loss", "calibration"} <= shifted


def test_the_time_of_the_predictions_is_kept() -> None:
    learner = Learner(CHURN)
    for example in labels(lambda day, at_risk: right(day, at_risk) if day < SHIFT else 0.056):
        learner.learn(example)
    [alarm] = learner.alarms
    assert abs((alarm.since - START) / DAY - SHIFT) <= 6
    assert alarm.event_time >= alarm.since + WAIT
    assert 0 < alarm.values < 1500
    report = learner.drift()
    assert report is not None
    assert report.label_delay == pytest.approx(WAIT / 1000)


@pytest.mark.parametrize("cut", [700, 3700])
def test_put_away_and_taken_up_it_goes_on_as_if_never_stopped(cut: int) -> None:
    def more(features: dict[str, float], when: float, rng: random.Random) -> None:
        more_errors(features, when, rng)
        fewer_pay(features, when, rng)

    labelled = labels(lambda day, at_risk: right(day, at_risk) if day < SHIFT else 0.056)
    log: list[Example | Snapshot] = [*labelled, *snapshots(more)]
    log.sort(key=lambda record: record.due if isinstance(record, Example) else record.at)
    whole, pieces = Learner(CHURN), Learner(CHURN)
    alarms = list[Alarm]()
    for number, record in enumerate(log):
        if number == cut:
            alarms, pieces.alarms = pieces.alarms, []
            pieces = Learner.restore(CHURN, pieces.checkpoint())
        for learner in (whole, pieces):
            if isinstance(record, Example):
                learner.learn(record)
            else:
                learner.take(record)
    assert len(whole.alarms) >= 2
    assert whole.alarms == alarms + pieces.alarms
    assert msgspec.json.encode(whole.drift()) == msgspec.json.encode(pieces.drift())


def test_a_record_that_comes_twice_is_watched_once() -> None:
    once, twice = Learner(CHURN), Learner(CHURN)
    for snapshot in snapshots(more_errors):
        once.take(snapshot)
        twice.take(snapshot)
        twice.take(snapshot)
    assert twice.duplicates == len(snapshots(more_errors))
    assert once.alarms == twice.alarms


def test_a_learner_that_watches_nothing_says_nothing() -> None:
    learner = Learner(CHURN, watch_drift=False)
    for snapshot in snapshots(more_errors)[:100]:
        learner.take(snapshot)
    for example in labels(right)[:100]:
        learner.learn(example)
    assert learner.drift() is None
    restored = Learner.restore(CHURN, learner.checkpoint())
    assert restored.drift() is not None
    assert Learner.restore(CHURN, restored.checkpoint(), watch_drift=False).drift() is None


def test_a_promotion_compares_with_the_week_before_it() -> None:
    learner = Learner(CHURN)
    taken = snapshots(more_errors)
    days = [(snapshot.at - START) // DAY for snapshot in taken]
    for snapshot in taken[: days.index(50)]:
        learner.take(snapshot)
    assert learner.watch is not None
    shifted = learner.drift()
    assert shifted is not None
    assert next(f for f in shifted.features if f.feature == "errors_7d").shift == pytest.approx(
        1.0, abs=0.3
    )
    learner.watch.pin(next(iter(learner.models.values())), "sgd_logistic@9")
    report = learner.drift()
    assert report is not None
    assert report.reference is not None
    assert report.reference.version == "sgd_logistic@9"
    assert (report.reference.since - START) // DAY == 42
    assert next(f for f in report.features if f.feature == "errors_7d").shift == 0.0


def test_what_another_scored_is_no_score_of_the_pinned() -> None:
    """On the day of the pinning some were scored by no champion yet, or by the one before."""
    learner = Learner(CHURN)
    for snapshot in snapshots(nothing):
        learner.take(snapshot)
    report = learner.drift()
    assert report is not None
    score = report.features[-1]
    assert score.feature == "score"
    assert score.shift == pytest.approx(0.0, abs=1e-3)
