"""Alarms: what a drift detector says, once a shift."""

from typing import Literal

import msgspec

Kind = Literal["concept", "data", "label"]


class Alarm(msgspec.Struct, frozen=True):
    """One shift that was found.

    Attributes:
        id: deterministic: the same log gives the same ids, however often it is read again.
        domain: whose.
        kind: ``concept``: the champion's predictions and the outcomes no longer agree as before;
            ``data``: features or scores have moved; ``label``: outcomes are more or less frequent.
        signal: what moved: ``loss``, ``calibration`` or ``chance`` (concept, ``models.losses``), a
            feature's name or ``score`` (data), ``base_rate`` (label).
        method: ``adwin`` or ``psi``.
        direction: ``degraded`` or ``improved`` (concept), else ``up`` or ``down``; ``changed`` for
            a distribution (psi).
        event_time: event time at which it was found, ms.
        since: event time of the first prediction or snapshot that the detector counts as after the
            shift, ms: about when it happened.
        before: mean of the signal before the shift; of an index, its limit.
        after: mean since then; of an index, its value.
        values: how many labels (or snapshots) after the shift it took.
        version: the champion that predicted when it was found.
        also: other features that moved on the same day.
        wall_time: when it was published, ms; 0 until then.
    """

    id: str
    domain: str
    kind: Kind
    signal: str
    method: Literal["adwin", "psi"]
    direction: Literal["degraded", "improved", "up", "down", "changed"]
    event_time: int
    since: int
    before: float
    after: float
    values: int
    version: str
    also: tuple[str, ...] = ()
    wall_time: int = 0
