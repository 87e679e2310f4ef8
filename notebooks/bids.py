"""What a player of a segment will be worth next week: by the money alone, or by predictions too."""

import pandas as pd

#: A segment's mean counts as if so many players of the average kind were in it too: without them, a
#: country with three players is worth nothing, or a fortune.
BORROWED = 50

#: So many weeks of players are looked at.
_WEEKS = 4


def values(snapshots: pd.DataFrame, segment: pd.Series) -> pd.DataFrame:
    """Say at the start of each week what a player of each segment is worth, and what came.

    Args:
        snapshots: labelled ones of one age, oldest first, with ``at``, ``due``, ``label`` and
            ``served``: one a player.
        segment: of each of them.

    Returns:
        One row a week and segment: ``week`` (its start), ``segment``, ``players`` who came in it,
        ``came`` (what they brought, on average), and two means over the players of the weeks
        before: ``waited``, of those whose money was known when the week began; ``predicted``, of
        all, with what was predicted for those whose money was not.
    """
    week = pd.Timedelta(days=7)
    table = snapshots.assign(segment=segment)
    weeks = []
    for start in pd.date_range(table["at"].min() + _WEEKS * week, table["at"].max(), freq=week):
        coming = table[(table["at"] >= start) & (table["at"] < start + week)]
        recent = table[(table["at"] < start) & (table["at"] >= start - _WEEKS * week)]
        known = recent["due"] <= start
        found = coming.groupby("segment")["label"].agg(players="size", came="mean")
        found["waited"] = _means(recent["segment"][known], recent["label"][known])
        found["predicted"] = _means(
            recent["segment"], recent["label"].where(known, recent["served"])
        )
        weeks.append(found.dropna().reset_index().assign(week=start))
    return pd.concat(weeks, ignore_index=True)


def _means(segment: pd.Series, value: pd.Series) -> pd.Series:
    grouped = value.groupby(segment).agg(["sum", "size"])
    return (grouped["sum"] + BORROWED * value.mean()) / (grouped["size"] + BORROWED)
