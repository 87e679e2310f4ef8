"""From a raw record to an event, the same way for the worker and for the backtest."""

from typing import Any, Protocol

from models.domain import Domain
from models.errors import BadRecord
from models.events import Event
from models.sanitise import decode
from stream.unfolding import row_error


class RawRecord(Protocol):
    """What is needed of a Kafka record."""

    @property
    def offset(self) -> int:
        """Its offset."""

    @property
    def timestamp(self) -> int:
        """When it entered Kafka, ms."""

    @property
    def key(self) -> bytes | None:
        """Its key."""

    @property
    def value(self) -> bytes | None:
        """Its value."""


class Item:
    """A record on its way: read as an event, as nobody's (neither), or not at all (error).

    ``refused`` is the engine's own verdict on the event, in this round.
    """

    __slots__ = ("error", "event", "record", "refused")

    def __init__(self, record: RawRecord, event: Event | None, error: BadRecord | None) -> None:
        self.record = record
        self.event = event
        self.error = error
        self.refused: BadRecord | None = None

    @property
    def bad(self) -> BadRecord | None:
        """Why the record belongs in the dead-letter topic, None if it does not."""
        return self.error or self.refused


def read_event(domain: Domain[Any, Any], value: bytes | None) -> Event | None:
    """Return the event of a record, None for one that belongs to no user.

    Raises:
        BadRecord: it cannot be used. A bug in a domain's ``parse`` is reported so too, with the
            reason ``domain_error``: one odd record must never stop the stream.
    """
    try:
        event: Event | None = domain.parse(decode(value))
    except BadRecord as error:
        raise row_error(domain, value) or error from None
    except Exception as error:
        raise domain_error(error) from error
    return event


def domain_error(error: Exception) -> BadRecord:
    """Return what a domain's bug is reported as; it names no values, which may be personal."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    where = f" in {at.tb_frame.f_code.co_name}, line {at.tb_lineno}" if at else ""
    return BadRecord("domain_error", f"{type(error).__name__}{where}")
