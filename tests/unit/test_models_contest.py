"""The contest: looks, confidence, calibration, and who is taken for better by chance."""

import random
import statistics

import pytest
from sklearn.metrics import roc_auc_score

from models.contest.contest import Contest, Gain, Verdict
from models.contest.paired import difference, ranking_difference
from models.contest.policy import Policy
from models.objective import AMOUNT, CHANCE

SMALL = Policy(labels=500, looks=4, outcomes=5, slack=1.0)


def play(
    policy: Policy, one: float, other: float, *, labels: int = 5_000, seed: int = 1
) -> tuple[Verdict | None, Contest]:
    """A tenth of 200 users cancel; of the sure ones a model says so with the given strength."""
    rng = random.Random(seed)
    contest = Contest("one", "other", policy)
    leaves = {f"u{n}": rng.random() < 0.1 for n in range(200)}
    for n in range(labels):
        user = f"u{n % 200}"
        label = float(leaves[user])
        sign = 1.0 if leaves[user] else -1.0
        noise = rng.gauss(0.0, 0.02)
        said = {
            name: min(0.99, max(0.01, 0.1 + strength * sign * 0.09 + noise))
            for name, strength in (("one", one), ("other", other))
        }
        verdict = contest.add(user, said, label, CHANCE)
        if verdict:
            return verdict, contest
    return None, contest


def test_the_better_one_is_found_at_the_first_look() -> None:
    verdict, contest = play(SMALL, 1.0, 0.1)
    assert (verdict, contest.labels, contest.looks) == ("better", 500, 1)
    evidence = contest.evidence(CHANCE)
    assert evidence.loss.low is not None
    assert 0.0 < evidence.loss.low < evidence.loss.mean
    assert evidence.ranking.low is not None
    assert 0.0 < evidence.ranking.low <= evidence.ranking.mean
    assert evidence.users == 200
    assert (evidence.figures["auc"] or 0.0) > (evidence.others["auc"] or 0.0)


def test_the_worse_one_is_found_too() -> None:
    assert play(SMALL, 0.1, 1.0)[0] == "worse"


def test_who_stands_is_never_sent_away_and_may_be_better_later() -> None:
    standing = Policy(labels=250, looks=0, window=500, outcomes=5, slack=1.0)
    verdict, contest = play(standing, 0.1, 1.0)
    assert (verdict, contest.looks, contest.labels) == (None, 20, 500)
    # from now on the world is another: what was said before is forgotten
    for n in range(1_000):
        label = float(n % 10 == 0)
        said = {"one": 0.02 + 0.9 * label, "other": 0.1 + 0.001 * (n % 7)}
        verdict = verdict or contest.add(f"u{n % 200}", said, label, CHANCE)
    assert verdict == "better"


def test_who_ranks_better_is_better_though_the_loss_does_not_show_it() -> None:
    """Both say too little of the outcome for the loss, but one puts it in the right order."""
    rng = random.Random(4)
    contest = Contest("one", "other", Policy(labels=2_000, outcomes=5, slack=1.0))
    verdict = None
    for n in range(2_000):
        label = float(rng.random() < 0.05)
        hint = 0.0005 * label + rng.gauss(0.0, 0.0005)
        said = {"one": 0.05 + hint, "other": 0.05 + rng.gauss(0.0, 0.0005)}
        verdict = verdict or contest.add(f"u{n}", said, label, CHANCE)
    evidence = contest.evidence(CHANCE)
    assert verdict == "better"
    assert evidence.loss.mean < 0.001
    assert evidence.ranking.mean > 0.1


def test_the_difference_of_rankings_is_that_of_the_areas() -> None:
    rng = random.Random(5)
    labels = [float(rng.random() < 0.2) for _ in range(400)]
    ones = [round(rng.gauss(label, 1.0), 1) for label in labels]
    others = [round(rng.gauss(0.3 * label, 1.0), 1) for label in labels]
    found = ranking_difference(ones, others, labels, range(400))
    assert found.mean == pytest.approx(roc_auc_score(labels, ones) - roc_auc_score(labels, others))
    draws = []
    for _ in range(300):
        rows = [rng.randrange(400) for _ in range(400)]
        drawn = [[column[row] for row in rows] for column in (labels, ones, others)]
        draws.append(roc_auc_score(drawn[0], drawn[1]) - roc_auc_score(drawn[0], drawn[2]))
    assert found.error == pytest.approx(statistics.stdev(draws), rel=0.2)


def test_equals_are_spent_after_the_last_look() -> None:
    verdict, contest = play(SMALL, 0.5, 0.5)
    assert (verdict, contest.labels, contest.looks) == ("spent", 2_000, 4)


def test_a_better_one_that_is_off_in_calibration_is_not_promoted() -> None:
    strict = Policy(labels=500, looks=4, outcomes=5, slack=-1.0)
    assert play(strict, 1.0, 0.1)[0] == "spent"


def test_few_outcomes_decide_nothing() -> None:
    assert play(Policy(labels=500, looks=2, outcomes=150, slack=1.0), 1.0, 0.1)[0] == "spent"


def test_only_labels_that_both_predicted_count() -> None:
    contest = Contest("one", "other", SMALL)
    assert contest.add("u", {"one": 0.1}, 0.0, CHANCE) is None
    assert contest.add("u", {"other": 0.1, "third": 0.2}, 0.0, CHANCE) is None
    assert contest.labels == 0
    empty, none = contest.evidence(CHANCE), Gain(0.0, None, None)
    assert (empty.loss, empty.ranking, empty.users) == (none, none, 0)


def test_chance_alone_promotes_hardly_anyone() -> None:
    """Two models of one strength, each with noise of its own: 5% may be fooled, not more."""
    fooled = 0
    for seed in range(60):
        rng = random.Random(seed)
        contest = Contest("one", "other", Policy(labels=200, looks=10, outcomes=5))
        leaves = [rng.random() < 0.1 for _ in range(300)]
        for n in range(2_000):
            said = {name: min(0.9, max(0.01, rng.gauss(0.1, 0.03))) for name in ("one", "other")}
            user = n % 300
            if contest.add(f"u{user}", said, float(leaves[user]), CHANCE) == "better":
                fooled += 1
                break
    assert fooled <= 6


def test_amounts_are_judged_by_their_deviance() -> None:
    rng = random.Random(3)
    contest = Contest("one", "other", SMALL)
    verdict = None
    for n in range(2_000):
        mean = 1.0 + 9.0 * (n % 2)
        amount = rng.expovariate(1.0 / mean) if rng.random() < 0.5 else 0.0
        said = {"one": mean / 2.0, "other": 2.75}
        verdict = verdict or contest.add(f"u{n}", said, amount, AMOUNT)
    assert verdict == "better"


def test_labels_of_one_user_are_not_independent() -> None:
    """Ten copies of each user's difference tell no more than one."""
    rng = random.Random(2)
    once = [rng.gauss(0.1, 1.0) for _ in range(100)]
    alone = difference(once, range(100))
    copied = difference(once * 10, [*range(100)] * 10)
    assert copied.error == pytest.approx(alone.error)
    assert copied.users == 100
