"""Prequential evaluation: exact over the window, bounded for ever, by version."""

import pickle
import random

import pytest

from models.metrics import evaluate
from models.objective import CHANCE
from models.prequential import WINDOW, Prequential
from models.versions import LIMIT, position_of

RECIPES = ("champion", "challenger")


def judged(count: int, seed: int) -> list[tuple[dict[str, float], float]]:
    rng = random.Random(seed)
    made = []
    for _ in range(count):
        p = rng.betavariate(1.0, 15.0)
        made.append(({"champion": p, "challenger": rng.random()}, float(rng.random() < p)))
    return made


def fed(log: list[tuple[dict[str, float], float]], step: int = 1) -> Prequential:
    prequential = Prequential(RECIPES, CHANCE)
    for number, (predictions, label) in enumerate(log):
        prequential.update(predictions, label, f"champion@{number // step}")
    return prequential


def test_before_any_label_there_are_no_figures() -> None:
    champion, challenger = Prequential(RECIPES, CHANCE).report()
    assert (champion.model, challenger.model) == RECIPES
    assert champion.cumulative.labels == champion.rolling.labels == 0
    assert champion.cumulative == CHANCE.no_figures
    assert champion.versions == []


def test_the_window_is_exact_and_keeps_the_newest() -> None:
    log = judged(WINDOW + 700, 1)
    for recipe, report in zip(RECIPES, fed(log).report(), strict=True):
        newest = log[-WINDOW:]
        exact = evaluate([predictions[recipe] for predictions, _ in newest], [y for _, y in newest])
        assert report.rolling == exact


def test_the_cumulative_view_is_close_to_exact() -> None:
    log = judged(6000, 2)
    for recipe, report in zip(RECIPES, fed(log).report(), strict=True):
        exact = evaluate([predictions[recipe] for predictions, _ in log], [y for _, y in log])
        found = report.cumulative
        assert (found.labels, found.positives) == (exact.labels, exact.positives)
        for name in ("auc", "pr_auc", "log_loss", "brier", "mean_prediction", "ece"):
            assert getattr(found, name) == pytest.approx(getattr(exact, name), abs=0.005), name


def test_versions_are_told_apart_while_there_are_few() -> None:
    log = judged(1000, 3)
    champion = fed(log, step=100).report()[0]
    assert [part.first for part in champion.versions] == [f"champion@{n}" for n in range(10)]
    for number, part in enumerate(champion.versions):
        own = log[100 * number : 100 * (number + 1)]
        exact = evaluate([predictions["champion"] for predictions, _ in own], [y for _, y in own])
        assert part.metrics.positives == exact.positives
        assert part.metrics.mean_prediction == pytest.approx(exact.mean_prediction, abs=0.005)


def test_many_versions_become_few_ranges_that_lose_no_label() -> None:
    parts = fed(judged(5000, 4)).report()[0].versions
    assert len(parts) == LIMIT
    assert sum(part.metrics.labels for part in parts) == 5000
    assert max(part.metrics.labels for part in parts) < 1000
    bounds = [position_of(v) for part in parts for v in (part.first, part.last)]
    assert bounds == sorted(bounds)
    assert (bounds[0], bounds[-1]) == (0, 4999)


def test_labels_out_of_order_find_their_version() -> None:
    prequential = Prequential(RECIPES, CHANCE)
    for version in (5, 9, 7, 5, 9, 1, 7):
        prequential.update({"champion": 0.1}, 0.0, f"champion@{version}")
    versions = prequential.report()[0].versions
    assert [(part.first, part.metrics.labels) for part in versions] == [
        ("champion@1", 1),
        ("champion@5", 2),
        ("champion@7", 2),
        ("champion@9", 2),
    ]


def test_a_recipe_without_prediction_is_left_out() -> None:
    prequential = Prequential(RECIPES, CHANCE)
    prequential.update({"champion": 0.2, "retired": 0.9}, 1.0, "champion@1")
    champion, challenger = prequential.report()
    assert champion.cumulative.labels == 1
    assert challenger.cumulative.labels == 0
    assert prequential.labels == 1


def test_memory_stays_bounded() -> None:
    early, late = fed(judged(WINDOW * 2, 5)), fed(judged(WINDOW * 6, 5))
    assert len(pickle.dumps(late)) < 1.5 * len(pickle.dumps(early))
