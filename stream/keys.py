"""The Redis keys. One hash tag a partition keeps its keys in one slot of a Redis Cluster."""

from dataclasses import dataclass, fields

#: Held by the one retraining that may run.
RETRAINING_LOCK = "weir:retraining"

#: Held by the one trainer that works.
TRAINER_LOCK = "weir:trainer"


@dataclass(frozen=True)
class PartitionKeys:
    """The keys of one partition of one domain.

    Attributes:
        meta: hash: fencing token, commits, next offset, progress, wall clock of the last commit,
            its newest scores.
        state: hash: user id to state.
        pending: hash: user id to the snapshots that wait for their label.
        due: sorted set: user ids by the time (ms) at which the schedule needs them.
        rank: sorted set: user ids by their latest score.
    """

    meta: str
    state: str
    pending: str
    due: str
    rank: str

    @classmethod
    def of(cls, domain: str, partition: int) -> "PartitionKeys":
        """Return the keys of a partition."""
        prefix = f"weir:{{{domain}:{partition}}}:"
        return cls(*(prefix + name for name in ("meta", "state", "pending", "due", "rank")))


@dataclass(frozen=True)
class DomainKeys:
    """The keys of a whole domain.

    Attributes:
        info: hash: number of partitions that the states were laid out for.
        pulse: hash: by partition, its lag and when a worker last said so.
        learner: hash: fencing token, next offset of the examples log, checkpoint.
        model: hash: version, serving blob and report of the newest model, the drift report, and
            the line-up.
        alarms: list: the newest drift alarms, JSON, newest first.
        wishes: hash: by id, what is asked of the learner and not carried out yet.
        decisions: stream: the newest decisions, JSON, oldest first.
        retraining: hash: ``asked``, a request; ``handed``, the one that was fulfilled last;
            ``running``, a sign of life; ``memory``, what the trainer has considered already;
            ``kept``, how far the decisions have been written down elsewhere; ``roles``, what
            MLflow's aliases are to say.
    """

    info: str
    pulse: str
    learner: str
    model: str
    alarms: str
    wishes: str
    decisions: str
    retraining: str

    @classmethod
    def of(cls, domain: str) -> "DomainKeys":
        """Return the keys of a domain."""
        prefix = f"weir:{{{domain}}}:"
        return cls(*(prefix + field.name for field in fields(cls)))
