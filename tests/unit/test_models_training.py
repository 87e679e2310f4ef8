"""Candidates: learnt in order, judged on what was known, and the same as those that served."""

from collections.abc import Iterator
from functools import cache

import pytest

from models import domains
from models.effects import Example
from models.errors import UnknownRecipe
from models.origin import Origin, midnight
from models.plan import DAY_MS, Plan
from models.training.choice import beginnings, choose, origins
from models.training.judged import Judges
from models.training.study import Study
from models.training.training import Training
from replay.generate import load as maker
from stream.backtest import Backtest

CHURN = domains.load("churn")


@cache
def log() -> tuple[Example, ...]:
    examples: list[Example] = []
    run = Backtest(CHURN, 2, examples.append)
    for number, (_, line) in enumerate(maker("churn")(Plan(users=80, days=45, seed=3))):
        run.feed(number, line)
    return tuple(examples)


def study(**options: object) -> Study:
    usual = {"most": 500, **options}
    return Study(CHURN, lambda: iter(log()), "kalman_logistic", (), **usual)  # type: ignore[arg-type]


def test_what_the_champion_said_a_candidate_from_the_beginning_says_again() -> None:
    judges = Judges(10_000)
    for example in log():
        judges.take(example)
    judged = judges.found()
    names = [recipe.name for recipe in CHURN.recipes]
    training = Training(CHURN, [Origin(name) for name in names], judged)
    for example in log():
        training.take(example)
    training.finish()
    assert len(judged) > 1_000
    for name, candidate in zip(names, training.candidates, strict=True):
        assert candidate.predictions == [one.predictions[name] for one in judged]


def test_a_candidate_learns_from_its_day_on() -> None:
    day = midnight("20181010")
    training = Training(CHURN, [Origin("kalman_logistic", day), Origin("kalman_logistic")])
    for example in log():
        training.take(example)
    fresh, old = training.candidates
    before = sum(1 for e in log() if e.at < day)
    assert before > 0
    assert fresh.learnt == old.learnt - before
    assert str(fresh.origin) == "kalman_logistic~20181010"


def test_who_has_learnt_nothing_yet_is_not_judged() -> None:
    found = study(recipes=["kalman_logistic"], since=midnight("20181101")).run()
    assert found.trials == []
    assert found.choice.model == ""
    wished = study(recipes=["kalman_logistic"], since=midnight("20181101"), enter=True).run()
    assert wished.choice.model == "kalman_logistic~20181101"


def test_the_best_is_told_with_its_bounds() -> None:
    found = study(recipes=["sgd_logistic", "kalman_logistic"]).run()
    gains = [trial.gain for trial in found.trials]
    assert gains == sorted(gains, reverse=True)
    own = next(trial for trial in found.trials if trial.model == "kalman_logistic")
    assert (own.gain, own.low, own.high) == (0.0, 0.0, 0.0), "it is the champion"
    for trial in found.trials:
        assert trial.low <= trial.gain <= trial.high
        assert trial.ages[0].figures["labels"] == 500
        assert set(trial.effects) == set(CHURN.feature_names)
        windows = trial.ages[0].windows
        assert sum(int(w.figures["labels"] or 0) for w in windows) == 500


def test_the_newest_part_is_learnt_anew_and_judged_on_what_all_predict() -> None:
    found = study(recipes=["sgd_logistic"], most=100_000).run()
    (day,) = {trial.since for trial in found.trials} - {0}
    assert day == found.judges.intake.clock // DAY_MS * DAY_MS - 4 * CHURN.horizon
    assert {trial.labels for trial in found.trials} == {len(found.judged)}
    assert min(judged.at for judged in found.judged) >= day + CHURN.horizon


def test_after_a_drift_who_can_be_judged_is_judged() -> None:
    """Nobody comes in unjudged who was worse."""
    shift = max(example.at for example in log()) - 30 * DAY_MS
    found = study(recipes=["kalman_logistic"], shift=shift).run()
    (trial,) = found.trials
    assert trial.since // DAY_MS == shift // DAY_MS
    assert found.choice.model == (trial.model if trial.gain > 0.0 else "")
    assert "is to show" not in found.choice.why


def test_the_same_seed_gives_the_same_bounds() -> None:
    bounds = [
        [(t.low, t.high) for t in study(recipes=["sgd_logistic"], seed=seed).run().trials]
        for seed in (1, 1, 2)
    ]
    assert bounds[0] == bounds[1] != bounds[2]


@pytest.mark.parametrize("days", [1, 12])
def test_after_a_drift_who_learnt_only_what_is_new_may_come_in_unjudged(days: int) -> None:
    """On less than a horizon of snapshots anybody may be the best."""
    shift = max(example.at for example in log()) - days * DAY_MS
    found = study(shift=shift).run()
    assert found.choice.model.startswith("kalman_logistic~2018")
    assert "is to show what it has learnt" in found.choice.why
    assert str(found.candidate().origin) == found.choice.model
    assert len(found.training.candidates) == 1, "the others are forgotten"


def test_nobody_is_chosen_who_was_worse_unless_that_is_wished() -> None:
    trials = study(recipes=["sgd_logistic"], since=0).run().trials
    assert len(trials) == 1
    chosen = choose(trials).model
    assert bool(chosen) == (trials[0].gain > 0.0)
    assert choose(trials, enter=True).model == "sgd_logistic"
    assert choose([]).model == ""


def test_an_empty_log_is_no_error() -> None:
    nothing: Iterator[Example] = iter(())
    found = Study(CHURN, lambda: nothing, "kalman_logistic", ()).run()
    assert (found.trials, found.choice.why) == ([], "no label is known yet")


def test_progress_may_stop_it() -> None:
    class Enough(Exception):
        pass

    def stop(phase: str, done: int) -> None:
        if phase == "training" and done == 200:
            raise Enough

    with pytest.raises(Enough):
        study(progress=stop).run()


def test_candidates_are_recipes_by_day_but_those_that_are_there() -> None:
    found = origins(CHURN, [0, midnight("20181020")], {"kalman_logistic"})
    names = [str(origin) for origin in found]
    assert "kalman_logistic" not in names
    assert "kalman_logistic~20181020" in names
    assert len(set(names)) == len(names)
    with pytest.raises(UnknownRecipe, match="it has: kalman_logistic"):
        origins(CHURN, [0], (), ["no_such"])


def test_early_in_a_log_there_is_no_recent_part() -> None:
    assert beginnings(CHURN, 0, 5 * DAY_MS, 0) == [0]
