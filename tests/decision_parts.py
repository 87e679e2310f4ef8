"""Decisions as the learner leaves them, for those who read them."""

from collections.abc import Sequence

import msgspec
import redis

from models.contest.contest import Evidence, Gain
from models.contest.decisions import Decision, Trial
from stream.keys import DomainKeys
from stream.records import encode_decision

EVIDENCE = Evidence(
    model="sgd_logistic",
    against="kalman_logistic",
    labels=6_000,
    users=812,
    outcomes=61,
    loss=Gain(0.0031, 0.0004, 0.0058),
    ranking=Gain(0.02, -0.001, 0.041),
    looks=3,
    most_looks=10,
    figures={"auc": 0.74, "ece": 0.011},
    others={"auc": 0.72, "ece": 0.012},
)

TRIAL = Trial(
    "sgd_logistic~20181102", "Logistic regression", 900, 0.002, -0.001, 0.005, {"auc": 0.7}
)


def decision(number: int, **changes: object) -> Decision:
    """A decision; numbers tell them apart, and are its wall clock after a moment in 2023."""
    made = Decision(
        id=f"promoted-sgd_logistic-{number}",
        domain="churn",
        kind="promoted",
        model="sgd_logistic",
        champion=f"sgd_logistic@{number}",
        by="policy",
        reason="better than kalman_logistic, and as well calibrated",
        position=number,
        event_time=1_540_944_000_000 + number,
        evidence=EVIDENCE,
        wall_time=1_700_000_000_000 + number,
    )
    return msgspec.structs.replace(made, **changes)


def push_decisions(url: str, decisions: Sequence[Decision]) -> None:
    """Write decisions as the learner does: the newest is the last one."""
    with redis.Redis.from_url(url) as client:
        for one in decisions:
            key = DomainKeys.of(one.domain).decisions
            client.xadd(key, {"decision": encode_decision(one)})
