"""``stream topics``: makes the topics that are missing."""

import asyncio

import click

from stream import topics as topics_of
from stream.adapters import topic_admin
from stream.adapters.kafka_errors import KafkaError
from stream.settings import load


@click.command()
def topics() -> None:
    """Create the topics that are missing, and list all that Weir uses.

    Workers, trainer and `replay send` do so too when they start. By itself it is for where they
    may not: with another user's rights, say. Topics that exist are left as they are. Exit codes:
    0 all are there, 1 one cannot be made, or no broker answers.
    """
    settings = load()
    wanted = [
        topic
        for name in settings.domains
        for topic in topics_of.of_domain(name, settings.partitions)
    ]
    try:
        created = asyncio.run(topic_admin.ensure(settings.kafka, wanted))
    except KafkaError as error:
        raise click.ClickException(
            f"the broker at {settings.broker_url} does not answer, or lets nobody in ({error}); "
            "`stream doctor` says more"
        ) from error
    for topic in wanted:
        what = "created" if topic.name in created else "was there"
        click.echo(f"{topic.name}, partitions: {topic.partitions}, {what}")
