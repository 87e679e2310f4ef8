"""Fixtures for all: broker, Redis, databases, MLflow, and no settings of the developer's own."""

import contextlib
import itertools
import os
import shutil
import signal
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
import redis

from stream.embedded import ports
from stream.embedded.broker import EmbeddedBroker
from stream.embedded.guard import Guard
from stream.embedded.kafka_server import KafkaServer
from stream.embedded.redis import EmbeddedRedis
from tests import apache_kafka
from tests.apache_kafka import ApacheKafka
from tests.databases import PostgresServer
from tests.mlflow_server import MlflowServer, new_database

# Deadlines would time the machine instead of the code; slow data is no fault of a busy machine.
hypothesis.settings.register_profile(
    "dev",
    deadline=None,
    max_examples=100,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "ci", hypothesis.settings.get_profile("dev"), derandomize=True, max_examples=50
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")

_numbers = itertools.count(1)


def allow_kafka_python_to_leave_sockets(config: pytest.Config, bootstrap: str) -> None:
    """Allow sockets to this broker, and to nothing else, to be closed only when collected.

    kafka-python 3.0.12 forgets a connection that has bytes to write, or is being opened, when its
    client is closed (`test_kafka_python_closes_what_has_bytes_to_write` says when that ends). Which
    test such a socket is collected in, if ever, is chance.
    """
    port = bootstrap.rpartition(":")[2]  # the socket knows the host by its number
    message = rf"unclosed <socket\.socket .*raddr=\('[^']+', {port}\b"
    warnings.filterwarnings("ignore", message, ResourceWarning)  # in the test that runs
    config.addinivalue_line("filterwarnings", f"ignore:{message}:ResourceWarning")  # in the next


def pytest_configure() -> None:
    """Set up what the tests start.

    Its linear algebra has one thread: several processes share the cores, and threads that wait for
    one do so busily. Each process of pytest-xdist has its own share of the ports, so that none
    takes one that another has found free. What nohup and a shell's background do to signals is
    undone.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        count = int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
        ports.RANGE = ports.RANGE[int(worker.removeprefix("gw")) :: count]
    for number, usual in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGHUP, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse tests that share an id: of those pytest-xdist runs one and says nothing."""
    if config.getoption("--kafka"):
        items[:] = [item for item in items if on_any_broker(item)]
    counts = Counter(item.nodeid for item in items)
    shared = [name for name, count in counts.items() if count > 1]
    if shared:
        raise pytest.UsageError("several tests have the same id: " + ", ".join(shared))


def kafka_version(config: pytest.Config) -> str:
    """Return which Apache Kafka is asked for."""
    return config.getoption("--kafka-version") or apache_kafka.VERSION


def on_any_broker(item: pytest.Item) -> bool:
    """Tell whether a test wants a broker, and not the embedded one above all."""
    return not {"broker", "fresh_broker"}.isdisjoint(getattr(item, "fixturenames", ()))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--kafka",
        action="store_true",
        help="Run what needs a broker, and nothing else, on Apache Kafka (`make kafka` fetches it) "
        "instead of the embedded broker.",
    )
    parser.addoption(
        "--fault-seeds",
        type=int,
        default=0,
        metavar="N",
        help="Run every kind of fault so often, instead of a few once, and kill more often.",
    )
    parser.addoption(
        "--fault-report", metavar="FILE", help="Append what the faults have done, as JSON lines."
    )
    parser.addoption("--kafka-version", metavar="VERSION", help="Of which version.")


@pytest.fixture(scope="session")
def thorough(request: pytest.FixtureRequest) -> bool:
    """Tell whether this is `make test-faults`, which may take its time."""
    return bool(request.config.getoption("--fault-seeds"))


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_the_developer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Take away what the developer has set; the record of predictions is a file of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("WEIR_")]:
            patch.delenv(name)
        path = tmp_path_factory.mktemp("record") / "weir.db"
        patch.setenv("WEIR_DATABASE_URL", f"sqlite:///{path}")
        yield


@pytest.fixture(scope="session")
def guard() -> Iterator[Guard]:
    """Ends what the tests have started, also when pytest is killed."""
    with Guard() as guard:
        yield guard


@pytest.fixture(scope="session")
def broker(
    request: pytest.FixtureRequest, guard: Guard, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KafkaServer]:
    """One broker for all tests of a process: its topics stay, so name yours with `unique`."""
    with _new_broker(request, guard, tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture(scope="session")
def kafka_to_empty(
    request: pytest.FixtureRequest, guard: Guard, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ApacheKafka]:
    """One Apache Kafka for all tests of a process that want an empty broker."""
    directory = tmp_path_factory.mktemp("kafka-to-empty")
    with ApacheKafka(directory, guard, version=kafka_version(request.config)) as kafka:
        yield kafka


@pytest.fixture
def fresh_broker(
    request: pytest.FixtureRequest, guard: Guard, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KafkaServer]:
    """An empty broker of the test's own."""
    if request.config.getoption("--kafka"):
        # it takes seconds to start, and a tenth of one to be emptied
        kafka: ApacheKafka = request.getfixturevalue("kafka_to_empty")
        kafka.empty()
        allow_kafka_python_to_leave_sockets(request.config, kafka.bootstrap)
        yield kafka
        return
    with _new_broker(request, guard, tmp_path_factory.mktemp("fresh-broker")) as broker:
        yield broker


@contextlib.contextmanager
def _new_broker(
    request: pytest.FixtureRequest, guard: Guard, directory: Path
) -> Iterator[KafkaServer]:
    broker: KafkaServer = EmbeddedBroker(directory, guard=guard)
    if request.config.getoption("--kafka"):
        broker = ApacheKafka(directory, guard, version=kafka_version(request.config))
    with broker:
        allow_kafka_python_to_leave_sockets(request.config, broker.bootstrap)
        yield broker


@pytest.fixture(scope="session")
def redis_server(guard: Guard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """One Redis for all tests of a process; take `redis_url` instead, which is empty."""
    with EmbeddedRedis(tmp_path_factory.mktemp("redis"), guard=guard) as embedded:
        yield embedded


@pytest.fixture
def redis_url(redis_server: EmbeddedRedis) -> str:
    """The URL of an empty Redis."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture(scope="session")
def postgres(guard: Guard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests of a process; each takes a database of its own from it."""
    with PostgresServer(tmp_path_factory.mktemp("postgres"), guard) as server:
        yield server


@pytest.fixture
def fresh_postgres(
    guard: Guard, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PostgresServer]:
    """A PostgreSQL of the test's own, to stop and start."""
    with PostgresServer(tmp_path_factory.mktemp("fresh-postgres"), guard) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database: the test runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'weir.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture(scope="session")
def mlflow_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with MLflow's tables, to be copied; take `mlflow_sqlite` instead, which is one."""
    return new_database(tmp_path_factory.mktemp("mlflow-tables"))


@pytest.fixture
def mlflow_sqlite(mlflow_tables: Path, tmp_path: Path) -> str:
    """The URL of an empty MLflow that is a database alone."""
    shutil.copy(mlflow_tables, tmp_path / "mlflow.db")
    return f"sqlite:///{tmp_path}/mlflow.db"


@pytest.fixture(scope="session")
def lazy_mlflow(
    guard: Guard, mlflow_tables: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MlflowServer]:
    """One MLflow for all tests of a process; take `mlflow_server` instead, which is started."""
    server = MlflowServer(tmp_path_factory.mktemp("mlflow"), guard, mlflow_tables, ports.any_free())
    yield server
    server.stop()


@pytest.fixture
def mlflow_server(lazy_mlflow: MlflowServer) -> MlflowServer:
    """An MLflow that keeps what other tests have sent."""
    lazy_mlflow.ensure()
    return lazy_mlflow


@pytest.fixture(params=["server", "sqlite"])
def mlflow_url(request: pytest.FixtureRequest) -> str:
    """MLflow by its server, and by its database alone: the test runs on both."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("mlflow_sqlite"))
    return str(request.getfixturevalue("mlflow_server").url)


@pytest.fixture
def unique() -> Callable[[str], str]:
    """Makes a name for a topic or a group that no other test has, also on a broker that stays."""
    suffix = f"{os.getpid()}-{next(_numbers)}"
    return lambda name: f"{name}-{suffix}"
