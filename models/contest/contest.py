"""The contest: who is better, the one that serves or the other, on the same labels?

Both predicted the same snapshots when they were taken. Who is better by the loss or by the ranking,
and not worse by the loss nor in calibration, is the better one.
"""

from array import array
from math import isfinite
from typing import Literal
from zlib import crc32

import msgspec
import numpy as np

from models.contest.paired import Difference, difference, ranking_difference
from models.contest.policy import Policy
from models.objective import Objective

#: ``better``, ``worse``: with the confidence asked for. ``spent``: neither, after the last look.
Verdict = Literal["better", "worse", "spent"]


class Gain(msgspec.Struct, frozen=True):
    """By how much a model is better.

    Attributes:
        mean: above 0, it is better.
        low: it is above this with the confidence of a look; None where there is none.
        high: it is below this likewise.
    """

    mean: float
    low: float | None
    high: float | None


class Evidence(msgspec.Struct, frozen=True):
    """What a contest has shown so far.

    Attributes:
        model: who is judged.
        against: by comparison with whom.
        labels: how many, of snapshots that both predicted.
        users: whose.
        outcomes: users of them with an outcome.
        loss: mean loss of the other one minus that of the model.
        ranking: AUC of the model minus that of the other one, for who has an outcome.
        looks: how many looks there have been.
        most_looks: how many there will be at most; 0 for no end.
        figures: of the model on these labels.
        others: those of the other one.
    """

    model: str
    against: str
    labels: int
    users: int
    outcomes: int
    loss: Gain
    ranking: Gain
    looks: int
    most_looks: int
    figures: dict[str, float | None]
    others: dict[str, float | None]


class Contest:
    """One model against another, label by label, until it is decided.

    Args:
        model: the name of the one that is judged.
        against: the other's.
        policy: when it is decided.
    """

    def __init__(self, model: str, against: str, policy: Policy) -> None:
        self.model, self.against, self.policy = model, against, policy
        self.looks = 0
        self._came = 0
        self._users = array("L")
        self._labels, self._ones, self._others = array("d"), array("d"), array("d")

    @property
    def labels(self) -> int:
        """How many labels are looked at."""
        return len(self._labels)

    def add(
        self, user_id: str, predictions: dict[str, float], label: float, objective: Objective
    ) -> Verdict | None:
        """Take in a label; return the verdict, if this one brings it.

        Args:
            user_id: whose label it is.
            predictions: what was predicted, by model; left out when one of the two did not.
            label: what came.
            objective: what is predicted.
        """
        one, other = predictions.get(self.model), predictions.get(self.against)
        if one is None or other is None:
            return None
        self._users.append(crc32(user_id.encode()))
        self._labels.append(label)
        self._ones.append(one)
        self._others.append(other)
        self._came += 1
        if self._came < self.policy.labels * (self.looks + 1):
            return None
        if self.policy.window:
            for column in (self._users, self._labels, self._ones, self._others):
                del column[: -self.policy.window]
        return self._look(objective)

    def _look(self, objective: Objective) -> Verdict | None:
        self.looks += 1
        found, policy = self.evidence(objective), self.policy
        if found.outcomes >= policy.outcomes:
            if _below(found.loss):
                return "worse" if policy.looks else None
            better = _above(found.loss) or _above(found.ranking)
            if better and self._calibrated(found, objective):
                return "better"
        return "spent" if 0 < policy.looks <= self.looks else None

    def _calibrated(self, found: Evidence, objective: Objective) -> bool:
        off, usual = (objective.off(figures) for figures in (found.figures, found.others))
        return off <= usual + self.policy.slack

    def evidence(self, objective: Objective) -> Evidence:
        """Return what has been shown so far."""
        labels, ones, others = map(np.array, (self._labels, self._ones, self._others))
        users = np.array(self._users)
        losses = objective.loss(others, labels) - objective.loss(ones, labels)
        by_loss = difference(losses, users)
        return Evidence(
            model=self.model,
            against=self.against,
            labels=self.labels,
            users=by_loss.users,
            outcomes=len(np.unique(users[labels > 0.0])),
            loss=self._gain(by_loss),
            ranking=self._gain(ranking_difference(ones, others, labels, users)),
            looks=self.looks,
            most_looks=self.policy.looks,
            figures=msgspec.structs.asdict(objective.evaluate(self._ones, self._labels)),
            others=msgspec.structs.asdict(objective.evaluate(self._others, self._labels)),
        )

    def _gain(self, found: Difference) -> Gain:
        low, high = found.bounds(self.policy.doubt)
        return Gain(found.mean, low if isfinite(low) else None, high if isfinite(high) else None)


def _above(gain: Gain) -> bool:
    return gain.low is not None and gain.low > 0.0


def _below(gain: Gain) -> bool:
    return gain.high is not None and gain.high < 0.0
