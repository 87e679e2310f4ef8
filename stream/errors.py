"""The errors of the stream.

WeirError
├── Fenced          another worker owns the partition now; drop what was not committed
├── TooMuchRejected nearly nothing on the topic can be used
└── WrongLayout     Redis holds the states of another number of partitions
"""

from models.errors import WeirError


class Fenced(WeirError):
    """Another worker has claimed the partition since; this one may not write to it any more."""


class TooMuchRejected(WeirError):
    """Nearly every record is unusable: the wrong topic is read, or its format has changed."""


class WrongLayout(WeirError):
    """Redis holds the states of another number of partitions than the settings say."""
