"""``stream retrain``: make candidates from the examples log, and let the best one challenge."""

import asyncio
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import click
import msgspec
from rich.console import Console
from rich.table import Table

from models import domains
from models.contest.decisions import Decision
from models.training.report import AgeReport, RetrainingReport
from stream.adapters.kafka_errors import KafkaError
from stream.adapters.mlflow_tracking import tracking
from stream.adapters.redis_connection import Unavailable
from stream.adapters.redis_lock import Taken
from stream.commands import INTERRUPTED
from stream.progress import phases
from stream.retraining.child import BUSY
from stream.retraining.run import Options, Outcome, Retraining
from stream.retraining.state import Request
from stream.settings import Settings, load
from stream.tracking.entries import Retraining as Tracked
from stream.tracking.ship import ship
from stream.tracking.spool import Spool
from stream.wishing import asker, new_id


@click.command()
@click.option("--domain", required=True, metavar="NAME", help="Whose models.")
@click.option(
    "--recipe",
    "recipes",
    multiple=True,
    metavar="NAME",
    help="Try this recipe, and no others; may be given several times. Default: all.",
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Let candidates learn only from the snapshots of this day (UTC) on, as in 2018-11-02. "
    "Default: from the beginning, and from what is recent.",
)
@click.option(
    "--enter",
    is_flag=True,
    help="Let the best candidate challenge even if the champion was better on past labels.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the bootstrap.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
@click.option("--request", hidden=True, help="Id, asker and reason, when the trainer calls.")
def retrain(
    domain: str,
    *,
    recipes: tuple[str, ...],
    since: datetime | None,
    enter: bool,
    seed: int,
    as_json: bool,
    request: str | None,
) -> None:
    """Make candidates from the examples log, compare them with the champion, and let the best one
    challenge it.

    Every recipe learns the whole log, and once more only its newest part, in order; each predicts
    the newest snapshots with what was known when they were taken. The best becomes challenger: it
    shadows the champion, and takes its place when it is better on live labels (`stream decisions`).

    One retraining runs at a time. It may be interrupted at any moment: nothing has happened then.

    \b
    Examples:
      stream retrain --domain churn
      stream retrain --domain churn --recipe sgd_logistic --enter

    Exit code 0 when it was done, whether or not there is a challenger; 1 when it could not be; 75
    when another one is running; 130 after Ctrl-C.
    """  # noqa: D205, D301 - click shows the first paragraph whole, and reads the backspace itself
    chosen, settings = domains.load(domain), load()
    for name in recipes:
        chosen.recipe(name)
    now = int(time.time() * 1000)
    asked = (
        msgspec.json.decode(request, type=Request)
        if request
        else Request(new_id(now), asker(), "asked for by hand", now)
    )
    day = None if since is None else int(since.replace(tzinfo=UTC).timestamp() * 1000)
    options = Options(recipes=recipes, since=day, enter=enter, seed=seed)
    with phases() as tell:
        spool = Spool(settings.spool_dir, time.time)
        retraining = Retraining(chosen, settings, asked, options, tell, _keeper(settings, spool))
        try:
            outcome = asyncio.run(_until_told(retraining))
        except (KeyboardInterrupt, asyncio.CancelledError):
            click.echo("stopped: nothing has changed but the archive", err=True)
            sys.exit(INTERRUPTED)
        except Taken as error:
            click.echo(f"Error: {error}; it ends, or wait for it (`stream decisions`)", err=True)
            sys.exit(BUSY)
        except KafkaError as error:
            raise click.ClickException(
                f"no broker answers at {settings.bootstrap}: {error!r}"
            ) from error
        except Unavailable as error:
            raise click.ClickException(f"Redis is away: {error}") from error
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(outcome.report), indent=2))
    elif request:
        click.echo(_told(outcome), err=True)
    else:
        _show(outcome, chosen.objective.headline)
    if not request:  # the trainer ships what its child has put down
        _track(settings, spool)


async def _until_told(retraining: Retraining) -> Outcome:
    """Run it; SIGTERM, by which the trainer stops it, ends it as Ctrl-C does."""
    task = asyncio.ensure_future(retraining.run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def _keeper(settings: Settings, spool: Spool) -> Callable[[RetrainingReport, bytes | None], None]:
    """Return what puts a report down for MLflow."""

    def keep(report: RetrainingReport, model: bytes | None) -> None:
        if settings.mlflow_url != "none":
            spool.put(Tracked(report, model or b""))

    return keep


def _track(settings: Settings, spool: Spool) -> None:
    if settings.mlflow_url == "none":
        return
    shipped = ship(spool, tracking(settings.mlflow_url, settings.mlflow_artifacts))
    if shipped.waiting:
        click.echo(f"MLflow will have it later (`stream trainer`): {shipped.why}", err=True)


def _show(outcome: Outcome, headline: str) -> None:
    report, console = outcome.report, Console()
    if report.trials:
        console.print(_trials(report, headline))
    console.print(_told(outcome), highlight=False)


def _told(outcome: Outcome) -> str:
    report = outcome.report
    said = f" {_said(report.chosen, outcome.answer)}" if report.chosen else ""
    return f"{report.domain}: {report.why}.{said}"


def _trials(report: RetrainingReport, headline: str) -> Table:
    title = f"{report.judged:,} labels of {report.domain}, of {report.position:,} examples"
    table = Table("model", headline, "gain", "low", "high", "learnt", "seconds", title=title)
    table.add_row("champion, as served", _figures(report.champion_ages, headline))
    for trial in report.trials:
        table.add_row(
            trial.model,
            _figures(trial.ages, headline),
            *(f"{value:+.5f}" for value in (trial.gain, trial.low, trial.high)),
            f"{trial.learnt:,}",
            f"{trial.seconds:.1f}",
            style="bold" if trial.model == report.chosen else None,
        )
    return table


def _figures(ages: list[AgeReport], headline: str) -> str:
    found = [age.figures[headline] for age in ages]
    return " ".join("-" if figure is None else f"{figure:.4f}" for figure in found)


def _said(model: str, answer: Decision | None) -> str:
    if answer is None:
        return f"{model} waits to be a challenger: no learner has answered; start a worker."
    if answer.kind == "refused":
        return f"{model} does not become a challenger: {answer.reason}."
    return f"{model} challenges {answer.champion.partition('@')[0]} from now on."
