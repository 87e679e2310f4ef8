"""One server-sent event, put into bytes once for all who listen."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from fastapi.sse import format_sse_event


@dataclass(frozen=True)
class Event:
    """An event on its way.

    Attributes:
        kind: its name, as clients see it.
        key: while an event waits to be sent, a newer one of the same key takes its place.
        wire: its bytes.
    """

    kind: str
    key: tuple[str, ...]
    wire: bytes


def event(kind: str, domain: str, data: Mapping[str, object], *, number: str = "") -> Event:
    r"""Return an event.

    Args:
        kind: its name.
        domain: whose; a newer one of the same kind and domain replaces it.
        data: what it says.
        number: its id; an event that has one is never replaced.

    >>> event("status", "churn", {"lag": 0}).wire
    b'event: status\ndata: {"lag":0}\n\n'
    """
    text = orjson.dumps(data).decode()
    wire = format_sse_event(event=kind, data_str=text, id=number or None)
    return Event(kind, (kind, domain, number), wire)
