"""Makes the pictures of the dashboards for the docs: ``make dashboard-pictures``.

Everything of Weir starts on an Apache Kafka, a Prometheus watches it, and logs of both domains flow
through it for ten minutes. Then every panel is drawn from what that Prometheus answers. (The
embedded broker gets slower with each event that is sent alone, as all are at this pace.)
"""

import time
from pathlib import Path

from docs_tools.dashboards import pictures
from docs_tools.dashboards.answers import Prometheus, Window
from docs_tools.dashboards.traffic import Traffic
from docs_tools.dashboards.watched import SCRAPE, watch
from stream.embedded.guard import Guard
from stream.embedded.stack import LocalStack, Ports
from tests.apache_kafka import ApacheKafka

#: Seconds that the logs flow, and that the pictures show.
_SECONDS = 600.0


def main() -> None:
    """Make all pictures."""
    with LocalStack(ports=Ports(0, 0, 0, 0), mlflow=False, broker=_kafka) as stack:
        traffic = Traffic(stack, _SECONDS)
        traffic.make()
        traffic.send_first()
        prometheus = Prometheus(watch(stack))
        time.sleep(4 * SCRAPE)  # rates need some scrapes
        start = time.time()
        traffic.send_last()
        end = time.time() // SCRAPE * SCRAPE  # so that lines and what is asked for now end together
        pictures.take(prometheus, Window(start, end, SCRAPE))


def _kafka(directory: Path, _port: int, guard: Guard) -> ApacheKafka:
    place = directory / "kafka"
    place.mkdir()
    return ApacheKafka(place, guard)


if __name__ == "__main__":
    main()
