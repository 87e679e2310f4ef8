"""``stream local``: all of Weir on this machine, in one command."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import click

from models.errors import WeirError
from stream.embedded.mlflow_server import pages
from stream.embedded.process import Halted
from stream.embedded.stack import LocalStack, Ports

_PORT = click.IntRange(0, 65535)


@click.command()
@click.option(
    "--workers", type=click.IntRange(min=0), default=1, show_default=True, help="How many workers."
)
@click.option("--no-api", is_flag=True, help="Without the API.")
@click.option("--no-trainer", is_flag=True, help="Without the trainer: nothing is retrained.")
@click.option("--no-mlflow", is_flag=True, help="Without MLflow's server; its database is kept.")
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the logs, Redis' data and the record of this run in a new directory inside DIR.",
    metavar="DIR",
)
@click.option("--broker-port", type=_PORT, help="Port of the broker; 9092, or another if taken.")
@click.option("--redis-port", type=_PORT, help="Port of Redis; 6379, or another if taken.")
@click.option(
    "--api-port",
    type=_PORT,
    help="Port of the API; 8000, or another if taken. 0: any free one, for MLflow's server too.",
)
@click.option(
    "--metrics-port",
    type=_PORT,
    help="Port of the first worker's metrics; 9100, or another if taken. The others count on. "
    "0: any free ones, for the trainer's too.",
)
def local(
    workers: int,
    *,
    no_api: bool,
    no_trainer: bool,
    no_mlflow: bool,
    data_dir: Path | None,
    broker_port: int | None,
    redis_port: int | None,
    api_port: int | None,
    metrics_port: int | None,
) -> None:
    """Start broker, Redis, workers, API and trainer on this machine; Ctrl-C stops them all.

    Nothing but Weir itself is needed: broker and Redis come with it. This is for trying out, for
    tests and for small use. The broker keeps its topics in memory, so that they end with it, and
    every run starts fresh, Redis too: what it remembered would be about topics that are gone.

    Every WEIR_* setting works here as elsewhere, but WEIR_BROKER_URL and WEIR_REDIS_URL, which are
    those of the embedded broker and Redis. Unless WEIR_DATABASE_URL is set, the record of answered
    scores is an SQLite file of this run. A port of 0 means any that is free.

    Exit code 0 after Ctrl-C, 1 when a part cannot be started or keeps ending.
    """
    stack = LocalStack(
        workers=workers,
        api=not no_api,
        trainer=not no_trainer,
        mlflow=not no_mlflow,
        data_dir=data_dir,
        ports=Ports(broker_port, redis_port, api_port, metrics_port),
        tell=lambda news: click.secho(news, fg="yellow"),
    )
    run(stack)


def run(stack: LocalStack) -> None:
    """Start `stack`, say where it is, and stop it in order on Ctrl-C.

    Raises:
        ClickException: a part cannot be started or keeps ending; for exit code 1.
    """
    try:
        with on_signals(stack.halt, stack.hurry), contextlib.suppress(Halted):
            click.echo("Starting ...")
            with stack:
                click.echo(welcome(stack))
                stack.wait()
                click.echo("\nStopping (again Ctrl-C: at once) ...")
    except WeirError as error:
        raise click.ClickException(str(error)) from error
    click.echo("Stopped.")


def welcome(stack: LocalStack) -> str:
    """Where everything of a running stack is, and what to do next, for a terminal."""
    metrics = [
        f"http://{stack.settings.metrics_host}:{port}/metrics"
        for port in stack.metrics_ports
        if port
    ]
    rows = [("Broker", stack.broker_url), ("Redis", stack.redis_url)]
    if stack.has_api:
        rows += [("Live page", f"{stack.api_url}/")]
        rows += [("API", stack.api_url), ("API's docs", f"{stack.api_url}/docs")]
    if stack.mlflow_url.startswith("http"):
        rows.append(("MLflow", pages(stack.mlflow_url)))
    rows += [("Metrics", url) for url in metrics]
    rows += [("Logs", str(stack.directory))]
    lines = [click.style("Weir is running. Ctrl-C stops it.", fg="green", bold=True), ""]
    lines += [f"  {click.style(f'{what:<12}', bold=True)}{where}" for what, where in rows]
    domain = stack.settings.domains[0]
    lines += [
        "",
        "In another terminal, to work with it:",
        "",
        f"  set -a; . {stack.env_file}; set +a",
        f"  uv run replay send FILE --domain {domain}",
    ]
    if stack.has_api:
        lines.append(f"  curl '{stack.api_url}/v1/{domain}/users?limit=5'")
    return "\n".join([*lines, ""])


@contextlib.contextmanager
def on_signals(halt: threading.Event, hurry: threading.Event) -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and a closed terminal set `halt`, and when they come again, `hurry`.

    No exception is raised at whatever line runs just then: what waits sees the event.
    """

    def handle(_number: int, _frame: FrameType | None) -> None:
        (hurry if halt.is_set() else halt).set()

    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # else nohup wants it ignored
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
