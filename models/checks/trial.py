"""A domain's sample run through the engine: what the checks look at."""

from collections.abc import Iterable, Mapping
from typing import Any

from models.book import Book, Progress
from models.domain import Domain
from models.engine import Engine
from models.errors import BadRecord
from models.events import Event

AnyDomain = Domain[Any, Any]


def require(holds: bool, message: str) -> None:
    """Say what is wrong, if it does not hold."""
    if not holds:
        raise AssertionError(message)


def parsed(domain: AnyDomain, records: Iterable[Mapping[str, object]]) -> list[Event]:
    """Return the usable events of records."""
    events = [domain.parse(record) for record in records]
    return [event for event in events if event is not None]


def sample(domain: AnyDomain) -> list[Event]:
    """Return the domain's own sample of events."""
    return parsed(domain, domain.sample_events())


class _Even:
    """Scores without a model."""

    version = "even@0"

    def score(self, features: dict[str, float]) -> float:  # noqa: ARG002 - as every scorer
        return 0.5

    def predictions(self, features: dict[str, float]) -> dict[str, float]:
        return {"even": self.score(features)}

    def chance(self, features: dict[str, float]) -> float | None:  # noqa: ARG002 - as every scorer
        return None


def finish(domain: AnyDomain, book: Book[Any]) -> None:
    """Let time pass until all is known."""
    Engine(domain, _Even()).advance(book, (book.progress.watermark + 1000 * 86_400_000, ""))


def run(domain: AnyDomain, events: list[Event]) -> Book[Any]:
    """Take the events in order; return what is known then."""
    engine: Engine[Any, Any] = Engine(domain, _Even())
    book: Book[Any] = Book(0, Progress.start())
    for offset, event in enumerate(events):
        try:
            engine.step(book, event, offset)
        except BadRecord as error:
            raise AssertionError(f"the engine refuses an event: {error}") from error
    return book


def data_of(domain: AnyDomain) -> Any:
    """Return the state of one of the users in the sample."""
    return next(iter(run(domain, sample(domain)).users.values())).state.data
