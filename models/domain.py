"""The contract of a domain: all that Weir must be told to score another kind of outcome.

A domain is one file in ``models/domains/`` with a module-level ``DOMAIN``. Every method is pure:
no clock, no I/O, no randomness. ``models.checks.check_domain`` is the battery that each passes.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

import msgspec

from models.contest.policy import CONTEST, PROBATION, STANDING, Policy
from models.errors import UnknownRecipe
from models.events import Event
from models.fields import Field
from models.objective import CHANCE, Objective
from models.plan import DAY_MS, Plan
from models.recipes import Recipe

E = TypeVar("E", bound=Event)
S = TypeVar("S", bound=msgspec.Struct)


class Domain(ABC, Generic[E, S]):
    """One kind of outcome, predicted from one kind of event log.

    What must be said comes first; what has a default, for domains that need more, after it.

    Attributes:
        name: names topics, keys and routes; lower case letters.
        title: what is predicted, in a few words.
        data_type: the struct that holds the domain's part of a user's state.
        feature_names: every feature, in the order in which snapshots store them.
        fields: the fields of a record, by name, as people are told of them; see ``Field``.
        horizon: a snapshot's label asks for the outcome within this many ms.
        grace: a label waits this much longer (ms) for outcomes that arrive late.
        freeze: after a first sign of the outcome, events change nothing for this many ms.
        dormant_after: a user silent for this long (ms) gets no snapshots until it returns.
        recipes: the models; the first begins as champion, the others as its challengers.
        candidates: further recipes that a retraining tries.
        contest: when a challenger that a retraining has made takes the champion's place, or goes.
        standing: when one that began with the domain does; it never goes.
        probation: when a new champion has to give its place back.
        objective: what a label is: ``CHANCE`` (0 or 1, predictions are probabilities), or
            ``AMOUNT`` (0 or more, predictions are expected amounts).
        ages: names of the ages at which snapshots are taken, where their figures are told apart.
        row_fields: the fields of a flat row that stands for a user (``unfold``); empty for none.
        known_by: the feature that tells what is known of the outcome; empty for none.
        overlap: of so many snapshots in a row of a user, the outcomes are the same or overlap.
        categorical: features whose numbers are names: drift is looked for in their shares.
        trending: features that move by themselves, such as tenure: no drift is read into them.
        settling: the models' first snapshots: drift is looked for, and contests are held, so long
            (ms) after the first one, not before.
        crowd: a made-up log to look at needs so many users where that of others needs one.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    data_type: ClassVar[type[msgspec.Struct]]
    feature_names: ClassVar[tuple[str, ...]]
    fields: ClassVar[Mapping[str, Field]]
    horizon: ClassVar[int]
    grace: ClassVar[int]
    freeze: ClassVar[int]
    dormant_after: ClassVar[int]
    recipes: ClassVar[tuple[Recipe, ...]]
    candidates: ClassVar[tuple[Recipe, ...]] = ()
    contest: ClassVar[Policy] = CONTEST
    standing: ClassVar[Policy] = STANDING
    probation: ClassVar[Policy] = PROBATION
    objective: ClassVar[Objective] = CHANCE
    ages: ClassVar[tuple[str, ...]] = ("",)
    row_fields: ClassVar[Mapping[str, Field]] = {}
    known_by: ClassVar[str] = ""
    overlap: ClassVar[int] = 1
    categorical: ClassVar[tuple[str, ...]] = ()
    trending: ClassVar[tuple[str, ...]] = ()
    settling: ClassVar[int] = 20 * DAY_MS
    crowd: ClassVar[int] = 1

    def every_field(self) -> dict[str, Field]:
        """Return the fields of records and of flat rows, by name."""
        return {**self.row_fields, **self.fields}

    def recipe(self, name: str) -> Recipe:
        """Return a recipe by its name.

        Raises:
            UnknownRecipe: there is none; the message names those that there are.
        """
        recipes = {recipe.name: recipe for recipe in (*self.recipes, *self.candidates)}
        if name not in recipes:
            raise UnknownRecipe(f"{self.name} has no recipe {name!r}; it has: {', '.join(recipes)}")
        return recipes[name]

    def stands(self, model: str) -> bool:
        """Return whether a model began with the domain: it is never forgotten."""
        return any(model == recipe.name for recipe in self.recipes)

    def policy_for(self, challenger: str) -> Policy:
        """Return when a challenger's contest is decided."""
        return self.standing if self.stands(challenger) else self.contest

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
    def next_snapshot(self, data: S, after: int) -> int:
        """Return the first snapshot time strictly after ``after`` (ms), 0 for never again.

        A new user is asked about with the moment before the first event: a snapshot at that very
        event's time is taken with it, one that lies further back is not.
        """

    @abstractmethod
    def describe(self, feature: str, value: float, data: S) -> str:
        """Say a feature's value, of a user with this data, in words that a person reads."""

    @abstractmethod
    def sample_events(self) -> Sequence[Mapping[str, object]]:
        """Return raw records of a few users, with an outcome, for checks and API examples.

        By time, less than a week from one to the next: a clock that leaps is not believed.
        """

    def windows(self, data: S, at: int) -> tuple[int, ...]:  # noqa: ARG002 - for those who need it
        """Return the ends (ms) of the windows in which the outcome of a snapshot at ``at`` comes.

        By default one, the horizon. Several, always as many, let models learn from each as soon
        as it is over; those that end before ``at`` are left out by the engine.
        """
        return (at + self.horizon,)

    def outcome(self, data: S, start: int, end: int) -> float:  # noqa: ARG002 - likewise
        """Return what of the outcome came in [start, end), both a snapshot's or a window's bounds.

        Asked when a window is over. By default 0: the outcome of a domain whose events never say
        ``Outcome.REACHED`` comes from here.
        """
        return 0.0

    def known(self, data: S, at: int) -> float:  # noqa: ARG002 - likewise
        """Return what of the outcome has come before ``at``; models predict the rest."""
        return 0.0

    def settled(self, data: S) -> int:  # noqa: ARG002 - likewise
        """Return when (ms) the user's outcome is known whole; 0 for never.

        From then on there is nothing to predict: the user leaves the ranking.
        """
        return 0

    def age(self, data: S, at: int) -> int:  # noqa: ARG002 - likewise
        """Return which of ``ages`` a snapshot at ``at`` has."""
        return 0

    def unfold(
        self,
        row: Mapping[str, object],  # noqa: ARG002 - likewise
        at: int,  # noqa: ARG002 - likewise
    ) -> Sequence[Mapping[str, object]] | None:
        """Return the records that a flat row stands for, by time; None for what is no flat row.

        Args:
            row: a record of a log, or of a request.
            at: when (ms) the user began, for a row that does not say.

        Raises:
            BadRecord: it is a flat row, and cannot be used.
        """
        return None

    def simulate(self, plan: Plan) -> Iterator[tuple[int, Mapping[str, object]]]:
        """Yield the made-up log of a plan: time (ms, never falling) and record of each event.

        Raises:
            NotImplementedError: this domain's logs cannot be made.
        """
        raise NotImplementedError(f"no logs of domain {self.name!r} can be made")
