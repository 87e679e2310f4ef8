"""The whole of Weir on one machine: broker, Redis, workers, API and trainer, as children."""

import asyncio
import http.client
import os
import secrets
import shlex
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from stream import topics
from stream.adapters import topic_admin
from stream.embedded import mlflow_server
from stream.embedded.broker import EmbeddedBroker
from stream.embedded.guard import Guard
from stream.embedded.kafka_server import KafkaServer
from stream.embedded.ports import answers, any_free, is_free, reachable
from stream.embedded.process import ChildProcess, StackError, stop_all
from stream.embedded.redis import EmbeddedRedis
from stream.embedded.supervise import Supervised
from stream.settings import Settings, load

_T = TypeVar("_T")

WORKER = (sys.executable, "-m", "stream", "worker")
API = (sys.executable, "-m", "api")
TRAINER = (sys.executable, "-m", "stream", "trainer")

_BROKER_PORT = 9092
_REDIS_PORT = 6379
_NOWHERE = "kafka://127.0.0.1:0"
_START_TIMEOUT = 120.0
_WORKER_GRACE = 20.0
_GRACE = 10.0


@dataclass(frozen=True)
class Ports:
    """The ports asked for. None: the usual one, or another if it is taken. 0: any free one.

    Attributes:
        broker: 9092 by default.
        redis: 6379 by default.
        api: that of the settings by default. 0: MLflow's is any free one, too.
        metrics: of the first worker, that of the settings by default; the others get the next.
            0: the trainer's is any free one, too.
    """

    broker: int | None = None
    redis: int | None = None
    api: int | None = None
    metrics: int | None = None


class LocalStack:
    """Broker, Redis, workers, API and trainer, started and stopped together; a context manager.

    Everything is fresh in each run. The embedded broker keeps its topics in memory, so they end
    with it; a Redis that remembered offsets into topics that are gone would make the workers skip
    new events. Therefore each run has a directory of its own: a temporary one that is removed at
    the end (and kept, for its logs, when the run failed), or a new one inside `data_dir`.

    Between `start` and `stop` call `check` a few times a second, or `wait`.

    Args:
        workers: how many.
        api: whether to start the API.
        trainer: whether to start the trainer.
        mlflow: whether to start MLflow with it; not if the settings name one.
        data_dir: where to make the run's directory; it is then kept.
        ports: the ports asked for.
        values: further settings, by field name, for all of them.
        tell: called with what a person should know: a port that was taken, a worker that ended.
        worker_command: what to start as a worker.
        api_command: what to start as the API.
        restarts: how often in a row a worker, the API or the trainer is started again.
        broker: what to start as the broker: called with the run's directory, a port and the guard.

    Attributes:
        halt: set it to end `start` or `wait`, from a signal handler or another thread.
        hurry: set it to end `stop` without waiting for anybody.
        workers: the workers, in the order of their numbers.
        metrics_ports: of each worker; 0 for none.
        has_api: whether there is an API.
    """

    def __init__(
        self,
        *,
        workers: int = 1,
        api: bool = True,
        trainer: bool = True,
        mlflow: bool = True,
        data_dir: Path | None = None,
        ports: Ports | None = None,
        values: Mapping[str, str] | None = None,
        tell: Callable[[str], None] = lambda _: None,
        worker_command: Sequence[str] = WORKER,
        api_command: Sequence[str] = API,
        restarts: int = 3,
        broker: Callable[[Path, int, Guard], KafkaServer] = EmbeddedBroker,
    ) -> None:
        self.halt = threading.Event()
        self.hurry = threading.Event()
        self.workers: list[Supervised] = []
        self.metrics_ports: list[int] = []
        self._worker_count = workers
        self.has_api = api
        self._has_trainer, self._has_mlflow = trainer, trainer and mlflow
        self._data_dir = data_dir
        self._ports = ports or Ports()
        self._values = dict(values or {})
        self._tell = tell
        self._worker_command = worker_command
        self._api_command = api_command
        self._restarts = restarts
        self._new_broker = broker
        self._apis: list[Supervised] = []  # one or none
        self._trainers: list[Supervised] = []  # likewise, and MLflow
        self._others: list[ChildProcess] = []
        self._guard: Guard | None = None
        self._broker: KafkaServer | None = None
        self._redis: EmbeddedRedis | None = None
        self._settings: Settings | None = None
        self._directory: Path | None = None

    @property
    def settings(self) -> Settings:
        """The settings that workers and API run with; raises StackError before `start`."""
        return _started(self._settings)

    @property
    def directory(self) -> Path:
        """The directory of this run: logs and all data; raises StackError before `start`."""
        return _started(self._directory)

    @property
    def broker_url(self) -> str:
        """``kafka://host:port``; raises StackError before `start`."""
        return _started(self._broker).url

    @property
    def redis_url(self) -> str:
        """``redis://host:port/0``; raises StackError before `start`."""
        return _started(self._redis).url

    @property
    def api_url(self) -> str:
        """``http://host:port``; raises StackError before `start`."""
        return f"http://{reachable(self.settings.api_host)}:{self.settings.api_port}"

    @property
    def mlflow_url(self) -> str:
        """Where retrainings are tracked; raises StackError before `start`."""
        return self.settings.mlflow_url

    @property
    def env_file(self) -> Path:
        """A file that sets what `env` returns; raises StackError before `start`."""
        return self.directory / "weir.env"

    def env(self) -> dict[str, str]:
        """The ``WEIR_*`` variables with which a command finds this stack."""
        return {f"WEIR_{name.upper()}": value for name, value in self._values.items()}

    def start(self) -> None:
        """Start broker, Redis, topics, then workers, API and trainer; return when they answer.

        The trainer is not waited for.

        Raises:
            StackError: a part did not start; what had started is stopped again.
            Halted: `halt` was set; likewise.
            BadSettings: a setting in the environment is wrong.
        """
        try:
            self._start()
        except BaseException as error:
            self.stop(keep=isinstance(error, StackError))
            raise

    def spawn(self, name: str, command: Sequence[str]) -> ChildProcess:
        """Start something more beside the stack; it is stopped first, and not started again."""
        child = self._child(name, command, {})
        self._others.append(child)
        return child

    def check(self) -> None:
        """Look after all: a worker, API or trainer that has ended is started again.

        Raises:
            StackError: the broker or Redis has ended (their contents with them), or one of the
                others too often.
        """
        _started(self._broker).check()
        _started(self._redis).check()
        for service in (*self.workers, *self._apis, *self._trainers):
            news = service.check()
            if news:
                self._tell(news)

    def wait(self) -> None:
        """`check` until `halt` is set; raises as `check` does."""
        while not self.halt.wait(0.1):
            self.check()

    def stop(self, *, keep: bool = False) -> None:
        """Stop all: 1. what was spawned, 2. trainer, 3. workers, 4. API, 5. Redis, 6. broker.

        Each gets SIGTERM, then SIGKILL after its grace or as soon as `hurry` is set.

        Args:
            keep: keep the run's directory, also if it is a temporary one.
        """
        stop_all(self._others, _GRACE, self.hurry)
        stop_all([trainer.child for trainer in self._trainers], _WORKER_GRACE, self.hurry)
        stop_all([worker.child for worker in self.workers], _WORKER_GRACE, self.hurry)
        stop_all([api.child for api in self._apis], _GRACE, self.hurry)
        for server in (self._redis, self._broker):
            if server:
                server.stop(self.hurry)
        if self._guard:
            if keep and self._directory and any(self._directory.iterdir()):
                self._guard.keep(self._directory)
            self._guard.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop(keep=isinstance(error, StackError))

    def _start(self) -> None:
        # what the environment says, but of the places: these are ours to choose
        given = load({**self._values, "broker_url": _NOWHERE, "redis_url": "redis://"})
        self._guard = Guard()
        self._directory = self._make_directory()

        port = self._choose("the broker", self._ports.broker, _BROKER_PORT)
        self._broker = self._new_broker(self._directory, port, self._guard)
        self._broker.start(self.halt)
        port = self._choose("Redis", self._ports.redis, _REDIS_PORT)
        self._redis = EmbeddedRedis(self._directory, port, self._guard)
        self._redis.start(self.halt)

        self._values |= self._new_values(given)
        self._settings = load(self._values)
        self.env_file.touch(mode=0o600)  # it holds the signing key
        self.env_file.write_text(
            "".join(f"{name}={shlex.quote(value)}\n" for name, value in self.env().items())
        )

        wanted = [
            topic
            for domain in self._settings.domains
            for topic in topics.of_domain(domain, self._settings.partitions)
        ]
        asyncio.run(topic_admin.ensure(self._settings.kafka, wanted))

        self._start_workers(given.metrics_port)
        if self.has_api:
            self._apis.append(self._supervise("api", self._api_command, {}))
        if self._has_trainer:
            self._trainers.append(self._supervise("trainer", TRAINER, {}))
        if self._has_mlflow:
            command = mlflow_server.server(self.mlflow_url, self.directory)
            self._trainers.append(self._supervise("mlflow", command, mlflow_server.ENVIRONMENT))
        for worker, port in zip(self.workers, self.metrics_ports, strict=True):
            if port:
                worker.child.wait_until(partial(answers, port), _START_TIMEOUT, self.halt)
        for api in self._apis:
            api.child.wait_until(self._api_answers, _START_TIMEOUT, self.halt)

    def _new_values(self, given: Settings) -> dict[str, str]:
        places = {
            "broker_url": self.broker_url,
            "redis_url": self.redis_url,
            "api_port": str(self._choose("the API", self._ports.api, given.api_port)),
            "signing_key": given.signing_key.get_secret_value(),
        }
        usual = {
            "signing_key": secrets.token_urlsafe(32),
            "session_timeout": "6",  # with these two a group forms in 3 s, else in 30
            "rebalance_timeout": "4",
            "log_format": "text",
            "archive_dir": str(self.directory / "archive"),
            "spool_dir": str(self.directory / "spool"),
            "database_url": f"sqlite:///{self.directory / 'weir.db'}",
        }
        if self._has_trainer and "trainer_metrics_port" not in given.model_fields_set:
            asked = 0 if self._ports.metrics == 0 else None
            port = self._choose("the trainer's metrics", asked, given.trainer_metrics_port)
            usual["trainer_metrics_port"] = str(port)
        if "mlflow_url" in given.model_fields_set:
            self._has_mlflow = False
        elif self._has_mlflow:
            asked = 0 if self._ports.api == 0 else None
            usual["mlflow_url"] = f"http://127.0.0.1:{self._choose('MLflow', asked, 5000)}"
        else:
            usual["mlflow_url"] = mlflow_server.database(self.directory)
        return places | {k: v for k, v in usual.items() if k not in given.model_fields_set}

    def _start_workers(self, usual_port: int) -> None:
        asked = self._ports.metrics
        for number in range(1, self._worker_count + 1):
            port = 0
            if asked is not None or usual_port:
                port = self._choose(f"the metrics of worker {number}", asked, usual_port)
            asked, usual_port = asked and asked + 1, port and port + 1
            self.metrics_ports.append(port)
            env = {"WEIR_METRICS_PORT": str(port)}
            self.workers.append(self._supervise(f"worker-{number}", self._worker_command, env))

    def _make_directory(self) -> Path:
        if self._data_dir is None:
            directory = Path(tempfile.mkdtemp(prefix="weir-"))
            _started(self._guard).remove(directory)
            return directory
        self._data_dir.mkdir(parents=True, exist_ok=True)
        prefix = time.strftime("run-%Y%m%d-%H%M%S-")
        return Path(tempfile.mkdtemp(prefix=prefix, dir=self._data_dir)).resolve()

    def _choose(self, what: str, asked: int | None, usual: int) -> int:
        if asked == 0:
            return any_free()
        if asked is not None:
            if not is_free(asked):
                raise StackError(f"port {asked} for {what} is taken; choose another (0: any free)")
            return asked
        if is_free(usual):
            return usual
        port = any_free()
        self._tell(f"port {usual} is taken: {what} will be on {port}")
        return port

    def _supervise(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> Supervised:
        return Supervised(partial(self._child, name, command, env), self._restarts)

    def _child(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> ChildProcess:
        # the environment is handed on, not read: the child's own settings read it
        whole = {**os.environ, **self.env(), **env}
        log = self.directory / f"{name}.log"
        return ChildProcess(name, command, log, _started(self._guard), whole)

    def _api_answers(self) -> bool:
        host, port = reachable(self.settings.api_host), self.settings.api_port
        connection = http.client.HTTPConnection(host, port, timeout=1)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _started(part: _T | None) -> _T:
    if part is None:
        raise StackError("the local stack has not been started")
    return part
