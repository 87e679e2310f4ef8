"""The models of one version, ready to serve."""

from typing import Any

from models.objective import CHANCE, Objective
from models.reasons import Describer, Reason, linear_effects, occlusion_effects, strongest
from models.recipes import AmountModel, Linear, LinearModel, Model


class Predictors:
    """Champion and challengers as they stood after so many examples; they learn no more.

    Features stand in the domain's order, wherever they are taken.

    Args:
        version: the champion's recipe and the number of examples taken in.
        models: by recipe name, the champion first.
        means: the average example: what reasons compare with; every feature in order.
        objective: what they predict.
    """

    def __init__(
        self,
        version: str,
        models: dict[str, Model],
        means: dict[str, float],
        objective: Objective = CHANCE,
    ) -> None:
        self.version = version
        self.models = models
        self.means = means
        self.objective = objective
        self.champion = next(iter(models.values()))
        self._linear: Linear | None = None
        if isinstance(self.champion, LinearModel):
            self._linear = self.champion.linear(tuple(means))

    def score(self, features: dict[str, float]) -> float:
        """Return the champion's prediction."""
        if self._linear is None:
            return self.champion.predict(features)
        return self._linear.probability(features.values())

    def predictions(self, features: dict[str, float]) -> dict[str, float]:
        """Return every model's prediction by recipe name, the champion first."""
        return {name: model.predict(features) for name, model in self.models.items()}

    def chance(self, features: dict[str, float]) -> float | None:
        """Return the chance that anything of an amount is to come; None if that is not known."""
        return self.champion.chance(features) if isinstance(self.champion, AmountModel) else None

    def explain(
        self,
        domain: Describer,
        features: dict[str, float],
        data: Any,
        top: int = 5,
        known: float = 0.0,
    ) -> list[Reason]:
        """Return the features that move the champion's score most, the strongest first.

        Args:
            domain: puts them in words.
            features: of the user.
            data: the domain's part of the user's state.
            top: how many.
            known: what of the outcome is known; a reason of its own.
        """
        if isinstance(self.champion, AmountModel):
            effects = self.champion.effects(features)
        elif self._linear is not None:
            effects = linear_effects(self._linear, features, self.means)
        elif self.objective.kind == "chance":
            effects = occlusion_effects(self.champion, features, self.means)
        else:
            effects = occlusion_effects(self.champion, features, self.means, float)
        if known:
            effects[domain.known_by] = effects.get(domain.known_by, 0.0) + known
        return strongest(domain, features, effects, data, top)
