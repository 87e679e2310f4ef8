"""The snapshots of a log with what happened to them, and what the online models said of them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from benchmarks.quality.daily import DAY_MS, Floats, Mask, Times
from benchmarks.quality.played import play, said
from models.domain import Domain
from models.effects import Example
from stream.settings import Settings


class Cohort(NamedTuple):
    """Labelled snapshots of a log, oldest first.

    Attributes:
        users: whose they are, numbered.
        at: when they were taken, ms.
        known_at: when their label became known, ms.
        complete_at: when the label of every snapshot of their age is known, ms.
        labels: 0 or 1.
        features: one row each.
        online: by recipe, what it predicted when the snapshot was taken, the champion first.
        start: the log's first event, ms.
        end: its last, ms.
    """

    users: Times
    at: Times
    known_at: Times
    complete_at: Times
    labels: Floats
    features: Floats
    online: dict[str, Floats]
    start: int
    end: int

    def judged(self, warmup_days: int) -> Mask:
        """Tell the snapshots to judge by: after the warm-up, their whole horizon in the log.

        At the end of a log positives are known and their negatives are not: those stay out.
        """
        return (self.at >= self.start + warmup_days * DAY_MS) & (self.complete_at <= self.end)


def collect(
    domain: Domain[Any, Any],
    records: Iterable[bytes],
    settings: Settings | None,
    tell: Callable[[str], None],
) -> Cohort:
    """Run engine and learner over a log; arguments as of ``play``."""
    examples, start, end, *_ = play(domain, records, settings, tell)
    return cohort_of(domain, examples, start, end)


def cohort_of(
    domain: Domain[Any, Any], examples: Sequence[Example], start: int, end: int
) -> Cohort:
    """Return labelled examples as a cohort.

    Args:
        domain: whose.
        examples: those that have their label, oldest first.
        start: the log's first event, ms.
        end: its last, ms.
    """
    numbers = {user: n for n, user in enumerate(sorted({e.user_id for e in examples}))}
    at = np.array([e.at for e in examples])
    return Cohort(
        users=np.array([numbers[e.user_id] for e in examples]),
        at=at,
        known_at=np.array([e.label_at for e in examples]),
        complete_at=at + domain.horizon + domain.grace,
        labels=np.array([e.label for e in examples]),
        features=np.array([list(e.features.values()) for e in examples]),
        online=said(domain, examples),
        start=start,
        end=end,
    )
