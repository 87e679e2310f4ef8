"""The contest: who is better, the one that serves or the other, on the same labels?

Both predicted the same snapshots when they were taken. Looking again and again until chance smiles
would promote anyone: so there are so many looks and no more, and the confidence holds for all of
them together (Bonferroni; Pocock: "Group sequential methods", Biometrika 64, 1977, for the idea).
"""

from array import array
from math import isfinite
from typing import Literal
from zlib import crc32

import msgspec
import numpy as np

from models.contest.paired import difference
from models.contest.policy import Policy
from models.objective import Objective

#: ``better``, ``worse``: with the confidence asked for. ``spent``: neither, after the last look.
Verdict = Literal["better", "worse", "spent"]


class Evidence(msgspec.Struct, frozen=True):
    """What a contest has shown so far.

    Attributes:
        model: who is judged.
        against: by comparison with whom.
        labels: how many, of snapshots that both predicted.
        users: whose.
        gain: mean loss of the other one minus that of the model: above 0, the model is better.
        low: the gain is above this with the confidence of a look; None where there is none.
        high: the gain is below this likewise.
        looks: how many looks there have been.
        most_looks: how many there will be at most.
        figures: of the model on these labels.
        others: those of the other one.
    """

    model: str
    against: str
    labels: int
    users: int
    gain: float
    low: float | None
    high: float | None
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
        self._users = array("L")
        self._labels, self._ones, self._others = array("d"), array("d"), array("d")

    @property
    def labels(self) -> int:
        """How many labels there are."""
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
        if self.labels < self.policy.labels * (self.looks + 1):
            return None
        return self._look(objective)

    def _look(self, objective: Objective) -> Verdict | None:
        self.looks += 1
        found, policy = self.evidence(objective), self.policy
        enough = self._users_with_outcome() >= policy.outcomes
        if enough and found.high is not None and found.high < 0.0:
            return "worse"
        calibrated = self._calibrated(found, objective)
        if enough and calibrated and found.low is not None and found.low > 0.0:
            return "better"
        return "spent" if self.looks == policy.looks else None

    def _users_with_outcome(self) -> int:
        return len({user for user, label in zip(self._users, self._labels, strict=True) if label})

    def _calibrated(self, found: Evidence, objective: Objective) -> bool:
        off, usual = (objective.off(figures) for figures in (found.figures, found.others))
        return off <= usual + self.policy.slack

    def evidence(self, objective: Objective) -> Evidence:
        """Return what has been shown so far."""
        labels = np.frombuffer(self._labels) if self.labels else np.zeros(0)
        ones, others = np.array(self._ones), np.array(self._others)
        losses = objective.loss(others, labels) - objective.loss(ones, labels)
        found = difference(losses, np.array(self._users))
        low, high = found.bounds((1.0 - self.policy.confidence) / self.policy.looks)
        return Evidence(
            model=self.model,
            against=self.against,
            labels=self.labels,
            users=found.users,
            gain=found.mean,
            low=low if isfinite(low) else None,
            high=high if isfinite(high) else None,
            looks=self.looks,
            most_looks=self.policy.looks,
            figures=msgspec.structs.asdict(objective.evaluate(self._ones, self._labels)),
            others=msgspec.structs.asdict(objective.evaluate(self._others, self._labels)),
        )
