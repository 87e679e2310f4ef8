"""The models of one version, ready to serve."""

from operator import mul

from models.logistic import sigmoid
from models.reasons import Describer, Reason, linear_effects, occlusion_effects, strongest
from models.recipes import LinearModel, Model


class Predictors:
    """Champion and challengers as they stood after so many examples; they learn no more.

    Args:
        version: the champion's recipe and the number of examples learnt.
        models: by recipe name, the champion first.
        means: reference value of each feature, in the domain's order: what reasons compare with.
    """

    def __init__(self, version: str, models: dict[str, Model], means: dict[str, float]) -> None:
        self.version = version
        self.models = models
        self.means = means
        self.champion = next(iter(models.values()))
        self._linear = None
        if isinstance(self.champion, LinearModel):
            self._linear = self.champion.linear(tuple(means))
            self._bias, self._weights = self._linear

    def score(self, features: dict[str, float]) -> float:
        """Return the champion's prediction; the features stand in the domain's order."""
        if self._linear is None:
            return self.champion.predict(features)
        return sigmoid(sum(map(mul, self._weights, features.values()), self._bias))

    def predictions(self, features: dict[str, float]) -> dict[str, float]:
        """Return every model's prediction by recipe name, the champion first."""
        result = {name: model.predict(features) for name, model in self.models.items()}
        result[next(iter(result))] = self.score(features)
        return result

    def explain(self, domain: Describer, features: dict[str, float], top: int = 5) -> list[Reason]:
        """Return the features that move the champion's score most, the strongest first."""
        if self._linear is None:
            effects = occlusion_effects(self.champion, features, self.means)
        else:
            effects = linear_effects(self._linear, features, self.means)
        return strongest(domain, features, effects, top)
