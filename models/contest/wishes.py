"""Wishes: what people and retraining ask of the learner, which alone decides about the line-up.

Each is carried out once, or refused, and either way leaves a decision with its id.
"""

import msgspec


class Challenge(msgspec.Struct, frozen=True, tag="challenge"):
    """Let this model shadow the champion.

    Attributes:
        id: names the wish; wishes are carried out in the order of their ids.
        by: who asks: ``schedule``, ``drift``, or a person.
        model: its name.
        position: how far in the examples log it has learnt.
        pickled: the model, in a signed envelope.
        reason: one sentence for people.
    """

    id: str
    by: str
    model: str
    position: int
    pickled: bytes
    reason: str


class Promote(msgspec.Struct, frozen=True, tag="promote"):
    """Let a challenger serve.

    Attributes:
        id: as above.
        by: as above.
        model: its name; empty for the only one there is.
    """

    id: str
    by: str
    model: str = ""


class Rollback(msgspec.Struct, frozen=True, tag="rollback"):
    """Let the former champion serve again; id and by as above."""

    id: str
    by: str


class Drop(msgspec.Struct, frozen=True, tag="drop"):
    """Let a challenger shadow no more; as ``Promote``."""

    id: str
    by: str
    model: str = ""


Wish = Challenge | Promote | Rollback | Drop
