"""The bake-off meets a log as the backtest did, and every candidate can serve."""

import json
import math
import pickle
from functools import cache

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks.quality.bakeoff import main
from benchmarks.quality.bakeoff_figures import judge
from benchmarks.quality.bakeoff_view import summary, table
from benchmarks.quality.logs import logs, planned
from benchmarks.quality.rerun import Rerun
from models import domains
from models.recipes import Recipe

SMALL = {"churn": (30, 36), "revenue": (300, 20)}


@cache
def played(name: str) -> Rerun:
    domain = domains.load(name)
    users, days = SMALL[name]
    _, records = next(logs((), domain, planned(domain, (1,), users, days)))
    return Rerun(domain, records)


@pytest.fixture(params=list(SMALL))
def rerun(request: pytest.FixtureRequest) -> tuple[str, Rerun]:
    return request.param, played(request.param)


CANDIDATES = [
    pytest.param(domain, recipe, id=f"{domain}-{recipe.name}")
    for domain in SMALL
    for recipe in domains.load(domain).candidates
]


def test_a_recipe_in_use_says_what_it_said_in_the_backtest(rerun: tuple[str, Rerun]) -> None:
    name, log = rerun
    for recipe in domains.load(name).recipes:
        found = log.meet(recipe)
        said = [snapshot.predictions[recipe.name] for snapshot in log.snapshots]
        assert found.predictions.tolist() == said
        assert found.learn_us > 0.0
        assert found.predict_us > 0.0
    assert len(log.snapshots) > 300


def test_the_champion_is_compared_with_itself_and_with_others(rerun: tuple[str, Rerun]) -> None:
    name, log = rerun
    domain = domains.load(name)
    told: list[str] = []
    found = judge("a log", log, domain, domain.recipes[:2], 12, told.append)
    assert told == [recipe.name for recipe in domain.recipes[:2]]
    for heat in found.heats:
        champion, other = heat.entries
        assert (champion.difference, champion.noise) == (0.0, 0.0)
        own, theirs = (getattr(e.figures, domain.objective.headline) for e in (champion, other))
        assert other.difference == pytest.approx(theirs - own)
        assert other.noise > 0.0
    assert table(found).row_count == 2 * len(found.heats)
    assert summary([found, found]).row_count == 2 * len(found.heats)


@pytest.mark.parametrize(("domain", "recipe"), CANDIDATES)
def test_every_candidate_serves_and_is_the_same_after_pickling(domain: str, recipe: Recipe) -> None:
    chosen, model = domains.load(domain), recipe.build()
    examples = played(domain).snapshots[:300]
    for number, example in enumerate(examples):
        if number == len(examples) // 2:
            again = pickle.loads(pickle.dumps(model))
        said = model.predict(example.features)
        assert math.isfinite(said)
        assert chosen.objective.valid(said)
        model.learn(example.features, example.gain, example.window)
        if number >= len(examples) // 2:
            assert again.predict(example.features) == said
            again.learn(example.features, example.gain, example.window)
    fresh = recipe.build()
    for example in examples:
        fresh.learn(example.features, example.gain, example.window)
    assert fresh.predict(example.features) == model.predict(example.features)


def test_the_command_prints_one_json_object() -> None:
    arguments = ["--generate", "1", "--users", "15", "--days", "30", "--warmup", "12"]
    result = CliRunner().invoke(main, [*arguments, "--recipe", "steady_kalman", "--json"])
    assert result.exit_code == 0, result.output
    (log,) = json.loads(result.stdout)["logs"]
    names = [entry["recipe"] for entry in log["heats"][0]["entries"]]
    assert names[0] == domains.load("churn").recipes[0].name
    assert "steady_kalman" in names
    assert np.isfinite([entry["difference"] for entry in log["heats"][0]["entries"]]).all()


def test_what_is_no_recipe_is_refused() -> None:
    result = CliRunner().invoke(main, ["--recipe", "tarot"])
    assert result.exit_code == 2
    assert "tarot" in result.output
