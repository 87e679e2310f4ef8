"""``stream promote``, ``rollback``, ``drop``: people ask the learner for another line-up."""

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console

from models import domains
from models.contest.decisions import Decision
from models.contest.wishes import Drop, Promote, Rollback, Wish
from models.errors import Refused, WeirError
from stream.commands import INTERRUPTED
from stream.desk import open_desk
from stream.settings import load
from stream.wishing import asker, new_id

_DONE = {
    "promoted": "{model} serves from now on, on probation: {champion}",
    "rolled_back": "{champion} serves again, instead of {model}",
    "dropped": "{model} is gone; {champion} serves as before",
}

domain_option = click.option(
    "--domain", required=True, type=click.Choice(domains.names()), help="Whose models."
)
_model_option = click.option(
    "--model", default="", metavar="NAME", help="Which challenger; not needed if there is but one."
)
_wait_option = click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=15.0,
    show_default=True,
    metavar="SECONDS",
    help="So long the learner's decision is waited for.",
)


class NoAnswer(WeirError):
    """No learner has decided yet; what was asked for stays asked for."""


@click.command()
@domain_option
@_model_option
@_wait_option
def promote(domain: str, model: str, wait: float) -> None:
    """Let a challenger serve, whatever its contest says.

    The champion stays as the former one and goes on learning: `stream rollback` goes back to it.

    \b
    Exit code 0 when it serves, 1 when the learner refuses (stderr says why) or none answers in
    time; then it stays asked for, and the next learner that runs does it.
    """  # noqa: D301 - click reads the backspace itself
    _ask(domain, lambda wish_id, by: Promote(wish_id, by, model), wait)


@click.command()
@domain_option
@_wait_option
def rollback(domain: str, wait: float) -> None:
    """Let the former champion serve again.

    The present one goes; if it is one that always shadows the champion, it does so again.

    \b
    Exit code 0 when it serves, 1 when the learner refuses (stderr says why) or none answers in
    time; then it stays asked for, and the next learner that runs does it.
    """  # noqa: D301 - click reads the backspace itself
    _ask(domain, Rollback, wait)


@click.command()
@domain_option
@_model_option
@_wait_option
def drop(domain: str, model: str, wait: float) -> None:
    """Let a challenger go: it shadows the champion no more.

    \b
    Exit code 0 when it is gone, 1 when the learner refuses (stderr says why) or none answers in
    time; then it stays asked for, and the next learner that runs does it.
    """  # noqa: D301 - click reads the backspace itself
    _ask(domain, lambda wish_id, by: Drop(wish_id, by, model), wait)


def _ask(domain: str, wish_for: Callable[[str, str], Wish], wait: float) -> None:
    wish = wish_for(new_id(int(time.time() * 1000)), asker())
    try:
        with _waiting(domain):
            decision = asyncio.run(_decided(domain, wish, wait))
    except KeyboardInterrupt:
        click.echo("no longer waiting; it stays asked for", err=True)
        sys.exit(INTERRUPTED)
    if decision is None:
        raise NoAnswer(
            f"no learner of {domain} has answered within {wait:g} s; it stays asked for, and is "
            "done as soon as a worker runs that learns this domain (`stream decisions` shows it)"
        )
    if decision.kind == "refused":
        raise Refused(decision.reason)
    told = _DONE[decision.kind]
    click.echo(f"{domain}: {told.format(model=decision.model, champion=decision.champion)}")


async def _decided(domain: str, wish: Wish, wait: float) -> Decision | None:
    async with open_desk(domain, load().redis_url) as desk:
        return await desk.ask(wish, wait)


@contextmanager
def _waiting(domain: str) -> Iterator[None]:
    """Say on stderr what is waited for: a spinner on a terminal, a line elsewhere."""
    console, words = Console(file=sys.stderr), f"Waiting for the learner of {domain} ..."
    if not console.is_terminal:
        click.echo(words, err=True)
        yield
        return
    with console.status(words):
        yield
