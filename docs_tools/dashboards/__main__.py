"""Makes the pictures of the dashboards for the docs: ``make dashboard-pictures``.

Everything of Weir starts, a Prometheus watches it, and logs of both domains flow through it for
some minutes. Then every panel is drawn from what that Prometheus answers.
"""

import time

from docs_tools.dashboards import pictures
from docs_tools.dashboards.answers import Prometheus, Window
from docs_tools.dashboards.traffic import Traffic
from docs_tools.dashboards.watched import SCRAPE, watch
from stream.embedded.stack import LocalStack, Ports

#: Seconds that the logs flow, and that the pictures show.
_SECONDS = 330.0


def main() -> None:
    """Make all pictures."""
    with LocalStack(ports=Ports(0, 0, 0, 0), mlflow=False) as stack:
        traffic = Traffic(stack, _SECONDS)
        traffic.make()
        traffic.send_first()
        prometheus = Prometheus(watch(stack))
        time.sleep(4 * SCRAPE)  # rates need some scrapes
        start = time.time()
        traffic.send_last()
        end = time.time() // SCRAPE * SCRAPE  # so that lines and what is asked for now end together
        pictures.take(prometheus, Window(start, end, SCRAPE))


if __name__ == "__main__":
    main()
