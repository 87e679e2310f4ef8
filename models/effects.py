"""What the engine decides; the stream carries it out."""

import msgspec


class Scored(msgspec.Struct, gc=False):
    """A user's new score.

    Attributes:
        id: deterministic: the same event gives the same id, however often it is read again.
        user_id: the user.
        at: event time the score is for, ms.
        score: the champion's prediction.
        version: the model version that made it.
        offset: of the event that was scored, or -1 for a snapshot of the schedule.
    """

    id: str
    user_id: str
    at: int
    score: float
    version: str
    offset: int


class Example(msgspec.Struct, gc=False):
    """A snapshot whose label is now known: what the learner learns from.

    Attributes:
        id: deterministic: user and snapshot time.
        user_id: the user.
        at: event time of the snapshot, ms.
        label: the outcome, 0 or 1 for a classification.
        label_at: event time at which the label became known, ms.
        features: as they stood at ``at``.
        predictions: what each model predicted at ``at``, by recipe name.
        version: the model version that predicted.
        partition: source partition of the user's events.
        seq: position among the examples of that partition, without gaps from 1.
    """

    id: str
    user_id: str
    at: int
    label: float
    label_at: int
    features: dict[str, float]
    predictions: dict[str, float]
    version: str
    partition: int
    seq: int
