"""What is said of the model that scores now, to who asks and to who listens."""

from typing import Any

from api.serving import Serving, examples_of
from models.contest.policy import Policy
from models.domain import Domain
from models.errors import UnknownRecipe
from models.origin import Origin, Version
from models.recipes import LinearModel


def model_answer(serving: Serving) -> dict[str, Any]:
    """Return version, figures, and how the contests stand."""
    domain, version = serving.domain, serving.models.version
    champion = Version.parse(version).origin
    lineup = serving.lineup or {}
    probation = lineup.get("probation")
    return {
        "domain": domain.name,
        "version": version,
        "model": str(champion),
        "recipe": champion.recipe,
        "title": title_of(domain, str(champion)),
        "objective": domain.objective.kind,
        "headline": domain.objective.headline,
        "examples": examples_of(version),
        "published": serving.published,
        "metrics": [_row(domain, lineup, row) for row in serving.report],
        "probation": probation and _open(domain.probation, probation),
        "challengers": [
            _open(domain.policy_for(one["model"]), one) for one in lineup.get("challengers", ())
        ],
    }


def _open(policy: Policy, evidence: dict[str, Any]) -> dict[str, Any]:
    most = policy.labels * policy.looks or None
    return {**evidence, "most_labels": most, "least_outcomes": policy.outcomes}


def _row(domain: Domain[Any, Any], lineup: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    name = row["model"]
    roles = {lineup.get("champion"): "champion", lineup.get("former"): "former"}
    return {
        **row,
        "recipe": Origin.parse(name).recipe,
        "title": title_of(domain, name),
        "role": roles.get(name, "challenger"),
    }


def title_of(domain: Domain[Any, Any], model: str) -> str:
    """Return what a model is, for people; its recipe's name where the domain knows no more."""
    recipe = Origin.parse(model).recipe
    try:
        return domain.recipe(recipe).title
    except UnknownRecipe:  # of an older release
        return recipe


def feature_rows(serving: Serving) -> list[dict[str, Any]]:
    """Return what the champion makes of every feature."""
    names, models = serving.domain.feature_names, serving.models
    weights: dict[str, float] = {}
    if isinstance(models.champion, LinearModel):
        weights = dict(zip(names, models.champion.linear(names).weights, strict=True))
    return [
        {"feature": name, "weight": weights.get(name), "mean": models.means[name]} for name in names
    ]
