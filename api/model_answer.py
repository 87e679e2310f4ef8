"""What is said of the model that scores now, to who asks and to who listens."""

from typing import Any

from api.serving import Serving, examples_of
from models.recipes import LinearModel


def model_answer(serving: Serving) -> dict[str, Any]:
    """Return version and figures."""
    domain = serving.domain
    recipes = {recipe.name: recipe for recipe in domain.recipes}
    champion, version = domain.recipes[0], serving.models.version
    return {
        "domain": domain.name,
        "version": version,
        "recipe": champion.name,
        "title": champion.title,
        "objective": domain.objective.kind,
        "headline": domain.objective.headline,
        "examples": examples_of(version),
        "published": serving.published,
        "metrics": [
            {**row, "title": recipes[row["recipe"]].title}
            for row in serving.report
            if row["recipe"] in recipes
        ],
    }


def feature_rows(serving: Serving) -> list[dict[str, Any]]:
    """Return what the champion makes of every feature."""
    names, models = serving.domain.feature_names, serving.models
    weights: dict[str, float] = {}
    if isinstance(models.champion, LinearModel):
        weights = dict(zip(names, models.champion.linear(names).weights, strict=True))
    return [
        {"feature": name, "weight": weights.get(name), "mean": models.means[name]} for name in names
    ]
