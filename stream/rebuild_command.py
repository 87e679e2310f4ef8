"""``stream rebuild``: make models again from recipe and examples log."""

import asyncio
import sys
from typing import Any

import click

from models import domains
from models.domain import Domain
from models.learner import Learner
from models.origin import Version
from stream.adapters.examples_log import ExamplesLog
from stream.adapters.kafka_errors import KafkaError
from stream.adapters.redis_connection import Unavailable, connect
from stream.adapters.redis_control import RedisControl
from stream.adapters.redis_store import RedisStore
from stream.archive import Archive
from stream.archiving import bring_up
from stream.progress import phases
from stream.publication import encode_lineup, publication_of
from stream.rebuild import Rebuilt, rebuild_learner, rebuild_version
from stream.records import decode_decision
from stream.settings import Settings, load

_EVERY = 500


@click.command()
@click.option("--domain", required=True, metavar="NAME", help="Whose models.")
@click.option(
    "--version",
    metavar="VERSION",
    help="Make this version again (kalman_logistic@15400), and compare it with what it predicted.",
)
@click.option(
    "--publish",
    is_flag=True,
    help="Without --version: put the learner that was made in the place of the one in Redis. Stop "
    "the workers before.",
)
def rebuild(domain: str, *, version: str | None, publish: bool) -> None:
    """Make models again from their recipes and the examples log.

    A model is its recipe and what it has learnt, in order. With --version one model is made again,
    and every prediction that the log has of it is compared with what it says now, to the last bit.

    Without it the whole learner is made again (line-up, figures, contests, watch over drift) along
    the decisions that were taken. With --publish it takes the place of the one in Redis: that is
    the way back when a checkpoint cannot be read, as after an update of River.

    \b
    Examples:
      stream rebuild --domain churn --version kalman_logistic@15400
      stream rebuild --domain churn --publish

    Exit code 0 when the version scores identically, or the learner was made; else 1.
    """  # noqa: D301 - click reads the backspace itself
    chosen, settings = domains.load(domain), load()
    wanted = None if version is None else Version.parse(version)
    if wanted is not None and publish:
        raise click.UsageError("--publish is for the whole learner, without --version")
    try:
        same = asyncio.run(_rebuild(chosen, settings, wanted, publish=publish))
    except KafkaError as error:
        raise click.ClickException(
            f"no broker answers at {settings.broker_url}: {error!r}"
        ) from error
    except Unavailable as error:
        raise click.ClickException(f"Redis is away: {error}") from error
    sys.exit(0 if same else 1)


async def _rebuild(
    domain: Domain[Any, Any], settings: Settings, version: Version | None, *, publish: bool
) -> bool:
    archive, redis = Archive(settings.archive_dir, domain), connect(settings.redis_url)
    try:
        async with ExamplesLog.open(settings.kafka, domain.name) as log:
            end = await bring_up(archive, log)
        with phases() as show:
            total = max(1, end - archive.first())

            def tell(phase: str, done: int) -> None:
                if done % _EVERY == 0:
                    show(phase, min(1.0, done / total))

            if version is not None:
                return _say_version(version, rebuild_version(domain, archive, version, tell))
            raw = await RedisControl(redis).decisions_after(domain.name, "", 1_000_000)
            learner = rebuild_learner(
                domain,
                archive,
                [decode_decision(found) for _, found in raw],
                tell,
                watch_drift=settings.watch_drift,
            )
        click.echo(f"made again: {learner.version}, of {end:,} records of the examples log")
        if publish:
            await _publish(domain, settings, RedisStore(redis), learner, end)
        return True
    finally:
        await redis.aclose()


def _say_version(version: Version, rebuilt: Rebuilt) -> bool:
    found = rebuilt.likeness
    if not found.compared:
        click.echo(f"{version} is made again; the log has no prediction of it to compare with")
    elif not found.different:
        click.echo(
            f"{version} scores identically: {found.compared:,} stored predictions, to the bit"
        )
    else:
        click.echo(
            f"{version} does NOT score identically: {found.different:,} of {found.compared:,} "
            f"stored predictions differ, by {found.furthest:.3g} at most"
        )
    return not found.different


async def _publish(
    domain: Domain[Any, Any], settings: Settings, store: RedisStore, learner: Learner, end: int
) -> None:
    learner.alarms = []  # they were given when they came
    claim = await store.claim_learner(domain.name)
    publication = publication_of(
        learner,
        settings.key,
        name=f"{claim.token}-rebuilt",
        follows=claim.last,
        offset=end,
        figures=learner.prequential.report(),
        drift=learner.drift(),
        lineup=encode_lineup(learner),
        decisions=learner.collect_decisions(),
    )
    await store.commit_learner(domain.name, claim.token, publication)
    click.echo(f"published as {learner.version}: workers go on from here when they start")
