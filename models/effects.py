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


class Snapshot(msgspec.Struct, gc=False, tag_field="record", tag="snapshot"):
    """A snapshot as it was taken, for the watch over drift, which cannot wait for its label.

    Of those whose turn it is (``models.turns``).

    Attributes:
        user_id: the user.
        at: event time, ms.
        age: which of the domain's ``ages`` it was taken at.
        known: what of the outcome had come.
        features: as they stood.
        score: the champion's prediction.
        chance: where that is an amount: the champion's chance that more comes; else None.
        version: the model version that predicted.
        partition: source partition of the user's events.
        seq: grows with every snapshot of that partition; not all of them come here.
    """

    user_id: str
    at: int
    age: int
    known: float
    features: dict[str, float]
    score: float
    chance: float | None
    version: str
    partition: int
    seq: int


class Example(msgspec.Struct, gc=False, tag_field="record", tag="example"):
    """A snapshot with what has become known since: what the learner learns from.

    A domain may cut a snapshot's horizon into windows (``Domain.windows``). Each gives an example
    as soon as it is known; the last one has the label.

    Attributes:
        id: deterministic: user, snapshot time, and the window where there are several.
        user_id: the user.
        at: event time of the snapshot, ms.
        age: which of the domain's ``ages`` the snapshot was taken at.
        window: which of its windows this is about, from 0.
        gain: what of the outcome came in this window; the label itself where there is only one.
        label: the whole outcome: 0 or 1, or an amount; None while windows are to come.
        label_at: event time at which this became known, ms.
        due: event time at which it is known of every snapshot taken then, ms.
        known: what of the outcome had come when the snapshot was taken.
        features: as they stood at ``at``.
        predictions: what each model predicted at ``at``, by its name.
        chance: where these are amounts: the champion's chance that more comes; else None.
        version: the model version that predicted.
        partition: source partition of the user's events.
        seq: position among the examples of that partition, without gaps from 1.
    """

    id: str
    user_id: str
    at: int
    age: int
    window: int
    gain: float
    label: float | None
    label_at: int
    due: int
    known: float
    features: dict[str, float]
    predictions: dict[str, float]
    chance: float | None
    version: str
    partition: int
    seq: int
