"""The contract of a domain: all that Weir must be told to score another kind of outcome.

A domain is one file in ``models/domains/`` with a module-level ``DOMAIN``. Every method is pure:
no clock, no I/O, no randomness. ``models.checks.check_domain`` is the battery that each passes.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

import msgspec

from models.events import Event
from models.recipes import Recipe

E = TypeVar("E", bound=Event)
S = TypeVar("S", bound=msgspec.Struct)


class Domain(ABC, Generic[E, S]):
    """One kind of outcome, predicted from one kind of event log.

    Attributes:
        name: names topics, keys and routes; lower case letters.
        title: what is predicted, in a few words.
        data_type: the struct that holds the domain's part of a user's state.
        feature_names: every feature, in the order in which snapshots store them.
        horizon: a snapshot's label asks for the outcome within this many ms.
        grace: a label waits this much longer (ms) for outcomes that arrive late.
        freeze: after a first sign of the outcome, events change nothing for this many ms.
        dormant_after: a user silent for this long (ms) gets no snapshots until it returns.
        recipes: the models; the first is the champion, the others its challengers.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    data_type: ClassVar[type[msgspec.Struct]]
    feature_names: ClassVar[tuple[str, ...]]
    horizon: ClassVar[int]
    grace: ClassVar[int]
    freeze: ClassVar[int]
    dormant_after: ClassVar[int]
    recipes: ClassVar[tuple[Recipe, ...]]

    @abstractmethod
    def parse(self, record: Mapping[str, object]) -> E | None:
        """Return the typed event, or None for a valid event that belongs to no user.

        Raises:
            BadRecord: the record cannot be used; nothing else may be raised.
        """

    @abstractmethod
    def event_type(self, event: E) -> str:
        """Return the event's type as people call it, for reports."""

    @abstractmethod
    def new_data(self, event: E) -> S:
        """Return the domain's part of a new user's state; ``update`` follows with this event."""

    @abstractmethod
    def update(self, data: S, event: E) -> None:
        """Take in an event that is not behind the user's last one."""

    @abstractmethod
    def update_late(self, data: S, event: E) -> None:
        """Take in a late event, where order does not matter; ignore the rest of it."""

    @abstractmethod
    def features(self, data: S, at: int) -> dict[str, float]:
        """Return the features at ``at`` (ms, not before the last event), all finite, in order."""

    @abstractmethod
    def next_snapshot(self, first_ts: int, after: int) -> int:
        """Return the first snapshot time strictly after ``after`` (ms), 0 for never again."""

    @abstractmethod
    def describe(self, feature: str, value: float) -> str:
        """Say a feature's value in words that a person reads."""

    @abstractmethod
    def sample_events(self) -> Sequence[Mapping[str, object]]:
        """Return raw records of a few users, with an outcome, for checks and API examples."""
