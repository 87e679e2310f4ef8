"""Models made again: one version, to show that it scores as it did; or the whole learner."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from models.contest.decisions import Decision
from models.domain import Domain
from models.effects import Example
from models.errors import WeirError
from models.learner import Learner
from models.origin import Version
from models.rebuild import Rebuild
from models.recipes import Model
from models.training.judged import Judged, Judges
from models.training.training import Training
from stream.archive import Archive

#: Predictions that a rebuilt model is compared with, at most: the newest.
_COMPARED = 20_000

#: Told the phase and how many records of it are done.
Tell = Callable[[str, int], None]


class Likeness(NamedTuple):
    """A rebuilt model beside what was predicted by the one that it is to be.

    Attributes:
        compared: stored predictions that it was compared with.
        different: how many of them it does not make again, to the last bit.
        furthest: the largest difference.
    """

    compared: int
    different: int
    furthest: float


class Rebuilt(NamedTuple):
    """One version, made again.

    Attributes:
        model: it.
        likeness: to what was predicted on its way to this version.
    """

    model: Model
    likeness: Likeness


class TooShort(WeirError):
    """The examples log does not go as far as the version."""


def rebuild_version(
    domain: Domain[Any, Any], archive: Archive, version: Version, tell: Tell
) -> Rebuilt:
    """Make a model again from its recipe and the log, as it stood at its version.

    On its way it predicts the snapshots that the model predicted when they were taken, each when it
    had learnt as much: the stored predictions are what it is compared with.

    Raises:
        UnknownRecipe: the domain has no such recipe any more.
        TooShort: the log ends before the version's position.
        ArchiveGap: examples are missing.
    """
    judges, name = Judges(_COMPARED), str(version.origin)
    for done, example in enumerate(_examples(archive)):
        tell("looking through the examples", done)
        judges.take(example)
    if judges.intake.position < version.position:
        raise TooShort(
            f"the examples log has {judges.intake.position:,} examples, version {version} has "
            f"taken in {version.position:,}"
        )
    there = [j for j in judges.found() if name in j.predictions and j.position <= version.position]
    training = Training(domain, [version.origin], there)
    for done, example in enumerate(_examples(archive)):
        if training.position == version.position:
            break
        tell("learning", done)
        training.take(example)
    training.finish()
    candidate = training.candidates[0]
    return Rebuilt(candidate.model, _likeness(name, there, candidate.predictions))


def rebuild_learner(
    domain: Domain[Any, Any],
    archive: Archive,
    decisions: Sequence[Decision],
    tell: Tell,
    *,
    watch_drift: bool,
) -> Learner:
    """Make the whole learner again: models, figures, contests, watch over drift.

    Raises:
        CannotRebuild: log and decisions do not belong together.
        UnknownRecipe: the domain lacks a recipe that was in the line-up.
        ArchiveGap: examples are missing.
    """
    rebuild = Rebuild(domain, decisions, watch_drift=watch_drift)
    for done, (_, record) in enumerate(archive.read()):
        tell("learning", done)
        rebuild.take(record)
    return rebuild.finish()


def _examples(archive: Archive) -> Iterator[Example]:
    return (record for _, record in archive.read() if isinstance(record, Example))


def _likeness(name: str, judged: Sequence[Judged], said: Sequence[float | None]) -> Likeness:
    apart = [
        abs(again - one.predictions[name])
        for one, again in zip(judged, said, strict=True)
        if again is not None
    ]
    return Likeness(len(apart), sum(1 for a in apart if a), max(apart, default=0.0))
