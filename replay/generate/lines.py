"""The lines of a made-up log."""

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from models.domain import Domain
from models.plan import Plan

#: An event as a maker yields it: its time in ms since 1970, and its JSON line, newline included.
Line = tuple[int, bytes]

#: Makes the lines of a plan, in time order.
Maker = Callable[[Plan], Iterator[Line]]


def simulated(domain: Domain[Any, Any]) -> Maker:
    """Return the maker of a domain that simulates its users itself (``Domain.simulate``)."""

    def make(plan: Plan) -> Iterator[Line]:
        for ts, record in domain.simulate(plan):
            yield ts, orjson.dumps(record) + b"\n"

    return make
