"""``stream doctor``: what is missing or unreachable, and how to mend it."""

import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stream import checks, topics
from stream.adapters import ping, ping_database, ping_mlflow
from stream.adapters.ping import BrokerFacts, Extent, Positions, RedisFacts
from stream.adapters.sql_engine import place_of
from stream.checks import Check
from stream.embedded.ports import reachable
from stream.segments import Segment, segments
from stream.settings import BadSettings, Settings, load

_T = TypeVar("_T")

#: The API has no other protocol; what is in front of it may have.
_API = re.compile(r"http://[^/?#@]+:\d+", re.ASCII)

_SIGNS = {"ok": ("ok", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "red")}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for machines.")
@click.option(
    "--api",
    metavar="URL",
    help="The API as it is reached from here (http://api:8000), or none to leave it out; otherwise "
    "WEIR_API_HOST and WEIR_API_PORT say.",
)
@click.pass_context
def doctor(context: click.Context, *, as_json: bool, api: str | None) -> None:
    """Check this installation and the services that it is set to use.

    Says of each what is right or wrong and how to mend it. Nothing is changed or created.

    Exit code 0 when nothing failed (warnings do not count), 1 otherwise.
    """
    if api and api != "none" and not _API.fullmatch(api):
        raise click.BadParameter("must be http://host:port, or none", param_hint="--api")
    found = list(examine(api))
    failed = checks.worst(found) == "fail"
    if as_json:
        click.echo(json.dumps({"ok": not failed, "checks": [asdict(c) for c in found]}, indent=2))
    else:
        Console().print(as_table(found))
    context.exit(1 if failed else 0)


def examine(api: str | None = None) -> Iterator[Check]:
    """Run every check; those of services only if the settings can be read.

    Args:
        api: where the API is, as ``--api`` says.
    """
    yield checks.python()
    for package, version in checks.PINS.items():
        yield checks.pinned(package, version)
    for module in ("cramjam", "lz4.frame"):
        yield checks.codec(module)
    yield checks.disk(Path(tempfile.gettempdir()))
    try:
        settings = load()
    except BadSettings as error:
        yield Check("settings", "fail", str(error), "set it right; the rest was not checked")
        return
    yield Check("settings", "ok", f"domains: {', '.join(settings.domains)}")
    yield checks.signing_key(settings)
    yield checks.api_keys(settings, datetime.now(UTC))
    yield from _services(settings)
    yield _database(settings.database_url)
    if api != "none":
        own = f"http://{reachable(settings.api_host)}:{settings.api_port}"
        yield checks.api(api or own)
    yield _mlflow(settings.mlflow_url)
    yield checks.spool(settings.spool_dir, tracks=settings.mlflow_url != "none")


def _services(settings: Settings) -> Iterator[Check]:
    # before the ends of the logs: while we ask, all of it moves on
    archived = {domain: _archived(settings, domain) for domain in settings.domains}
    positions: Positions | str = ""
    redis = _asked(lambda: ping.redis(settings.redis_url))
    yield checks.redis(_without_password(settings.redis_url), redis)
    if isinstance(redis, RedisFacts):
        yield checks.redis_persistence(redis)
        yield checks.redis_memory(redis)
        yield checks.redis_lua(redis)
        positions = _asked(lambda: ping.positions(settings.redis_url, settings.domains))

    extents: Mapping[tuple[str, int], Extent] | str = ""
    broker = _asked(lambda: ping.broker(settings.kafka))
    yield checks.broker(settings.broker_url, broker)
    if isinstance(broker, BrokerFacts):
        for domain in settings.domains:
            yield checks.domain_topics(domain, settings.partitions, broker.topics)
        extents = _extents(settings, positions, broker)
        if isinstance(extents, str):
            what = f"the broker does not tell its offsets ({extents})"
            yield Check("offsets", "fail", what, "see its log")

    if isinstance(positions, Positions):
        for domain in settings.domains:
            yield checks.layout(domain, settings.partitions, positions.partitions.get(domain))
        if not isinstance(extents, str):
            yield checks.offsets(positions, {at: extent.end for at, extent in extents.items()})

    for domain, found in archived.items():
        examples = None
        if not isinstance(extents, str):
            examples = extents.get((topics.examples(domain), 0), Extent(0, 0))
        yield checks.archive(domain, settings.archive_dir / domain, found, examples)


def _database(url: str) -> Check:
    if url == "none":
        return checks.database(url, "")
    facts = _asked(lambda: ping_database.database(url))
    return checks.database(place_of(url), facts)


def _mlflow(url: str) -> Check:
    if url == "none":
        return checks.mlflow(url, "")
    facts = _asked(lambda: ping_mlflow.mlflow(url))
    return checks.mlflow(place_of(url), facts)


def _archived(settings: Settings, domain: str) -> Sequence[Segment] | str:
    try:
        return segments(settings.archive_dir / domain)
    except OSError as error:
        return error.strerror or str(error)


def _extents(
    settings: Settings, positions: Positions | str, broker: BrokerFacts
) -> Mapping[tuple[str, int], Extent] | str:
    names = {topics.examples(domain) for domain in settings.domains}
    if isinstance(positions, Positions):
        names |= {topic for topic, _ in positions.offsets}
    # only topics that exist: some brokers create one that is asked about
    there = {name: broker.topics[name] for name in names if name in broker.topics}
    return _asked(lambda: ping.extents(settings.kafka, there))


def _asked(ask: Callable[[], _T]) -> _T | str:
    """The answer, or why there is none."""
    try:
        return ask()
    except ping.Unreachable as error:
        return str(error)


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()


def as_table(found: Iterable[Check]) -> Table:
    """The checks as a table for a terminal, each followed by how to mend it."""
    table = Table(box=None, pad_edge=False)
    for heading in ("", "Check", "Found"):
        table.add_column(heading, overflow="fold")
    for check in found:
        sign, colour = _SIGNS[check.status]
        text = Text(check.what)
        if check.mend:
            text.append(f"\n-> {check.mend}", style="bold")
        table.add_row(Text(sign, style=colour), check.name, text)
    return table
