"""Apache Kafka on loopback: one process in KRaft mode, from the jars that `make kafka` fetches."""

import asyncio
import base64
import secrets
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from stream.adapters import ping
from stream.embedded import ports
from stream.embedded.guard import Guard
from stream.embedded.kafka_server import KafkaServer
from stream.embedded.process import StackError
from stream.kafka_address import KafkaAddress

#: Where `make kafka` puts the jars, a folder for each version.
JARS = Path(__file__).parents[1] / ".weir" / "kafka"

#: The version in tests/kafka/pom.xml: the one that is tested against, and in docker-compose.yml.
VERSION = "4.4.0"

#: A small heap, and no time spent on optimising what runs for minutes.
_JAVA = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dlog4j2.level=WARN"]

#: One node is all there is. Groups form at once, so that tests need not wait for them.
_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "group.initial.rebalance.delay.ms": "0",
    "auto.create.topics.enable": "false",
}


_WITHOUT_SECURITY = ("PROXIED:PLAINTEXT", "CONTROLLER:PLAINTEXT")


class ApacheKafka(KafkaServer):
    """A broker, and its own controller. Its log outlives `stop` and the next `start`.

    Args:
        data_dir: for its configuration, its log and its data.
        guard: ends it if this process dies.
        version: which jars.
        listeners: names of further ones, which are their protocols, too.
        by_proxy: port of a proxy, by which clients of a further listener PROXIED are sent to it.
        settings: more lines of ``server.properties``.
        users: passwords by name, for SCRAM-SHA-512.
    """

    name = "kafka"

    def __init__(
        self,
        data_dir: Path,
        guard: Guard | None = None,
        *,
        version: str = VERSION,
        listeners: Sequence[str] = (),
        by_proxy: int = 0,
        settings: Mapping[str, str] | None = None,
        users: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data_dir, guard=guard)
        self._jars = JARS / version
        self._users = users or {}
        self._settings = dict(settings or {})
        self._controller = 0
        self._by_proxy = by_proxy
        self.ports = dict.fromkeys([*listeners, *(["PROXIED"] if by_proxy else [])], 0)
        """Ports of the further listeners, once it has started."""

    def command(self) -> list[str]:
        """Format its directory if that is new, and return how to start it."""
        java = self._java()
        if not self._controller:
            self._controller = ports.any_free()
            self.ports = {name: ports.any_free() for name in self.ports}
            self._any_port = False  # where it once was it is found again
        properties = self.data_dir / "server.properties"
        properties.write_text(self._properties())
        if not (self.data_dir / "logs").exists():
            self._format(java, properties)
        return [*java, "kafka.Kafka", str(properties)]

    def ready(self) -> bool:
        """Whether it answers, as the cluster that it is."""
        if not ports.answers(self.port):
            return False
        try:
            return bool(ping.broker(self.address).brokers)
        except ping.Unreachable:
            return False

    def empty(self) -> None:
        """Delete all topics, with what groups have committed to them; return when they are gone."""
        asyncio.run(_empty(self.address))

    def _java(self) -> list[str]:
        if not any(self._jars.glob("kafka_*.jar")):
            raise StackError(f"no jars of Apache Kafka in {self._jars}: `make kafka` fetches them")
        return [*_JAVA, "-cp", f"{self._jars}/*"]

    def _properties(self) -> str:
        names = {"PLAINTEXT": self.port, **self.ports}
        places = _places(names)
        told = _places(names | ({"PROXIED": self._by_proxy} if self._by_proxy else {}))
        controller = f"{ports.LOOPBACK}:{self._controller}"
        lines = {
            **_SETTINGS,
            "listeners": ",".join([*places, f"CONTROLLER://{controller}"]),
            "advertised.listeners": ",".join(told),
            "listener.security.protocol.map": ",".join(
                [*(f"{name}:{name}" for name in names if name != "PROXIED"), *_WITHOUT_SECURITY]
            ),
            "controller.quorum.bootstrap.servers": controller,
            "log.dirs": str((self.data_dir / "logs").resolve()),
            **self._settings,
        }
        return "".join(f"{name}={value}\n" for name, value in lines.items())

    def _format(self, java: list[str], properties: Path) -> None:
        # an id that begins with "-" would be taken for an option
        cluster = base64.urlsafe_b64encode(b"\0" + secrets.token_bytes(15)).decode().rstrip("=")
        command = [*java, "kafka.tools.StorageTool", "format", "--standalone"]
        command += ["--cluster-id", cluster, "--config", str(properties)]
        for name, password in self._users.items():
            command += ["--add-scram", f"SCRAM-SHA-512=[name={name},password={password}]"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StackError(f"Kafka's directory cannot be formatted: {done.stdout}{done.stderr}")


def _places(listeners: Mapping[str, int]) -> list[str]:
    return [f"{name}://{ports.LOOPBACK}:{port}" for name, port in listeners.items()]


def skip_without_kafka() -> None:
    """Skip where Java or the jars are missing, and say what to do."""
    if shutil.which("java") is None:
        pytest.skip("no java: apt-get install openjdk-17-jre-headless maven, then make kafka")
    if not (JARS / VERSION).is_dir():
        pytest.skip(f"no Apache Kafka {VERSION}: make kafka (needs Maven)")


async def _empty(kafka: KafkaAddress) -> None:
    admin = AIOKafkaAdminClient(**kafka.options())
    await admin.start()
    try:
        names = [name for name in await admin.list_topics() if not name.startswith("__")]
        if names:
            await admin.delete_topics(names)
        deadline = time.monotonic() + 30
        while not {*await admin.list_topics()}.isdisjoint(names):
            if time.monotonic() > deadline:
                raise StackError(f"Kafka has not deleted its topics: {names}")
            await asyncio.sleep(0.05)
    finally:
        await admin.close()
