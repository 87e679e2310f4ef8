"""The learner: order, duplicates, gaps, the wait for the horizon, and checkpoints."""

import pickle
from typing import Any, ClassVar

import pytest

from models import domains
from models.domains.churn import Churn
from models.effects import Example
from models.errors import BadCheckpoint
from models.learner import Learner
from models.maturity import Maturing
from models.recipes import Recipe

CHURN = domains.load("churn")
CHAMPION = CHURN.recipes[0].name
DAY = 86_400_000
WAIT = CHURN.horizon + CHURN.grace
FEATURES = dict.fromkeys(CHURN.feature_names, 0.5)


def example(seq: int, at: int, label: float, *, partition: int = 0, after: int = WAIT) -> Example:
    predictions = {recipe.name: 0.04 for recipe in CHURN.recipes}
    return Example(
        id=f"u@{at}",
        user_id="u",
        at=at,
        age=0,
        window=0,
        gain=label,
        label=label,
        label_at=at + after,
        due=at + WAIT,
        known=0.0,
        features=FEATURES,
        predictions=predictions,
        chance=None,
        version="kalman_logistic@0",
        partition=partition,
        seq=seq,
    )


class Recorder:
    """A model that remembers what it learnt, in order."""

    learnt: ClassVar[list[float]] = []

    def predict(self, features: dict[str, float]) -> float:
        return 0.5

    def learn(self, features: dict[str, float], gain: float, window: int = 0) -> None:
        self.learnt.append(gain)


class Recorded(Churn):
    recipes = (Recipe("recorder", "remembers", Recorder),)


def test_a_positive_waits_until_its_cohort_is_known() -> None:
    Recorder.learnt.clear()
    learner = Learner(Recorded())
    learner.learn(example(1, 5 * DAY, 1.0, after=1 * DAY))
    assert (learner.position, learner.waiting, learner.learnt) == (1, 1, 0)
    learner.learn(example(2, 4 * DAY, 0.0))
    assert Recorder.learnt == [0.0]
    learner.learn(example(3, 6 * DAY, 0.0))
    assert Recorder.learnt == [0.0, 1.0, 0.0]
    assert (learner.position, learner.waiting, learner.learnt) == (3, 0, 3)
    assert learner.prequential.labels == 3


def test_a_partition_that_lags_gives_its_positives_no_sooner_than_its_negatives() -> None:
    maturing = Maturing()
    early = example(1, 5 * DAY, 1.0, partition=1, after=1 * DAY)
    assert maturing.add(early) == []
    ahead = example(1, 30 * DAY, 0.0, partition=0)
    assert maturing.add(ahead) == [ahead]
    assert maturing.clock == ahead.label_at
    assert len(maturing) == 1  # partition 1 has not come so far
    same_day = example(2, 5 * DAY, 0.0, partition=1)
    assert maturing.add(same_day) == [early, same_day]


def test_duplicates_are_skipped_and_gaps_are_counted_by_partition() -> None:
    learner = Learner(CHURN)
    for seq, partition in ((1, 0), (2, 0), (2, 0), (1, 0), (1, 1), (4, 1), (3, 1), (3, 0)):
        learner.learn(example(seq, seq * DAY, 0.0, partition=partition))
    assert learner.duplicates == 3
    assert learner.gaps == 2
    assert learner.position == 5
    assert learner.version == f"{CHAMPION}@5"


def test_served_models_learn_no_more() -> None:
    learner = Learner(CHURN)
    served = learner.predictors()
    before = served.predictions(FEATURES)
    for seq in range(1, 60):
        learner.learn(example(seq, seq * DAY, float(seq % 2)))
    assert served.predictions(FEATURES) == before
    assert served.version == f"{CHAMPION}@0"
    assert learner.predictors().predictions(FEATURES) != before


def test_the_champion_comes_first_in_predictions() -> None:
    served = Learner(CHURN).predictors()
    predictions = served.predictions(FEATURES)
    assert list(predictions) == [recipe.name for recipe in CHURN.recipes]
    assert next(iter(predictions.values())) == served.score(FEATURES)


def test_means_are_those_of_what_was_learnt() -> None:
    learner = Learner(CHURN)
    for seq, value in enumerate((1.0, 2.0, 6.0), start=1):
        row = example(seq, seq * DAY, 0.0)
        row.features = dict.fromkeys(CHURN.feature_names, value)
        learner.learn(row)
    assert learner.predictors().means == pytest.approx(dict.fromkeys(CHURN.feature_names, 3.0))


class Renamed(Churn):
    name = "another"


class Retold(Churn):
    feature_names = (*Churn.feature_names[1:], "moon")


class Longer(Churn):
    horizon = 20 * DAY


@pytest.mark.parametrize("other", [Renamed(), Longer(), Retold()])
def test_a_checkpoint_of_another_domain_is_refused(other: Any) -> None:
    with pytest.raises(BadCheckpoint, match="rebuild"):
        Learner.restore(other, Learner(CHURN).checkpoint())


def test_a_release_with_other_recipes_changes_no_champion() -> None:
    learner = Learner.restore(Recorded(), Learner(CHURN).checkpoint())
    assert list(learner.models) == [recipe.name for recipe in CHURN.recipes]


@pytest.mark.parametrize(
    "payload",
    [b"", b"not a pickle", pickle.dumps(1), b"cno_such_module\nThing\n."],
)
def test_a_checkpoint_that_cannot_be_read_is_refused(payload: bytes) -> None:
    with pytest.raises(BadCheckpoint, match="cannot be read"):
        Learner.restore(CHURN, payload)


def test_a_fresh_checkpoint_is_small() -> None:
    assert len(Learner(CHURN).checkpoint()) < 100_000
