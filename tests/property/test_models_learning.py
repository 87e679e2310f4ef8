"""The laws of learning: stop and resume equals never stopped; duplicates are learnt once."""

import random

import pytest

from models import domains
from models.checkpoint import sign, verify
from models.effects import Example
from models.errors import BadCheckpoint
from models.learner import Learner

CHURN = domains.load("churn")
DAY = 86_400_000
KEY = b"a-key-of-the-tests"


def examples(count: int, seed: int) -> list[Example]:
    """Return labelled snapshots in the order in which their labels become known."""
    rng = random.Random(seed)
    made = []
    for number in range(count):
        features = {name: rng.gauss(0.0, 1.0) for name in CHURN.feature_names}
        first = next(iter(features.values()))
        label = float(rng.random() < (0.3 if first > 0.5 else 0.03))
        at = number * DAY // 40
        label_at = at + (rng.randrange(1, 10 * DAY) if label else CHURN.horizon + CHURN.grace)
        predictions = {recipe.name: rng.random() for recipe in CHURN.recipes}
        made.append(
            Example(
                id=f"u@{number}",
                user_id="u",
                at=at,
                age=0,
                window=0,
                gain=label,
                label=label,
                label_at=label_at,
                due=at + CHURN.horizon + CHURN.grace,
                known=0.0,
                features=features,
                predictions=predictions,
                chance=None,
                version="v@0",
                partition=number % 3,
                seq=0,
            )
        )
    made.sort(key=lambda example: example.label_at)
    seqs = [0, 0, 0]
    for example in made:
        seqs[example.partition] += 1
        example.seq = seqs[example.partition]
    return made


@pytest.mark.parametrize("seed", range(3))
def test_stop_and_resume_equals_never_stopped(seed: int) -> None:
    log = examples(900, seed)
    rng = random.Random(seed)
    whole, pieces = Learner(CHURN), Learner(CHURN)
    for example in log:
        if rng.random() < 0.02:
            blob = sign(pieces.checkpoint(), KEY, kind="learner", subject="churn")
            pieces = Learner.restore(CHURN, verify(blob, KEY, kind="learner", subject="churn"))
        before = whole.predictors().predictions(example.features) if rng.random() < 0.05 else None
        if before is not None:
            assert pieces.predictors().predictions(example.features) == before
        whole.learn(example)
        pieces.learn(example)
    assert pieces.version == whole.version == f"{CHURN.recipes[0].name}@900"
    assert pieces.prequential.report() == whole.prequential.report()
    assert pieces.gaps == whole.gaps == 0


def test_an_example_written_twice_is_learnt_once() -> None:
    log = examples(300, 7)
    once, twice = Learner(CHURN), Learner(CHURN)
    for index, example in enumerate(log):
        once.learn(example)
        twice.learn(example)
        for again in log[max(0, index - 3) : index + 1]:
            twice.learn(again)
    assert twice.version == once.version
    assert twice.duplicates > 300
    probe = log[0].features
    assert twice.predictors().predictions(probe) == once.predictors().predictions(probe)


def test_the_served_score_is_the_models_own() -> None:
    learner = Learner(CHURN)
    log = examples(600, 5)
    for example in log:
        learner.learn(example)
    served = learner.predictors()
    champion = next(iter(learner.models.values()))
    for example in log[:100]:
        expected = champion.predict(example.features)
        assert served.score(example.features) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_the_champion_finds_what_drives_the_outcome() -> None:
    learner = Learner(CHURN)
    for example in examples(3000, 1):
        learner.learn(example)
    quiet = dict.fromkeys(CHURN.feature_names, 0.0)
    served = learner.predictors()
    loud = quiet | {CHURN.feature_names[0]: 2.0}
    assert served.score(loud) > 1.5 * served.score(quiet)
    reasons = served.judge(CHURN, loud, None, top=3).reasons
    assert reasons[0].feature == CHURN.feature_names[0]
    assert reasons[0].effect > 0


@pytest.mark.parametrize("place", [0, 20, 60, -1])
def test_a_changed_checkpoint_is_refused(place: int) -> None:
    blob = bytearray(sign(Learner(CHURN).checkpoint(), KEY, kind="learner", subject="churn"))
    blob[place] ^= 1
    with pytest.raises(BadCheckpoint):
        verify(bytes(blob), KEY, kind="learner", subject="churn")


def test_another_key_or_kind_is_refused() -> None:
    blob = sign(b"payload", KEY, kind="learner", subject="churn")
    assert verify(blob, KEY, kind="learner", subject="churn") == b"payload"
    with pytest.raises(BadCheckpoint, match="WEIR_SIGNING_KEY"):
        verify(blob, b"another-key-of-tests", kind="learner", subject="churn")
    with pytest.raises(BadCheckpoint, match="kind"):
        verify(blob, KEY, kind="serving", subject="churn")
