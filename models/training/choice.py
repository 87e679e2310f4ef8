"""Which candidates are tried, and which one of them becomes challenger."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from models.domain import Domain
from models.origin import Origin
from models.plan import DAY_MS
from models.training.report import TrialReport


class Choice(NamedTuple):
    """What is to be done with the candidates.

    Attributes:
        model: name of the one that becomes challenger; empty for none.
        why: one sentence.
    """

    model: str
    why: str


def beginnings(domain: Domain[Any, Any], first: int, clock: int, shift: int) -> list[int]:
    """Return the days (ms) from which on candidates learn; 0 for the whole log.

    They learn the whole log, and again, if it is longer, only its newest four horizons: for the
    first one they know no label, for the last one nobody does, so two are left to judge them by.
    After a drift within this time only what is new: who has learnt the old world would be chosen
    for what it did there. A model needs labels, so nobody begins later than one and a half horizons
    ago.

    Args:
        domain: whose horizon.
        first: when the log's oldest snapshot was taken, ms.
        clock: newest event time at which a label became known, ms.
        shift: about when the world has changed, ms; 0 if it has not.

    >>> from models import domains
    >>> churn, today = domains.load("churn"), 100 * DAY_MS
    >>> [day // DAY_MS for day in beginnings(churn, 1, today, 0)]
    [0, 60]
    >>> [day // DAY_MS for day in beginnings(churn, 70 * DAY_MS, today, 0)]
    [0]
    >>> [day // DAY_MS for day in beginnings(churn, 1, today, 90 * DAY_MS)]
    [85]
    >>> [day // DAY_MS for day in beginnings(churn, 88 * DAY_MS, today, 90 * DAY_MS)]
    [0]
    """
    recent = _day(clock - 4 * domain.horizon)
    fresh = min(_day(shift), _day(clock - domain.horizon - domain.horizon // 2))
    if fresh > first and shift > recent:
        return [fresh]
    return [0, *([recent] if recent > first else [])]


def judged_since(domain: Domain[Any, Any], days: Sequence[int], clock: int) -> int | None:
    """Return from when on (ms) candidates are judged: when every one of them can predict.

    None when they could be judged on less than a horizon of snapshots, which is luck.

    Args:
        domain: whose horizon.
        days: from which on candidates learn, ms; 0 for the whole log.
        clock: newest event time at which a label became known, ms.

    >>> from models import domains
    >>> churn, today = domains.load("churn"), 100 * DAY_MS
    >>> judged_since(churn, [0], today)
    0
    >>> judged_since(churn, [0, 60 * DAY_MS], today) // DAY_MS
    70
    >>> judged_since(churn, [80 * DAY_MS], today)
    """
    latest, wait = max(days), domain.horizon + domain.grace
    if not latest:
        return 0
    return latest + wait if clock - latest - 2 * wait >= domain.horizon else None


def origins(
    domain: Domain[Any, Any],
    days: Sequence[int],
    there: Collection[str],
    recipes: Collection[str] = (),
) -> list[Origin]:
    """Return the candidates: every recipe, from each of the days on.

    Args:
        domain: whose recipes.
        days: from which on they learn, ms; 0 for the whole log.
        there: names of the models in the line-up; they are not made again.
        recipes: names of those to try; empty for all.

    Raises:
        UnknownRecipe: the domain has none of that name.
    """
    names = [domain.recipe(name).name for name in recipes]
    names = names or [recipe.name for recipe in (*domain.recipes, *domain.candidates)]
    found = [Origin(name, day) for day in days for name in names]
    return [origin for origin in found if str(origin) not in there]


def choose(trials: Sequence[TrialReport], unjudged: str = "", *, enter: bool = False) -> Choice:
    """Return the best candidate, if it has been better than the champion.

    Not beyond doubt: shadowing costs little, and the contest decides.

    Args:
        trials: the best first.
        unjudged: name of a candidate that is chosen where none has been better: after a drift, none
            that has learnt only what is new has predicted enough whose label is known.
        enter: choose the best even if the champion was better.
    """
    said = "no candidate has predicted enough whose label is known"
    if trials:
        best = trials[0]
        gain = f"{best.model} gained {best.gain:+.5f} ({best.low:+.5f} to {best.high:+.5f})"
        if best.gain > 0.0 or enter:
            return Choice(
                best.model, f"{gain} on {best.labels:,} labels, of {len(trials)} the most"
            )
        said = (
            f"the champion was better than every candidate that could be judged; the best, {gain}"
        )
    if unjudged:
        return Choice(unjudged, f"{said}; {unjudged} is to show what it has learnt")
    return Choice("", said)


def _day(ms: int) -> int:
    return max(0, ms // DAY_MS * DAY_MS)
