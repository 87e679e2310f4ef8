"""The champion alone: what retraining gives by itself, where nobody shadows it already."""

from typing import Any

from benchmarks.quality import played as quality
from benchmarks.retraining.played import Played
from models import domains
from models.domain import Domain
from models.plan import Plan
from replay.generate import load as load_maker
from stream.settings import load


def play_alone(plan: Plan, *, retraining: bool) -> Played:
    """Play a log in one process, where a retraining takes no time and nothing goes by the clock.

    Args:
        plan: of the log.
        retraining: whether models are retrained, on drift only.
    """
    settings = load({"retrain_schedule": "", "retrain_on_drift": retraining})
    lines = (line for _, line in load_maker("churn")(plan))
    found = quality.play(_alone(domains.load("churn")), lines, settings)
    return Played(found.examples, found.decisions, found.alarms)


def _alone(domain: Domain[Any, Any]) -> Domain[Any, Any]:
    """Return the domain without its standing challengers: a retraining may try them."""
    shadows = domain.recipes[1:]
    parts = {"recipes": domain.recipes[:1], "candidates": (*shadows, *domain.candidates)}
    alone: Domain[Any, Any] = type("Alone", (type(domain),), parts)()
    return alone
