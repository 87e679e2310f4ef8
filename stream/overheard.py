"""What a Kafka client logs of its vain attempts: its exceptions only say that they were vain."""

import contextlib
import logging
import re
from collections.abc import Iterator

#: What broker or TLS gave as the reason, in the words of aiokafka or kafka-python.
_REASON = re.compile(r"(?:Authentication failed|\[SSL: )[^()]*")


class Overheard(logging.Handler):
    """Keeps the messages of a logger."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message."""
        self._messages.append(record.getMessage())

    def reason(self) -> str:
        """Return why nobody got in, "" when that is not known."""
        found = [_REASON.search(message) for message in self._messages]
        return next((match[0].strip() for match in found if match), "")


@contextlib.contextmanager
def overheard(name: str) -> Iterator[Overheard]:
    """Keep the errors that a driver logs, from its logger by name, and show them to nobody."""
    logger, handler = logging.getLogger(name), Overheard()
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    try:
        yield handler
    finally:
        logger.removeHandler(handler)
        logger.level, logger.propagate = before
