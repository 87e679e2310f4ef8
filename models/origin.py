"""Where a model comes from: its recipe, and the part of the examples log that it has learnt.

Both are in its name, so that a version says by itself how to make the model again.
"""

import re
from typing import NamedTuple

from models.errors import BadVersion

_VERSION = re.compile(r"([a-z][a-z0-9_]*)(?:~([1-9][0-9]*))?(?:@(0|[1-9][0-9]*))?")


class Origin(NamedTuple):
    """A model's recipe and beginning; as text its name, as in ``kalman_logistic~12000``.

    Attributes:
        recipe: the recipe's name.
        since: how many examples of the log had been taken in when it began to learn; 0 for a model
            that has learnt from the beginning, whose name is that of its recipe.
    """

    recipe: str
    since: int = 0

    def __str__(self) -> str:
        return f"{self.recipe}~{self.since}" if self.since else self.recipe

    @classmethod
    def parse(cls, name: str) -> "Origin":
        """Return the origin that a model's name tells.

        >>> Origin.parse("kalman_logistic~12000"), str(Origin("forest"))
        (Origin(recipe='kalman_logistic', since=12000), 'forest')

        Raises:
            BadVersion: it is no model's name.
        """
        found = _VERSION.fullmatch(name)
        if found is None or found[3] is not None:
            raise BadVersion(f"{name!r} names no model; such a name is kalman_logistic~12000")
        return cls(found[1], int(found[2] or 0))


class Version(NamedTuple):
    """A model as it stood at a position of the log; as text ``kalman_logistic~12000@15400``.

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
                f"{version!r} is no version; such a one is kalman_logistic~12000@15400"
            )
        return cls(Origin(found[1], int(found[2] or 0)), int(found[3]))
