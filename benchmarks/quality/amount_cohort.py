"""The snapshots of a log of amounts, age by age: what came, and what the online models said."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from benchmarks.quality.daily import Floats, Mask, Times
from benchmarks.quality.played import play, said
from models.domain import Domain
from models.effects import Example
from models.errors import BadRecord
from stream.reading import read_event
from stream.settings import Settings


class AmountCohort(NamedTuple):
    """Labelled snapshots of one age, oldest first.

    Attributes:
        age: its name.
        users: whose they are, numbered.
        at: when they were taken, ms.
        due: when their label was known, ms.
        known: what of the amount had come when they were taken.
        labels: the whole amount.
        features: one row each.
        online: by recipe, what it predicted when the snapshot was taken, the champion first.
        since: from when on they are judged, ms.
        end: the log's last event, ms.
    """

    age: str
    users: Times
    at: Times
    due: Times
    known: Floats
    labels: Floats
    features: Floats
    online: dict[str, Floats]
    since: int
    end: int

    def judged(self) -> Mask:
        """Tell the snapshots to judge by: from ``since`` on, due within the log."""
        return (self.at >= self.since) & (self.due <= self.end)


def collect_amounts(
    domain: Domain[Any, Any],
    records: Iterable[bytes],
    settings: Settings | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> list[AmountCohort]:
    """Run engine and learner over a log, and judge after a third of its users; see ``play``.

    Args:
        domain: predicts an amount.
        records: as of ``play``, and so the others.
        settings: when models are retrained; None for never.
        tell: told of every decision.
    """
    begun: dict[str, int] = {}
    examples, _, end, *_ = play(domain, noting(domain, records, begun), settings, tell)
    starts = sorted(begun.values())
    return amount_cohorts(domain, examples, starts[len(starts) // 3] if starts else 0, end)


def amount_cohorts(
    domain: Domain[Any, Any], examples: Sequence[Example], since: int, end: int
) -> list[AmountCohort]:
    """Return labelled examples as cohorts, one of every age that has some.

    Args:
        domain: whose.
        examples: those that have their label, oldest first.
        since: from when on snapshots are judged, ms.
        end: the log's last event, ms.
    """
    numbers = {user: n for n, user in enumerate(sorted({e.user_id for e in examples}))}
    cohorts = []
    for age, name in enumerate(domain.ages):
        own = [example for example in examples if example.age == age]
        if not own:
            continue
        cohorts.append(
            AmountCohort(
                age=name,
                users=np.array([numbers[e.user_id] for e in own]),
                at=np.array([e.at for e in own]),
                due=np.array([e.due for e in own]),
                known=np.array([e.known for e in own]),
                labels=np.array([e.label for e in own]),
                features=np.array([list(e.features.values()) for e in own]),
                online=said(domain, own),
                since=since,
                end=end,
            )
        )
    return cohorts


def noting(
    domain: Domain[Any, Any], records: Iterable[bytes], begun: dict[str, int]
) -> Iterator[bytes]:
    """Pass the records on; note each user's first event."""
    for record in records:
        with suppress(BadRecord):
            event = read_event(domain, record)
            if event is not None:
                begun.setdefault(event.user_id, event.ts)
        yield record
