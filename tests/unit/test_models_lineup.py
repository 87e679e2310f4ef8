"""The line-up and who decides about it: wishes, verdicts, decisions, and coming back."""

import pickle
from typing import Any

import pytest

from models.contest.decisions import Decision
from models.contest.policy import Policy
from models.contest.wishes import Challenge, Drop, Promote, Rollback
from models.domains.churn import Churn
from models.effects import Example
from models.learner import Learner
from models.recipes import Recipe

DAY, START = 86_400_000, 1_538_352_000_000


class Fixed:
    """Predicts what it was made with; counts what it learns."""

    def __init__(self, sure: float = 0.5) -> None:
        self.sure, self.learnt = sure, list[float]()

    def predict(self, features: dict[str, float]) -> float:
        return self.sure

    def learn(self, features: dict[str, float], gain: float, window: int = 0) -> None:
        self.learnt.append(features["songs_1d"])


QUICK = Policy(labels=50, looks=2, outcomes=2, slack=1.0)


class Small(Churn):
    settling = 0
    recipes = (Recipe("first", "the first", Fixed), Recipe("second", "the second", Fixed))
    standing = Policy(labels=50, looks=0, window=100, outcomes=2, slack=1.0)
    contest = probation = QUICK


SMALL = Small()


def example(seq: int, predictions: dict[str, float], label: float) -> Example:
    features = dict.fromkeys(SMALL.feature_names, 0.0) | {"songs_1d": float(seq)}
    at = START + seq * 60_000
    wait = SMALL.horizon + SMALL.grace
    first = next(iter(predictions))
    return Example(
        id=f"{seq}",
        user_id=f"u{seq % 40}",
        at=at,
        age=0,
        window=0,
        gain=label,
        label=label,
        label_at=at + wait,
        due=at + wait,
        known=0.0,
        features=features,
        predictions=predictions,
        chance=None,
        version=f"{first}@{seq}",
        partition=0,
        seq=seq,
    )


def feed(learner: Learner, count: int, **sure: float) -> list[Decision]:
    """So many labels, a tenth positive; each model says the truth as surely as is said here."""
    for _ in range(count):
        seq = learner.position + 1
        label = float(seq % 10 == 0)
        says = {
            name: 0.5 + (sure.get(name.partition("~")[0], 0.1) * (label - 0.5))
            for name in learner.models
        }
        learner.learn(example(seq, says, label))
    return learner.collect_decisions()


def challenge(model: str, position: int) -> Challenge:
    return Challenge("1-a", "drift", model, position, b"", "best of three")


def names(learner: Learner) -> tuple[list[str], list[str], str]:
    lineup = learner.lineup
    return list(learner.models), list(lineup.challengers), lineup.former


def test_a_better_challenger_is_promoted_and_confirmed() -> None:
    learner = Learner(SMALL)
    [promoted] = feed(learner, 50, second=0.9)
    assert (promoted.kind, promoted.model, promoted.by) == ("promoted", "second", "policy")
    assert (promoted.champion, promoted.position) == ("second@50", 50)
    assert promoted.evidence is not None
    assert names(learner) == (["second", "first"], [], "first")
    [confirmed] = feed(learner, 100, second=0.9)
    assert (confirmed.kind, confirmed.model) == ("confirmed", "second")
    assert learner.lineup.probation is None
    assert names(learner) == (["second", "first"], ["first"], "first"), "it may come back"


def test_a_challenger_that_is_no_better_is_dropped() -> None:
    learner = Learner(SMALL)
    learner.grant(challenge("first~20181001", 0), Fixed())
    [challenged, dropped] = feed(learner, 100)
    assert (challenged.kind, dropped.kind) == ("challenged", "dropped")
    assert dropped.model == "first~20181001"
    assert names(learner) == (["first", "second"], ["second"], "")
    assert [report.model for report in learner.prequential.report()] == ["first", "second"]


def test_one_that_always_shadows_takes_the_place_back_when_the_world_turns() -> None:
    learner = Learner(SMALL)
    decided = feed(learner, 200, second=0.9) + feed(learner, 300, first=0.9)
    assert [(d.kind, d.model) for d in decided if d.kind == "promoted"] == [
        ("promoted", "second"),
        ("promoted", "first"),
    ]
    assert learner.lineup.former == "second"


def test_who_turns_out_worse_in_its_probation_gives_the_place_back() -> None:
    learner = Learner(SMALL)
    assert learner.grant(Promote("1-a", "ann"))
    [promoted] = learner.collect_decisions()
    assert (promoted.kind, promoted.by, promoted.wish) == ("promoted", "ann", "1-a")
    [back] = feed(learner, 50, first=0.9)
    assert (back.kind, back.model, back.champion) == ("rolled_back", "second", "first@50")
    assert back.by == "policy"
    assert names(learner) == (["first", "second"], ["second"], "")


def test_the_former_champion_goes_on_learning_and_can_be_asked_back() -> None:
    learner = Learner(SMALL)
    learner.grant(Promote("1-a", "ann", "second"))
    feed(learner, 30)
    former = learner.models["first"]
    assert isinstance(former, Fixed)
    assert former.learnt == [float(n) for n in range(1, 31)]
    learner.grant(Rollback("2-b", "ann"))
    assert [d.kind for d in learner.collect_decisions()] == ["rolled_back"]
    assert learner.lineup.champion == "first"


def test_who_comes_late_is_taught_what_it_has_missed() -> None:
    learner, late = Learner(SMALL), Fixed()
    feed(learner, 20)
    for n in range(1, 11):
        late.learn({"songs_1d": float(n)}, 0.0)
    assert learner.grant(challenge("first~20181001", 10), late)
    [challenged] = learner.collect_decisions()
    assert (challenged.kind, challenged.model) == ("challenged", "first~20181001")
    assert challenged.reason == "best of three"
    feed(learner, 5)
    assert late.learnt == [float(n) for n in range(1, 26)]
    assert names(learner)[1] == ["second", "first~20181001"]


def test_who_is_ahead_waits_and_who_is_too_far_behind_is_refused() -> None:
    learner = Learner(SMALL)
    feed(learner, 5)
    assert not learner.grant(challenge("first~20181001", 6), Fixed())
    assert learner.collect_decisions() == []
    restarted = Learner.restore(SMALL, learner.checkpoint())
    assert restarted.grant(challenge("first~20181001", 4), Fixed())
    [refused] = restarted.collect_decisions()
    assert refused.kind == "refused"
    assert "too far behind" in refused.reason


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (Promote("1-a", "ann", "third"), "no challenger; there are: second"),
        (Drop("1-a", "ann", "first"), "no challenger"),
        (Rollback("1-a", "ann"), "no former champion"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(wish: Any, why: str) -> None:
    learner = Learner(SMALL)
    assert learner.grant(wish)
    [refused] = learner.collect_decisions()
    assert refused.kind == "refused"
    assert why in refused.reason
    assert names(learner) == (["first", "second"], ["second"], "")


def test_a_name_is_needed_where_there_are_several() -> None:
    learner = Learner(SMALL)
    learner.grant(challenge("first~20181001", 0), Fixed())
    learner.grant(Promote("2-b", "ann"))
    assert "name one: second, first~20181001" in learner.collect_decisions()[-1].reason
    learner.grant(Drop("3-c", "ann", "second"))
    learner.grant(Promote("4-d", "ann"))
    assert learner.lineup.champion == "first~20181001"


def test_a_name_that_is_there_is_refused() -> None:
    learner = Learner(SMALL)
    learner.grant(challenge("second", 0), Fixed())
    assert "already" in learner.collect_decisions()[-1].reason


def test_stopped_in_the_middle_of_a_contest_the_same_is_decided() -> None:
    whole, stopped = Learner(SMALL), Learner(SMALL)
    feed(stopped, 30, second=0.9)
    stopped = Learner.restore(SMALL, stopped.checkpoint())
    decided = feed(whole, 200, second=0.9)
    assert feed(stopped, 170, second=0.9) == decided
    assert [d.kind for d in decided] == ["promoted", "confirmed"]
    assert len({d.id for d in decided}) == len(decided)


def test_decisions_not_collected_yet_survive_a_restart() -> None:
    learner = Learner(SMALL)
    learner.grant(Drop("1-a", "ann"))
    again = Learner.restore(SMALL, learner.checkpoint())
    assert [d.kind for d in again.collect_decisions()] == ["dropped"]


def test_a_line_up_can_be_pickled_whatever_happened() -> None:
    learner = Learner(SMALL)
    learner.grant(Promote("1-a", "ann"))
    assert pickle.loads(pickle.dumps(learner.lineup)).champion == "second"
