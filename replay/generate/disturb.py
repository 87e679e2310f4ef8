"""Disturbs a clean log: damaged records, duplicates, events that are written late."""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import orjson

from models.plan import seeded
from replay.generate.defects import DEFECTS
from replay.generate.lines import Line

#: A late event is written so many ms after its time, at least and at most.
LATENESS_MS: Final = (60_000, 1_800_000)
#: A duplicate is written up to so many ms after the original.
REPEAT_MS: Final = 60_000

_PURPOSE = 5  # of the randomness: 1 to 4 belong to the makers


@dataclass(frozen=True, slots=True)
class Disturbance:
    """How often something goes wrong, each a share of the events from 0 to 1.

    Attributes:
        defects: are damaged (``defects.py``).
        duplicates: are written twice.
        late: are written minutes later than their time.
    """

    defects: float = 0.0
    duplicates: float = 0.0
    late: float = 0.0


def disturb(
    lines: Iterable[Line], disturbance: Disturbance, seed: int, tally: Counter[str]
) -> Iterator[Line]:
    """Yield the lines as a troubled system would have written them.

    Args:
        lines: a log in time order.
        disturbance: how often what goes wrong.
        seed: the same seed and lines always give the same result.
        tally: counts what was done: ``late``, ``duplicates``, and defects by their name.

    Yields:
        The time of writing (never falling) and the line; undisturbed lines pass untouched.
    """
    if disturbance == Disturbance():
        yield from lines
        return
    rng = seeded(seed, _PURPOSE)
    held: list[tuple[int, int, bytes]] = []  # when to write, in which order, what
    for order, (ts, original) in enumerate(lines):
        while held and held[0][0] <= ts:
            due, _, line = heapq.heappop(held)
            yield due, line
        line = original
        if rng.random() < disturbance.defects:
            defect = rng.choice(DEFECTS)
            line = defect(rng, orjson.loads(original))
            tally[defect.__name__] += 1
        writing = ts
        if rng.random() < disturbance.late:
            writing += rng.randint(*LATENESS_MS)
            tally["late"] += 1
            heapq.heappush(held, (writing, 2 * order, line))
        else:
            yield writing, line
        if rng.random() < disturbance.duplicates:
            tally["duplicates"] += 1
            heapq.heappush(held, (writing + rng.randint(0, REPEAT_MS), 2 * order + 1, line))
    for due, _, line in sorted(held):
        yield due, line
