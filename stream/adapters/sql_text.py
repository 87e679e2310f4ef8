"""Texts as every database can hold them."""

import re

#: What PostgreSQL's text cannot hold, and UTF-8 cannot say.
_UNFIT = re.compile(r"[\0\ud800-\udfff]")


def fit(value: str) -> str:
    r"""Return a text with U+FFFD in the place of what cannot be stored.

    >>> fit("a\0b") == "a\ufffdb"
    True
    """
    return _UNFIT.sub("\ufffd", value)
