"""What there is to say of the line-up at one moment."""

from typing import Any

import msgspec

from models.contest.contest import Evidence
from models.contest.lineup import Lineup
from models.domain import Domain


class LineupReport(msgspec.Struct, frozen=True):
    """Who serves, who shadows, and how the contests stand.

    Attributes:
        champion: name of the model that serves.
        former: name of the champion before; empty for none.
        probation: how the champion does against the former one; None when it is not on probation.
        challengers: how each challenger does against the champion.
    """

    champion: str
    former: str
    probation: Evidence | None
    challengers: list[Evidence]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all models in the line-up, the champion first."""
        challengers = (evidence.model for evidence in self.challengers)
        return (self.champion, *challengers, *([self.former] if self.former else []))


def report(domain: Domain[Any, Any], lineup: Lineup) -> LineupReport:
    """Return the line-up as it stands, with the evidence of every contest."""
    return LineupReport(
        champion=lineup.champion,
        former=lineup.former,
        probation=lineup.probation.evidence(domain.objective) if lineup.probation else None,
        challengers=[contest.evidence(domain.objective) for contest in lineup.contests.values()],
    )
