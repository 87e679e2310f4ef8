"""What a retraining has found: kept whole, so that it can be tracked, drawn and audited."""

import msgspec

from models.curves import Curves

Figures = dict[str, float | None]


class WindowFigures(msgspec.Struct, frozen=True):
    """The figures of predictions made in one stretch of time.

    Attributes:
        since: event time of its first snapshot, ms.
        until: event time up to which it goes, ms.
        figures: of the labels of its snapshots.
    """

    since: int
    until: int
    figures: Figures


class AgeReport(msgspec.Struct, frozen=True):
    """The figures of one model at one age of its domain.

    Attributes:
        age: its name; empty where the domain has but one.
        figures: over all labels it was judged on.
        windows: the same by stretches of time, oldest first: as the labels' delay let it learn.
        curves: calibration and ranking.
        precision: of chances (recall, precision), by falling prediction; else empty.
    """

    age: str
    figures: Figures
    windows: list[WindowFigures]
    curves: Curves
    precision: list[tuple[float, float]]


class TrialReport(msgspec.Struct, frozen=True):
    """How a candidate did, on the snapshots that the champion predicted too.

    Attributes:
        model: its name, as in ``kalman_logistic~20181102``.
        recipe: its recipe's name.
        title: its recipe's, for people.
        since: event time from which on snapshots were learnt, ms; 0 for all.
        parameters: its recipe's hyper-parameters.
        labels: how many it was judged on.
        gain: mean loss of the champion minus its own: above 0, it is better.
        low: 2.5% of the resampled users give less than this (paired bootstrap).
        high: 2.5% give more.
        ages: its figures.
        effects: by feature, how much it moves predictions: mean of the absolute effects on some of
            the snapshots, in log-odds or in the amount's currency; the largest first.
        learnt: examples that it has learnt.
        seconds: that it took to learn.
    """

    model: str
    recipe: str
    title: str
    since: int
    parameters: dict[str, float | str]
    labels: int
    gain: float
    low: float
    high: float
    ages: list[AgeReport]
    effects: dict[str, float]
    learnt: int
    seconds: float


class RetrainingReport(msgspec.Struct, frozen=True):
    """One retraining.

    Attributes:
        id: its own.
        domain: whose.
        by: who asked: ``schedule``, ``drift``, or a person.
        reason: one sentence for people.
        started_at: wall clock, ms.
        finished_at: wall clock, ms.
        versions: of ``weir``, ``river`` and ``python``.
        schema: digest of the features, by name and order.
        first_offset: the oldest offset of the examples log that was read.
        next_offset: the offset after the newest one.
        position: examples taken in.
        first_at: event time of the oldest snapshot read, ms.
        last_at: event time of the newest, ms.
        judged_since: event time of the oldest snapshot that candidates were compared on, ms.
        judged_until: of the newest, ms.
        judged: how many labels.
        champion: the version that served when it ended.
        champion_ages: the figures of what was served.
        trials: the candidates, the best first.
        chosen: name of the one that becomes challenger; empty for none.
        why: one sentence: why that one, or why none.
        seed: of the bootstrap.
    """

    id: str
    domain: str
    by: str
    reason: str
    started_at: int
    finished_at: int
    versions: dict[str, str]
    schema: str
    first_offset: int
    next_offset: int
    position: int
    first_at: int
    last_at: int
    judged_since: int
    judged_until: int
    judged: int
    champion: str
    champion_ages: list[AgeReport]
    trials: list[TrialReport]
    chosen: str
    why: str
    seed: int
