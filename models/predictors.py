"""The models of one version, ready to serve."""

from models.reasons import Describer, Reason, linear_effects, occlusion_effects, strongest
from models.recipes import Linear, LinearModel, Model


class Predictors:
    """Champion and challengers as they stood after so many examples; they learn no more.

    Features stand in the domain's order, wherever they are taken.

    Args:
        version: the champion's recipe and the number of examples taken in.
        models: by recipe name, the champion first.
        means: the average example: what reasons compare with; every feature in order.
    """

    def __init__(self, version: str, models: dict[str, Model], means: dict[str, float]) -> None:
        self.version = version
        self.models = models
        self.means = means
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

    def explain(self, domain: Describer, features: dict[str, float], top: int = 5) -> list[Reason]:
        """Return the features that move the champion's score most, the strongest first."""
        if self._linear is None:
            effects = occlusion_effects(self.champion, features, self.means)
        else:
            effects = linear_effects(self._linear, features, self.means)
        return strongest(domain, features, effects, top)
