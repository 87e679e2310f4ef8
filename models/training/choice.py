"""Which candidates are tried, and which one of them becomes challenger."""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from models.domain import Domain
from models.origin import Origin
from models.plan import DAY_MS
from models.training.judged import Judged
from models.training.report import TrialReport

#: Besides the whole log, candidates learn what is so new when judging begins.
_RECENT = 30 * DAY_MS


class Choice(NamedTuple):
    """What is to be done with the candidates.

    Attributes:
        model: name of the one that becomes challenger; empty for none.
        why: one sentence.
    """

    model: str
    why: str


def origins(
    domain: Domain[Any, Any],
    starts: Sequence[tuple[int, int]],
    judged: Sequence[Judged],
    there: Collection[str],
    recipes: Collection[str] = (),
    since: int | None = None,
) -> list[Origin]:
    """Return the candidates: every recipe, on the whole log and on its newest part.

    Args:
        domain: whose recipes.
        starts: (event time, position) at which a candidate can begin, ascending.
        judged: the snapshots that they will be judged on.
        there: names of the models in the line-up; they are not made again.
        recipes: names of those to try; empty for all.
        since: the position at which they begin; None for the usual ones.

    Raises:
        UnknownRecipe: the domain has none of that name.
    """
    chosen = [domain.recipe(name).name for name in recipes]
    chosen = chosen or [recipe.name for recipe in (*domain.recipes, *domain.candidates)]
    sinces = _sinces(starts, judged) if since is None else [since]
    found = [Origin(name, begin) for begin in sinces for name in chosen]
    return [origin for origin in found if str(origin) not in there]


def _sinces(starts: Sequence[tuple[int, int]], judged: Sequence[Judged]) -> list[int]:
    """Return the beginning of the log, and that of what is recent when judging begins."""
    if not judged:
        return [0]
    place = bisect_left(starts, (min(one.at for one in judged) - _RECENT, 0))
    return [0, starts[place][1]] if 0 < place < len(starts) else [0]


def choose(trials: Sequence[TrialReport], *, enter: bool = False) -> Choice:
    """Return the best candidate, if it has been better than the champion.

    Not beyond doubt: shadowing costs little, and the contest decides.

    Args:
        trials: the best first.
        enter: choose it even if the champion was better.
    """
    if not trials:
        return Choice("", "no candidate could be judged")
    best = trials[0]
    said = f"{best.model} gained {best.gain:+.5f} ({best.low:+.5f} to {best.high:+.5f})"
    if best.gain <= 0.0 and not enter:
        return Choice("", f"the champion was better than every candidate; the best, {said}")
    return Choice(best.model, f"{said} on {best.labels:,} labels, the most of {len(trials)}")
