"""When a contest between two models is decided."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """When a contest is decided. Frozen: what is decided by it can be read years later.

    Attributes:
        labels: from one look to the next.
        looks: how many there are; then the contest is over.
        confidence: that who is no better, or no worse, is not taken for it, in all looks together.
        outcomes: users with an outcome (a cancellation, a payment) that a look needs.
        slack: by so much more a better model may be off in calibration: the expected calibration
            error of chances, the bias of amounts.
    """

    labels: int = 2_000
    looks: int = 10
    confidence: float = 0.95
    outcomes: int = 20
    slack: float = 0.005
