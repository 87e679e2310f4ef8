"""Things to track: a retraining's report with figures as real ones are, and learnt models."""

import random
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from models import domains
from models.curves import curves
from models.domain import Domain
from models.origin import Origin, midnight
from models.predictors import Predictors
from models.training.report import AgeReport, RetrainingReport, TrialReport, WindowFigures
from models.training.schema import schema_of
from stream.tracking.entries import Live, Registration, Role, registration

DAY = 86_400_000
START = 1_704_067_200_000
KEY = b"a-key-of-the-tests"

Floats = NDArray[np.float64]


def learnt(domain: str, version: str, examples: int = 300, seed: int = 1) -> Predictors:
    """Return a model of a domain's first recipe that has learnt made-up examples."""
    chosen: Domain[Any, Any] = domains.load(domain)
    rng = random.Random(seed)
    model = chosen.recipes[0].build()
    means = dict.fromkeys(chosen.feature_names, 0.0)
    for _ in range(examples):
        features = row(chosen, rng)
        signal = sum(list(features.values())[:4]) + rng.gauss(0, 1)
        came = float(signal > 5) if chosen.objective.kind == "chance" else max(0.0, signal - 5)
        model.learn(features, came, 0)
        means = {name: mean + features[name] / examples for name, mean in means.items()}
    return Predictors(version, {version.partition("@")[0]: model}, means, chosen.objective)


def row(domain: Domain[Any, Any], rng: random.Random) -> dict[str, float]:
    """Return features as a user may have them."""
    return {name: rng.uniform(0.0, 2.0) for name in domain.feature_names}


def registered(
    version: str, role: Role = "champion", domain: str = "churn", retraining: str = ""
) -> Registration:
    """Return a version to register."""
    title = domains.load(domain).recipes[0].title
    return registration(
        domain,
        learnt(domain, version),
        KEY,
        title=title,
        next_offset=15_437,
        role=role,
        retraining=retraining,
    )


def live(version: str, position: int, auc: float | None = 0.8, domain: str = "churn") -> Live:
    """Return figures of a champion."""
    ages = domains.load(domain).ages
    return Live(
        domain=domain,
        version=version,
        wall_ms=1_760_000_000_000 + position * 1000,
        event_ms=START + position * 60_000,
        position=position,
        figures={age: {"auc": auc, "log_loss": 0.12, "labels": position} for age in ages},
        drift={"alarms": 1.0, "psi songs_7d": 0.04, "psi?strange": 0.1},
    )


def report(id_: str, domain: str = "churn", trials: int = 3) -> RetrainingReport:
    """Return a report: a champion that fades, and candidates better and worse than it."""
    chosen: Domain[Any, Any] = domains.load(domain)
    rng = np.random.default_rng(7)
    tried = [_trial(chosen, n, rng) for n in range(trials)]
    return RetrainingReport(
        id=id_,
        domain=domain,
        by="drift",
        reason="The ranking has become worse: AUC 0.74, it was 0.81 two weeks ago.",
        started_at=1_760_000_000_000,
        finished_at=1_760_000_184_000,
        versions={"weir": "0.1.0", "river": "0.26.1", "python": "3.11"},
        schema=schema_of(chosen.feature_names),
        first_offset=1_200,
        next_offset=15_437,
        position=15_400,
        first_at=START,
        last_at=START + 60 * DAY,
        judged_since=START + 20 * DAY,
        judged_until=START + 60 * DAY,
        judged=4_000,
        champion="kalman_logistic@15400",
        champion_ages=_ages(chosen, 0.9, rng),
        trials=tried,
        chosen=tried[0].model if tried else "",
        why="It is better than the champion, and surely so: at least by 0.004 in log loss.",
        seed=17,
    )


def _trial(domain: Domain[Any, Any], number: int, rng: np.random.Generator) -> TrialReport:
    recipe = domain.recipes[number % len(domain.recipes)]
    day = ("20181102", "20181020", "", "20181010")[number % 4]
    since = midnight(day) if day else 0
    gain = 0.009 - 0.006 * number
    effects = np.sort(rng.exponential(0.2, len(domain.feature_names)))[::-1]
    return TrialReport(
        model=str(Origin(recipe.name, since)),
        recipe=recipe.name,
        title=recipe.title,
        since=since,
        parameters={"halflife": 20.0, "prior": "wide", **recipe.parameters},
        labels=4_000,
        gain=gain,
        low=gain - 0.005,
        high=gain + 0.005,
        ages=_ages(domain, 1.4 - 0.25 * number, rng),
        effects=dict(zip(domain.feature_names, effects.tolist(), strict=True)),
        learnt=15_400 if not since else 3_400,
        seconds=12.5 + number,
    )


def _ages(domain: Domain[Any, Any], skill: float, rng: np.random.Generator) -> list[AgeReport]:
    found = []
    for age, name in enumerate(domain.ages):
        predictions, labels = _made(domain, skill * (1 + 0.3 * age), rng)
        windows = [
            WindowFigures(
                START + first // 500 * 5 * DAY,
                START + (first // 500 + 1) * 5 * DAY,
                _figures(domain, predictions[first : first + 500], labels[first : first + 500]),
            )
            for first in range(0, len(labels), 500)
        ]
        is_chance = domain.objective.kind == "chance"
        found.append(
            AgeReport(
                age=name,
                figures=_figures(domain, predictions, labels),
                windows=windows,
                curves=curves(predictions, labels, chance=is_chance),
                precision=_precision(predictions, labels) if is_chance else [],
            )
        )
    return found


def _made(
    domain: Domain[Any, Any], skill: float, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    z = rng.normal(size=4_000)
    if domain.objective.kind == "chance":
        p = 1 / (1 + np.exp(3.0 - skill * z))
        return p, (rng.uniform(size=len(p)) < p).astype(np.float64)
    expected = np.exp(skill * z - 1.0)
    pays = rng.uniform(size=len(z)) < 0.1
    return expected, np.where(pays, expected * 10 * rng.gamma(2.0, 0.5, len(z)), 0.0)


def _figures(domain: Domain[Any, Any], p: Floats, y: Floats) -> dict[str, float | None]:
    return msgspec.to_builtins(domain.objective.evaluate(p.tolist(), y.tolist()))  # type: ignore[no-any-return]  # a struct of figures


def _precision(p: Floats, y: Floats) -> list[tuple[float, float]]:
    ranked = y[np.argsort(-p)]
    hits = np.cumsum(ranked)
    cuts = np.unique(np.geomspace(20, len(y), 40).astype(int)) - 1
    return [(float(hits[n] / hits[-1]), float(hits[n] / (n + 1))) for n in cuts]
