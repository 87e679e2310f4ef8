"""Features in words: from the scale that models learn on back to what a person knows."""

from collections.abc import Callable
from math import exp, expm1, log
from typing import NamedTuple

_SPANS = {1: "a day (today)", 7: "a week (lately)", 30: "a month"}


class Words(NamedTuple):
    """How to say one feature.

    Attributes:
        text: the words, with ``{}`` for the number.
        number: gives the number from the feature's value.
        at_zero: said instead when the value is 0; empty for nothing special.
    """

    text: str
    number: Callable[[float], float] = float
    at_zero: str = ""

    def say(self, value: float) -> str:
        """Return the words for a value.

        >>> Words("no activity for {} days", expm1).say(1.95)
        'no activity for 6 days'
        """
        if self.at_zero and not value:
            return self.at_zero
        number = self.number(value) + 0.0  # no -0
        return self.text.format(f"{number:.0f}" if abs(number) >= 10.0 else f"{number:.2g}")


def rate(name: str, days: int) -> Words:
    """Return words for ``log1p`` of a rate a day, told by 1, 7 or 30 days.

    >>> rate("thumbs_down", 30).say(0.0953)
    '3 thumbs down a month'
    """
    text = f"{{}} {name.replace('_', ' ')} {_SPANS[days]}"
    return Words(text, lambda value: days * expm1(value))


def share(name: str, whole: str, usual: float) -> Words:
    """Return words for the log of how many times the usual share something has.

    >>> share("adverts", "song", 0.05).say(0.875)
    '0.12 adverts a song (usual: 0.05)'
    """
    text = f"{{}} {name.replace('_', ' ')} a {whole} (usual: {usual:.2g})"
    return Words(text, lambda value: usual * exp(value))


def fading(what: str, days: float) -> Words:
    """Return words for ``exp(-age / days)`` of something that happened once, 0 for never.

    >>> [fading("upgraded", 14.0).say(value) for value in (1.0, 0.5, 0.0)]
    ['upgraded 0 days ago', 'upgraded 9.7 days ago', 'not upgraded lately']
    """
    return Words(
        what + " {} days ago", lambda value: -days * log(max(value, 1e-9)), f"not {what} lately"
    )
