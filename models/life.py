"""A user's state from events alone, as the stream would keep it."""

from collections.abc import Iterable
from typing import Any

from models.book import Book, Progress
from models.domain import Domain
from models.engine import Engine
from models.events import Event
from models.sanitise import MAX_TS
from models.state import UserState


class _Nobody:
    """Scores nothing: snapshots are not what is asked for."""

    version = ""

    def score(self, features: dict[str, float]) -> float:  # noqa: ARG002 - as every scorer
        return 0.0

    def predictions(self, features: dict[str, float]) -> dict[str, float]:  # noqa: ARG002 - likewise
        return {}

    def chance(self, features: dict[str, float]) -> float | None:  # noqa: ARG002 - likewise
        return None


def lived(domain: Domain[Any, Any], events: Iterable[Event]) -> UserState[Any]:
    """Return the state of the one user whose events these are, in any order.

    Raises:
        ValueError: there are none.
    """
    engine: Engine[Any, Any] = Engine(domain, _Nobody(), score_events=False, take_snapshots=False)
    book: Book[Any] = Book(0, Progress.start())
    book.progress.watermark = MAX_TS  # no clock to move, so nothing falls due
    event = None
    for event in sorted(events, key=lambda e: e.ts):
        engine.step(book, event, 0)
    if event is None:
        raise ValueError("a user needs an event")
    return book.users[event.user_id].state
