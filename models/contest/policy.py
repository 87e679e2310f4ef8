"""When a contest between two models is decided."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """When a contest is decided. Frozen: what is decided by it can be read years later.

    Looking again and again until chance smiles would promote anyone. So there are either so many
    looks and no more, or the doubt is small.

    Attributes:
        labels: from one look to the next.
        looks: how many there are, then the contest is over; 0: it goes on for as long as both do.
        window: so many of the newest labels are looked at; 0: all.
        doubt: the chance that, at one look, a model that is no better is taken for better, by the
            loss or by the ranking each; and likewise worse.
        outcomes: users with an outcome (a cancellation, a payment) that a look needs.
        slack: by so much more a better model may be off in calibration: the expected calibration
            error of chances, the bias of amounts.
    """

    labels: int = 2_000
    looks: int = 10
    window: int = 0
    doubt: float = 0.0025
    outcomes: int = 20
    slack: float = 0.01


#: Of a challenger that a retraining has made: two measures in ten looks are fooled once in twenty
#: contests (Bonferroni), then it is dropped.
CONTEST = Policy()

#: Of those that always shadow the champion: only what is new counts, so that the contest is decided
#: soon after the world has changed.
STANDING = Policy(labels=1_000, looks=0, window=2_000, doubt=0.0005)

#: Of a new champion: it has to give its place back when it is worse; who served before is known.
PROBATION = Policy(labels=1_000, looks=10, doubt=0.005, outcomes=10)
