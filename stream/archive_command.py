"""``stream archive``: examples as Parquet files, for models and for analysis."""

import asyncio

import click

from models import domains
from stream.adapters.kafka_errors import KafkaError
from stream.archiving import archive_domain
from stream.progress import phases
from stream.settings import load


@click.command()
@click.option("--domain", required=True, metavar="NAME", help="Whose examples.")
def archive(domain: str) -> None:
    """Archive the labelled examples of a domain (WEIR_ARCHIVE_DIR), so that they outlive Kafka.

    Retraining and rebuilding read the archive, and bring it up to date themselves; so does the
    trainer, every hour. The files are Parquet, one row a labelled snapshot (or a snapshot as it was
    taken, where `record` says so): features, predictions, label. Read them with any tool.

    Exit code 0 when all is archived, 1 when it could not be.
    """
    chosen, settings = domains.load(domain), load()
    with phases() as tell:

        def progress(done: int, total: int) -> None:
            tell("archiving", done / total if total else None)

        try:
            found = asyncio.run(archive_domain(settings, chosen, progress))
        except KafkaError as error:
            raise click.ClickException(
                f"no broker answers at {settings.broker_url}: {error!r}"
            ) from error
    files = found.segments()
    click.echo(
        f"{found.directory}: offsets {found.first()} to {found.end - 1} in {len(files)} files"
        if files
        else "there are no examples yet"
    )
