"""The Redis keys. One hash tag a partition keeps its keys in one slot of a Redis Cluster.

Each is told of by its type, who writes it, and what it holds; of a hash with fields of fixed names,
by these. ``docs/reference/redis-keys.md`` is made from here.
"""

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class PartitionKeys:
    """The keys of one partition of one domain.

    Attributes:
        meta: hash, written by the worker: ``token``, the fencing token of who may commit;
            ``commits``, how many there have been; ``offset``, the next one to read; ``progress``,
            clock and counts (msgpack); ``committed_at``, wall clock of the last commit, ms;
            ``latest``, some of its newest scores (JSON).
        state: hash, written by the worker: user id to state (msgpack).
        pending: hash, written by the worker: user id to the snapshots that wait for their label
            (msgpack).
        due: sorted set, written by the worker: user ids by the time (ms) at which the schedule
            needs them.
        rank: sorted set, written by the worker: user ids by their latest score.
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
        return cls(*(prefix + field.name for field in fields(cls)))


@dataclass(frozen=True)
class DomainKeys:
    """The keys of a whole domain.

    Attributes:
        info: hash, written by the first worker: ``partitions``, the number that the states were
            laid out for.
        pulse: hash, written by the workers: partition to its lag and when its worker last said so,
            wall clock in ms (JSON); a worker that stops takes its own back.
        learner: hash, written by the learner: ``token``, the fencing token of who may learn;
            ``offset``, the next one of the examples log; ``checkpoint``, models, figures and
            detectors (signed); ``commit``, the name of the last one.
        model: hash, written by the learner: of the newest model ``version``; ``serving``, champion
            and challengers (signed); ``report``, how right they have been (JSON); ``drift``, the
            drift report (JSON); ``lineup``, how the contests stand (JSON); ``offset``, the next one
            of the examples log.
        alarms: list, written by the learner: the newest 200 drift alarms (JSON), newest first.
        wishes: hash, written by the API, commands and retrainings: id to what is asked of the
            learner and not carried out yet (msgpack); the learner takes out what it has done.
        decisions: stream, written by the learner and retrainings: some ten thousand of the newest
            decisions, oldest first; each entry has ``decision`` (JSON).
        retraining: hash, written by the API, the trainer and retrainings: ``asked``, a request
            (JSON); ``handed``, the id of the one that was fulfilled last; ``running``, a sign of
            life (JSON); ``memory``, what the trainer has considered already (JSON); ``kept``, how
            far the decisions have been written down elsewhere; ``roles``, what MLflow's aliases
            are to say (JSON).
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


@dataclass(frozen=True)
class Locks:
    """Keys that are held, and expire when nobody renews them (``stream.adapters.redis_lock``).

    Attributes:
        retraining: string, written by whoever retrains: held by the one retraining that may run.
        trainer: string, written by the trainer: held by the one that works.
    """

    retraining: str = "weir:retraining"
    trainer: str = "weir:trainer"


LOCKS = Locks()
