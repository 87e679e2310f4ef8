"""Where a model comes from: its recipe, and the part of the examples log that it has learnt.

Both are in its name, so that a version says by itself how to make the model again.
"""

import re
from typing import NamedTuple

import numpy as np

from models.errors import BadVersion
from models.plan import DAY_MS

_VERSION = re.compile(r"([a-z][a-z0-9_]*)(?:~([0-9]{8}))?(?:@(0|[1-9][0-9]*))?")


class Origin(NamedTuple):
    """A model's recipe and beginning; as text its name, as in ``kalman_logistic~20181102``.

    Attributes:
        recipe: the recipe's name.
        since: the day (ms, a midnight UTC) from which on snapshots are learnt; 0 for a model that
            learns all, whose name is that of its recipe.
    """

    recipe: str
    since: int = 0

    def __str__(self) -> str:
        return f"{self.recipe}~{date_of(self.since)}" if self.since else self.recipe

    @classmethod
    def parse(cls, name: str) -> "Origin":
        """Return the origin that a model's name tells.

        >>> Origin.parse("kalman_logistic~19700102"), str(Origin("forest"))
        (Origin(recipe='kalman_logistic', since=86400000), 'forest')

        Raises:
            BadVersion: it is no model's name.
        """
        found = _VERSION.fullmatch(name)
        if found is None or found[3] is not None:
            raise BadVersion(f"{name!r} names no model; such a name is kalman_logistic~20181102")
        return cls(found[1], _since(name, found[2]))


class Version(NamedTuple):
    """A model as it stood at a position of the log; as text ``kalman_logistic~20181102@15400``.

    Attributes:
        origin: the model's.
        position: how many examples of the log had been taken in.
    """

    origin: Origin
    position: int

    def __str__(self) -> str:
        return f"{self.origin}@{self.position}"

    @classmethod
    def parse(cls, version: str) -> "Version":
        """Return what a version tells.

        >>> Version.parse("forest@40").position
        40

        Raises:
            BadVersion: it is no version.
        """
        found = _VERSION.fullmatch(version)
        if found is None or found[3] is None:
            raise BadVersion(
                f"{version!r} is no version; such a one is kalman_logistic~20181102@15400"
            )
        return cls(Origin(found[1], _since(version, found[2])), int(found[3]))


def date_of(ms: int) -> str:
    """Return the day (UTC) of a time in ms.

    >>> date_of(1_541_116_800_000)
    '20181102'
    """
    return str(np.datetime64(ms, "ms").astype("datetime64[D]")).replace("-", "")


def midnight(date: str) -> int:
    """Return when a day begins (ms, UTC).

    >>> midnight("20181102")
    1541116800000

    Raises:
        ValueError: there is no such day.
    """
    day = np.datetime64(f"{date[:4]}-{date[4:6]}-{date[6:]}", "D")
    return int(day.astype(np.int64)) * DAY_MS


def _since(text: str, date: str | None) -> int:
    try:
        return midnight(date) if date else 0
    except ValueError as error:
        raise BadVersion(f"{text!r} names a day that there is not: {date}") from error
