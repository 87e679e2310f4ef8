"""``stream trainer``: retrain on schedule and on drift, and keep the books of it."""

import asyncio
import sys

import click

from stream import logs
from stream.adapters.kafka_errors import KafkaError
from stream.adapters.redis_connection import Unavailable
from stream.retraining.service import run_trainer
from stream.settings import load


@click.command()
def trainer() -> None:
    """Run the trainer: retrains models on schedule, on drift and when asked to.

    It also archives the labelled examples, writes decisions down (topic, database) and tracks
    everything in MLflow. Scoring and learning need none of it: a worker goes on without a trainer,
    and decides who serves. Several may run: one works, the others wait to take over. Ctrl-C or
    SIGTERM stops it cleanly; a retraining under way begins anew at the next start.

    Exit code 0 when it was stopped, 1 when it failed (the log says why).
    """
    settings = load()
    logs.configure(settings)
    try:
        code = asyncio.run(run_trainer(settings))
    except KafkaError as error:
        raise click.ClickException(
            f"the broker at {settings.broker_url} does not answer, or lets nobody in ({error}); "
            "`stream doctor` says more"
        ) from error
    except Unavailable as error:
        raise click.ClickException(f"Redis is away: {error}; `stream doctor` says more") from error
    sys.exit(code)
