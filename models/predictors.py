"""The models of one version, ready to serve."""

from typing import Any, NamedTuple

from models.calibrate import log_odds
from models.objective import CHANCE, Objective
from models.reasons import Describer, Reason, linear_effects, occlusion_effects, strongest
from models.recipes import AmountModel, Linear, LinearModel, Model


class Judgement(NamedTuple):
    """A score with all that is said about it.

    Attributes:
        score: what is known of the outcome, and what is still expected.
        chance: that an amount is above 0; None where no amount is predicted, or it is not told.
        reasons: what moves the score most, the strongest first.
    """

    score: float
    chance: float | None
    reasons: list[Reason]


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
        self._amounts = self.champion if isinstance(self.champion, AmountModel) else None

    def score(self, features: dict[str, float]) -> float:
        """Return the champion's prediction."""
        if self._linear is None:
            return self.champion.predict(features)
        return self._linear.probability(features.values())

    def predictions(self, features: dict[str, float]) -> dict[str, float]:
        """Return every model's prediction by recipe name, the champion first."""
        return {name: model.predict(features) for name, model in self.models.items()}

    def chance(self, features: dict[str, float]) -> float | None:
        """Return the champion's chance that more comes; None where no amount is predicted."""
        return None if self._amounts is None else self._amounts.assess(features).chance

    def expect(self, features: dict[str, float], known: float = 0.0) -> tuple[float, float | None]:
        """Return score and chance as ``judge`` does, to the last bit, without the reasons.

        Args:
            features: of the user.
            known: what of the outcome is known.
        """
        if self._amounts is None:
            return known + self.score(features), None
        still, chance, _ = self._amounts.assess(features)
        return known + still, 1.0 if known else chance

    def judge(
        self,
        domain: Describer,
        features: dict[str, float],
        data: Any,
        known: float = 0.0,
        top: int = 5,
    ) -> Judgement:
        """Return the champion's score with its reasons, the strongest first.

        Args:
            domain: puts reasons in words.
            features: of the user.
            data: the domain's part of the user's state.
            known: what of the outcome is known; a reason of its own.
            top: how many reasons.
        """
        chance: float | None = None
        if self._amounts is not None:
            still, chance, effects = self._amounts.assess(features)
        else:
            still, effects = self.score(features), self._effects(features)
        if known:
            chance = 1.0 if chance is not None else None
            effects[domain.known_by] = effects.get(domain.known_by, 0.0) + known
        return Judgement(known + still, chance, strongest(domain, features, effects, data, top))

    def _effects(self, features: dict[str, float]) -> dict[str, float]:
        if self._linear is not None:
            return linear_effects(self._linear, features, self.means)
        scale = log_odds if self.objective.kind == "chance" else float
        return occlusion_effects(self.champion, features, self.means, scale)
