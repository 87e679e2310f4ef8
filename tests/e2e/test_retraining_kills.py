"""Kills at random moments of retraining, promotion and rollback: nothing is half done.

Two workers and a trainer work on a log that goes on. Eight times (twenty in `make test-faults`)
something is asked for (a retraining, a promotion, a rollback), and at a random moment of it a
worker, the trainer or the retraining itself gets ``kill -9``. After each, what serves, what is in
the checkpoint and what was decided tell of one champion, and events go on being scored. In the end
the record in SQL, the topic and MLflow's registry tell the same, and the learner can be made again
from log and decisions.
"""

import asyncio
import os
import pickle
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import redis

from models import domains
from models.checkpoint import verify
from models.contest.decisions import Decision
from models.contest.report import LineupReport
from models.contest.wishes import Promote, Rollback, Wish
from models.origin import Version
from stream import topics
from stream.adapters import topic_admin
from stream.adapters.decision_log import DecisionLog
from stream.adapters.mlflow_library import MlflowClient, MlflowException
from stream.archiving import archive_domain
from stream.embedded.kafka_server import KafkaServer
from stream.embedded.process import ChildProcess
from stream.keys import DomainKeys
from stream.publication import CHECKPOINT
from stream.rebuild import rebuild_learner
from stream.records import decode_decision
from stream.retraining.state import Request, encode
from stream.settings import Settings, load
from stream.wishing import encode_wish, new_id
from tests.e2e.conftest import KEY
from tests.e2e.sender import Sender
from tests.read_topic import read_topic
from tests.rough_log import in_redis, rough_log

PARTITIONS, SEED = 4, 5
NAME = "churn"
KEYS = DomainKeys.of(NAME)


class State(NamedTuple):
    """What Redis says at one moment."""

    version: str
    lineup: LineupReport
    checkpoint: Any
    decisions: list[Decision]
    wishes: list[str]


class System:
    """Two workers and a trainer, and what can be asked of them."""

    def __init__(
        self, start: Callable[..., ChildProcess], url: str, settings: dict[str, str]
    ) -> None:
        self._start, self._settings = start, settings
        self._redis = redis.Redis.from_url(url)
        self._url = url
        self.running = {name: self._new(name, 0) for name in ("worker-0", "worker-1", "trainer")}
        self.kills = 0

    def _new(self, name: str, number: int) -> ChildProcess:
        command = name.partition("-")[0]
        return self._start(f"{name}-{number}", command, **self._settings)

    def kill(self, name: str) -> None:
        """Kill a process, and start it again; or a retraining, which the trainer repeats."""
        self.kills += 1
        if name == "retraining":
            for pid in self._retrainings():
                os.kill(pid, signal.SIGKILL)
            return
        self.running[name].kill()
        self.running[name] = self._new(name, self.kills)

    def _retrainings(self) -> list[int]:
        """Return the processes of ``stream retrain`` that work on our Redis."""
        found = []
        for place in Path("/proc").iterdir():
            try:
                words = (place / "cmdline").read_bytes().split(b"\0")
                ours = f"WEIR_REDIS_URL={self._url}".encode() in (place / "environ").read_bytes()
            except (OSError, ValueError):
                continue  # gone, or no process
            if ours and b"retrain" in words:
                found.append(int(place.name))
        return found

    def wish(self, wish: Wish) -> None:
        self._redis.hset(KEYS.wishes, wish.id, encode_wish(wish))

    def retrain(self, request: Request) -> None:
        self._redis.hset(KEYS.retraining, "asked", encode(request))

    def state(self) -> State:
        """Return what Redis says, in one transaction."""
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.hmget(KEYS.model, "version", "lineup", "offset")
            pipe.hmget(KEYS.learner, "checkpoint", "offset")
            pipe.xrange(KEYS.decisions)
            pipe.hkeys(KEYS.wishes)
            (version, lineup, served), (checkpoint, learnt), decisions, wishes = pipe.execute()
        assert served == learnt, "what serves and the checkpoint are of two moments"
        payload = verify(checkpoint, KEY.encode(), kind=CHECKPOINT, subject=NAME)
        return State(
            version.decode(),
            msgspec.json.decode(lineup, type=LineupReport),
            pickle.loads(payload)[2],
            [decode_decision(fields[b"decision"]) for _, fields in decisions],
            [wish.decode() for wish in wishes],
        )

    def busy(self) -> bool:
        """Tell whether something is asked for, or under way."""
        left = self._redis.hlen(KEYS.wishes)
        retraining = self._redis.hmget(KEYS.retraining, ["asked", "running"])
        return bool(left) or any(part is not None for part in retraining)

    def check(self) -> None:
        for process in self.running.values():
            assert process.exit_code() is None, process.epitaph()

    def close(self) -> None:
        self._redis.close()


def require_consistent(state: State) -> None:
    """One champion, wherever one looks; and it is the one that the decisions lead to."""
    champion = str(Version.parse(state.version).origin)
    in_checkpoint = state.checkpoint["referee"].lineup
    assert champion == state.lineup.champion == in_checkpoint.champion
    assert set(in_checkpoint.models) >= {champion, *in_checkpoint.challengers}
    ids = [decision.id for decision in state.decisions]
    assert len(ids) == len(set(ids)), "decided twice"
    serves = ""
    for decision in state.decisions:
        name = decision.champion.partition("@")[0]
        if decision.kind == "began":
            serves = name
        elif decision.kind == "promoted":
            assert name == decision.model != serves
            serves = name
        elif decision.kind == "rolled_back":
            assert serves == decision.model != name
            serves = name
        elif decision.kind != "retrained":  # written by another process, of what it had seen
            assert name == serves, decision
    assert serves == champion


def wait(there: Callable[[], bool], system: System, what: str, seconds: float = 90) -> None:
    limit = time.monotonic() + seconds
    while not there():
        system.check()
        assert time.monotonic() < limit, what
        time.sleep(0.1)


@pytest.mark.timeout(900)
def test_kills_leave_one_champion(
    fresh_broker: KafkaServer,
    redis_url: str,
    start_worker: Callable[..., ChildProcess],
    tmp_path: Path,
    thorough: bool,
) -> None:
    log, kills = rough_log(60, 30, SEED, NAME), 20 if thorough else 8
    asyncio.run(topic_admin.ensure(fresh_broker.address, topics.of_domain(NAME, PARTITIONS)))
    settings = {
        "WEIR_ARCHIVE_DIR": str(tmp_path / "archive"),
        "WEIR_SPOOL_DIR": str(tmp_path / "spool"),
        "WEIR_MLFLOW_URL": f"sqlite:///{tmp_path / 'mlflow.db'}",
        "WEIR_DATABASE_URL": f"sqlite:///{tmp_path / 'weir.db'}",
        "WEIR_TRAINER_METRICS_PORT": "0",
        "WEIR_RETRAIN_SCHEDULE": "",
        "WEIR_RETRAIN_LABELS": "300",
    }
    system, rng = System(start_worker, redis_url, settings), random.Random(SEED)
    sender = Sender(fresh_broker.bootstrap, NAME, log, PARTITIONS)
    sender.start()
    share = len(log) // (kills + 2)

    def done() -> int:
        return in_redis(redis_url, PARTITIONS, NAME)[1].records

    sender.allow(2 * share)  # some labels are known
    wait(lambda: done() >= 2 * share, system, "nothing is scored")
    kinds = set()
    for number in range(kills):
        asked = ask(system, rng)
        kinds.add(asked[0])
        sender.allow(share)
        time.sleep(rng.uniform(0.0, 4.0 if asked[0] == "retrain" else 0.8))
        system.kill(rng.choice(["worker-0", "worker-1", "trainer", "retraining"]))
        # scoring goes on, whoever is dead
        wait(lambda n=number: done() >= (3 + n) * share, system, "scoring has stopped")  # type: ignore[misc]
        require_consistent(system.state())
        if rng.random() < 0.5:  # else the next one comes while this is under way
            wait(lambda a=asked: answered(system.state(), a[1]), system, f"no answer: {asked}")  # type: ignore[misc]
    assert kinds == {"retrain", "promote", "rollback"}
    sender.allow(len(log))
    wait(lambda: done() == len(log), system, "not all is scored")
    wait(lambda: not system.busy(), system, "something is still asked for")
    sender.join(60)
    final = system.state()
    require_consistent(final)
    assert in_redis(redis_url, PARTITIONS, NAME)[1].unaccounted == 0
    assert {d.kind for d in final.decisions} >= {"retrained", "promoted", "rolled_back"}
    everywhere(system, fresh_broker, load(_values(settings, fresh_broker, redis_url)))
    made_again(system, load(_values(settings, fresh_broker, redis_url)))
    system.close()


def ask(system: System, rng: random.Random) -> tuple[str, str]:
    """Ask for something that is possible now; return what, and the id of it."""
    lineup, wish_id = system.state().lineup, new_id(time.time_ns() // 1_000_000)
    possible = [
        "retrain",
        *(["promote"] * bool(lineup.challengers)),
        *(["rollback"] * bool(lineup.former)),
    ]
    what = rng.choice(possible)
    if what == "retrain":
        system.retrain(Request(wish_id, "test", "to see", 1))
    elif what == "promote":
        system.wish(Promote(wish_id, "test", rng.choice(lineup.challengers).model))
    else:
        system.wish(Rollback(wish_id, "test"))
    return what, wish_id


def answered(state: State, wish_id: str) -> bool:
    return any(decision.wish == wish_id for decision in state.decisions)


def everywhere(system: System, broker: KafkaServer, settings: Settings) -> None:
    """SQL, the topic and MLflow tell what Redis tells."""

    def decided() -> dict[str, Decision]:
        return {decision.id: decision for decision in system.state().decisions}

    async def in_sql() -> dict[str, Decision]:
        record = DecisionLog.from_url(settings.database_url, 10)
        try:
            return {d.id: d for d in (await record.read(limit=1000)).decisions}
        finally:
            await record.close()

    wait(lambda: asyncio.run(in_sql()) == decided(), system, "SQL lacks decisions")
    records = asyncio.run(read_topic(broker.bootstrap, topics.decisions(NAME)))
    told = {decode_decision(record.value).id: decode_decision(record.value) for record in records}
    assert told == decided()
    champion = system.state().lineup.champion
    client = MlflowClient(settings.mlflow_url, settings.mlflow_url)

    def registered() -> str:
        try:
            version = client.get_model_version_by_alias(f"weir-{NAME}", "champion")
        except MlflowException:  # not there yet
            return ""
        return str(version.tags["weir.version"])

    wait(lambda: registered().partition("@")[0] == champion, system, "MLflow has another champion")


def made_again(system: System, settings: Settings) -> None:
    """The learner is what log and decisions make."""
    domain = domains.load(NAME)
    archive = asyncio.run(archive_domain(settings, domain))
    state = system.state()
    again = rebuild_learner(domain, archive, state.decisions, lambda *_: None, watch_drift=True)
    assert again.version == state.version
    row = dict.fromkeys(domain.feature_names, 0.7)
    models = state.checkpoint["referee"].lineup.models
    assert {n: m.predict(row) for n, m in again.models.items()} == {
        n: m.predict(row) for n, m in models.items()
    }


def _values(settings: dict[str, str], broker: KafkaServer, url: str) -> dict[str, object]:
    values: dict[str, object] = {
        name.removeprefix("WEIR_").lower(): value for name, value in settings.items()
    }
    return values | {"broker_url": broker.url, "redis_url": url, "signing_key": KEY}
