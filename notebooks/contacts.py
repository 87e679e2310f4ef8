"""Whom to contact with a given budget, and what that would have brought."""

from typing import NamedTuple

import numpy as np
import pandas as pd


class Terms(NamedTuple):
    """What an offer costs, and what it brings.

    Attributes:
        cost: of one contact, with the offer that it carries.
        value: of a subscriber who stays, as far as the planning looks.
        uptake: share of those about to leave whom the offer keeps. Only an experiment tells it.
        contacts: a week, at most.
        pause_days: nobody is contacted again within so many days.
    """

    cost: float
    value: float
    uptake: float
    contacts: int
    pause_days: int

    @property
    def break_even(self) -> float:
        """The chance of leaving from which on a contact brings more than it costs.

        >>> Terms(cost=1.0, value=40.0, uptake=0.25, contacts=10, pause_days=30).break_even
        0.1
        """
        return self.cost / (self.uptake * self.value)

    def gain(self, leaving: pd.Series) -> pd.Series:
        """Return what contacts gain: expected of chances, realised of outcomes (0 or 1)."""
        return leaving * (self.uptake * self.value) - self.cost


def campaign(
    snapshots: pd.DataFrame, score: pd.Series, terms: Terms, *, floor: float | None = None
) -> pd.DataFrame:
    """Contact once a week those who lead a ranking, and tell how it went.

    Args:
        snapshots: labelled ones, oldest first, with ``user_id``, ``at`` and ``label``.
        score: by which to rank, one for each snapshot; the highest first.
        terms: of the offer.
        floor: who has less is not contacted; the break-even by default, which only suits chances.

    Returns:
        One row a contact: ``at``, ``user_id``, ``score``, ``label``, ``gain`` as it came.
    """
    floor = terms.break_even if floor is None else floor
    pause, day = pd.Timedelta(days=terms.pause_days), pd.Timedelta(days=1)
    last: dict[str, pd.Timestamp] = {}
    rounds = []
    everyone = snapshots[["at", "user_id", "label"]].assign(score=np.asarray(score))
    first, end = everyone["at"].min() + day, everyone["at"].max()
    for now in pd.date_range(first, end, freq="7D"):
        today = everyone[(everyone["at"] > now - day) & (everyone["at"] <= now)]
        today = today.drop_duplicates("user_id", keep="last")
        rested = [now - last.get(user, now - pause) >= pause for user in today["user_id"]]
        chosen = today[np.array(rested, dtype=bool) & (today["score"] >= floor)]
        chosen = chosen.nlargest(terms.contacts, "score")
        last.update(dict.fromkeys(chosen["user_id"], now))
        rounds.append(chosen)
    contacts = pd.concat(rounds, ignore_index=True)
    return contacts.assign(gain=terms.gain(contacts["label"]))
