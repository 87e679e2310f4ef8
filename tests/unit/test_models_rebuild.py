"""A learner made again from the log and the decisions is the one that was."""

from collections.abc import Sequence
from functools import cache

import msgspec
import pytest

from models.contest.decisions import Decision
from models.contest.policy import Policy
from models.contest.report import report
from models.contest.wishes import Challenge, Drop, Promote, Rollback, Wish
from models.domains.churn import Churn
from models.effects import Example, Snapshot
from models.learner import Learner
from models.origin import Origin
from models.plan import Plan
from models.rebuild import CannotRebuild, Rebuild
from models.recipes import Model
from models.training.training import Training
from replay.generate import load as maker
from stream.backtest import Backtest

Record = Example | Snapshot


class Quick(Churn):
    standing = contest = Policy(labels=300, looks=3, outcomes=3, slack=1.0)
    probation = Policy(labels=150, looks=3, outcomes=3, slack=1.0)
    settling = 5 * 86_400_000


QUICK = Quick()


@cache
def log() -> tuple[Record, ...]:
    """What the engine writes to the examples log of a small service."""
    records: list[Record] = []
    run = Backtest(QUICK, 2, records.append, records.append)
    for number, (_, line) in enumerate(maker("churn")(Plan(users=60, days=45, seed=7))):
        run.feed(number, line)
    return tuple(records)


def trained(since: int, position: int) -> Model:
    training = Training(QUICK, [Origin("kalman_logistic", since)])
    for record in log():
        if isinstance(record, Example) and training.position < position:
            training.take(record)
    return training.candidates[0].model


def live(wishes: Sequence[tuple[int, Wish]]) -> tuple[Learner, list[Decision]]:
    """Learn the log; grant each wish when so many records have been taken in."""
    learner = Learner(QUICK)
    learner.begin()
    waiting = list(wishes)
    for record in log():
        if isinstance(record, Snapshot):
            learner.take(record)
        else:
            learner.learn(record)
        while waiting and waiting[0][0] <= learner.records:
            wish = waiting.pop(0)[1]
            model = None
            if isinstance(wish, Challenge):
                since = Origin.parse(wish.model).since
                model = trained(since, wish.position)
            assert learner.grant(wish, model)
    return learner, learner.collect_decisions()


WISHES: list[tuple[int, Wish]] = [
    (500, Drop("01", "ann", "sgd_logistic")),
    (900, Challenge("02", "drift", "kalman_logistic~20181010", 700, b"", "best of two")),
    (1200, Promote("03", "ann", "kalman_logistic~20181010")),
    (1260, Rollback("04", "ann")),
    (1400, Promote("05", "ann", "nobody")),
]


@pytest.mark.parametrize("wishes", [[], WISHES], ids=["alone", "with wishes"])
def test_it_is_the_one_that_was(wishes: list[tuple[int, Wish]]) -> None:
    was, decisions = live(wishes)
    kinds = [decision.kind for decision in decisions]
    assert kinds[0] == "began"
    assert len(kinds) > 1, "nothing was decided: the test tests nothing"
    rebuild = Rebuild(QUICK, decisions)
    for record in log():
        rebuild.take(record)
    again = rebuild.finish()
    assert again.version == was.version
    assert list(again.models) == list(was.models)
    rows = [record.features for record in log()[-200:]]
    for row in rows:
        assert again.predictors().predictions(row) == was.predictors().predictions(row)
    assert again.prequential.report() == was.prequential.report()
    assert again.drift() == was.drift()
    assert again.alarms == was.alarms
    assert report(QUICK, again.lineup) == report(QUICK, was.lineup)


def test_what_was_decided_is_not_decided_anew() -> None:
    """A release whose policy would promote nobody still makes the same champion."""
    was, decisions = live(WISHES[1:3])

    class Stern(Quick):
        standing = contest = Policy(labels=10**9)

    rebuild = Rebuild(Stern(), decisions)
    for record in log():
        rebuild.take(record)
    assert list(rebuild.finish().models) == list(was.models)


def test_a_part_of_the_log_is_not_enough() -> None:
    _, decisions = live(WISHES)
    rebuild = Rebuild(QUICK, decisions)
    for record in log()[:600]:
        rebuild.take(record)
    with pytest.raises(CannotRebuild, match=r"before .* was decided"):
        rebuild.finish()


def test_another_log_is_noticed() -> None:
    _, decisions = live(WISHES)
    odd = [msgspec.structs.replace(d, learnt=d.learnt + 1) if d.wish else d for d in decisions]
    rebuild = Rebuild(QUICK, odd)
    with pytest.raises(CannotRebuild, match="another log"):
        for record in log():
            rebuild.take(record)


def test_the_first_decision_is_needed() -> None:
    _, decisions = live([])
    with pytest.raises(CannotRebuild, match="learning began"):
        Rebuild(QUICK, decisions[1:])
