"""``stream decisions``: what was decided about who predicts, and why."""

import asyncio
import sys
from datetime import UTC, datetime

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from models.contest.contest import Evidence, Gain
from models.contest.decisions import Decision
from stream.desk import open_desk
from stream.lineup_command import domain_option
from stream.settings import load

#: Columns where nobody says how wide: in a pipe.
_WIDE = 160

_COLOURS = {"promoted": "green", "rolled_back": "red", "refused": "yellow"}


@click.command()
@domain_option
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    metavar="N",
    help="So many of the newest.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for machines.")
def decisions(domain: str, limit: int, *, as_json: bool) -> None:
    """List the newest decisions about the models of a domain, the newest first.

    Who was promoted, dropped or rolled back, by whom, why, and on what evidence. Redis keeps some
    ten thousand; GET /v1/decisions of the API has all of them.
    """
    found = asyncio.run(_read(domain, limit))
    if as_json:
        for decision in found:
            click.echo(msgspec.json.encode(decision))
        return
    if not found:
        click.echo(f"{domain}: nothing was decided yet")
        return
    width = None if sys.stdout.isatty() else _WIDE
    Console(width=width).print(as_table(found))


async def _read(domain: str, limit: int) -> list[Decision]:
    async with open_desk(domain, load().redis_url) as desk:
        return await desk.decisions(limit)


def as_table(found: list[Decision]) -> Table:
    """Return decisions as a table for a terminal."""
    table = Table("when (UTC)", "event time", "decision", "model", "serves now", "by", "why")
    for one in found:
        why = Text(one.reason)
        if one.evidence:
            why.append(f"\n{in_words(one.evidence)}", style="dim")
        table.add_row(
            _when(one.wall_time),
            _when(one.event_time),
            Text(one.kind.replace("_", " "), style=_COLOURS.get(one.kind, "")),
            *(Text(cell) for cell in (one.model or "-", one.champion, one.by)),
            why,
        )
    return table


def in_words(evidence: Evidence) -> str:
    """Return how a contest stood.

    >>> loss, ranking = Gain(0.00312, 0.0004, 0.006), Gain(-0.01, None, None)
    >>> in_words(Evidence("a", "b", 6000, 812, 40, loss, ranking, 3, 0, {}, {}))
    'against b: loss +0.00312 (+0.0004 to +0.006), AUC -0.01; 6,000 labels of 812 users, look 3'
    """
    of = f" of {evidence.most_looks}" if evidence.most_looks else ""
    return (
        f"against {evidence.against}: loss {_gain(evidence.loss)}, AUC {_gain(evidence.ranking)}; "
        f"{evidence.labels:,} labels of {evidence.users:,} users, look {evidence.looks}{of}"
    )


def _gain(gain: Gain) -> str:
    if gain.low is None or gain.high is None:
        return f"{gain.mean:+.3g}"
    return f"{gain.mean:+.3g} ({gain.low:+.3g} to {gain.high:+.3g})"


def _when(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M") if ms else "-"
