"""``stream worker``: score events and learn, until told to stop."""

import asyncio
import sys

import click

from stream import logs
from stream.adapters.kafka_errors import KafkaError
from stream.bootstrap import run_worker
from stream.settings import load


@click.command()
def worker() -> None:
    """Run a worker: reads events, scores them, learns from the outcomes.

    Several may run at once; Kafka shares the partitions out. Ctrl-C or SIGTERM finishes the
    chunk in flight and stops cleanly. Exit codes: 0 stopped, 1 failed (the log says why), 70
    stuck and ended by its watchdog: start it again.
    """
    settings = load()
    logs.configure(settings)
    try:
        code = asyncio.run(run_worker(settings))
    except KafkaError as error:
        raise click.ClickException(
            f"the broker at {settings.broker_url} does not answer, or lets nobody in ({error}); "
            "`stream doctor` says more"
        ) from error
    sys.exit(code)
