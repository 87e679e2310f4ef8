"""The engine alone: decode, step and score every event, in memory, in one process."""

import time
from typing import Any

from benchmarks.workload import Record
from models import domains
from models.book import Book, Progress
from models.engine import Engine
from models.learner import Learner
from stream.reading import read_event


def events_a_second(records: list[Record]) -> float:
    """Return the rate at which records become scores; models learn what matures meanwhile."""
    domain = domains.load("churn")
    learner = Learner(domain)
    engine = Engine(domain, learner.predictors())
    book: Book[Any] = Book(0, Progress.start())
    started = time.perf_counter()
    for offset, record in enumerate(records):
        event = read_event(domain, record.value)
        if event is not None:
            engine.step(book, event, offset)
        if not offset % 2000:
            for example in book.examples:
                learner.learn(example)
            book.settle()
        if not offset % 50_000:  # about as often as a worker gets a new version
            engine.scorer = learner.predictors()
    return len(records) / (time.perf_counter() - started)
