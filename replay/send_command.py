"""The command ``replay send``."""

import logging
import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

from models.errors import WeirError
from replay.order import SORT_BUFFER
from replay.send import Plan, Replay
from stream import settings
from stream.layout_option import layout_option


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--domain", "-d", required=True, metavar="NAME", help="Whose events they are: churn, ..."
)
@layout_option
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    help="Event time passes this many times as fast as real time: --speed 600 sends ten minutes "
    "of the log a second, --speed 1 keeps the original pace.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    help="Send so many events a second.",
)
@click.option("--max", "fastest", is_flag=True, help="Send as fast as it goes (the default).")
@click.option("--loop", is_flag=True, help="Repeat for ever, each round later in event time.")
@click.option("--resume", is_flag=True, help="Leave out what an interrupted run has sent.")
@click.option("--strict", is_flag=True, help="Stop at a bad line instead of skipping it.")
@click.option(
    "--bad",
    "bad_file",
    type=click.Path(dir_okay=False, writable=True),
    help="Write the bad lines to this file, as JSON lines with their place and reason.",
)
@click.option(
    "--send-bad",
    is_flag=True,
    help="Send bad lines as they are (they should come out in the dead-letter topic).",
)
@click.option(
    "--sort-buffer",
    type=click.IntRange(min=0),
    default=SORT_BUFFER,
    show_default=True,
    help="Events held back for sorting a log that is nearly in order.",
)
@click.option(
    "--allow-late",
    is_flag=True,
    help="Send late what the buffer cannot sort. With --sort-buffer 0: lines in their own order.",
)
@click.option(
    "--check/--no-check",
    default=True,
    show_default=True,
    help="First read the logs through, so that what must be refused is refused before anything "
    "is sent. Standard input is never read ahead.",
)
@click.option("--broker", help="kafka://HOST:PORT[,HOST:PORT...] [default: WEIR_BROKER_URL]")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
def send(
    *,
    files: tuple[str, ...],
    domain: str,
    layout_file: str | None,
    speed: float | None,
    rate: float | None,
    fastest: bool,
    loop: bool,
    resume: bool,
    strict: bool,
    bad_file: str | None,
    send_bad: bool,
    sort_buffer: int,
    allow_late: bool,
    check: bool,
    broker: str | None,
    as_json: bool,
) -> None:
    """Send logs to the topic events.DOMAIN, keyed by user, in the order of event time.

    FILE is JSON lines, CSV or Parquet; plain, .gz, .zst or .bz2; or - for standard input. Several
    are merged by time. Columns with other names than the domain's fields are read with --layout.
    Topics that are missing are created.

    A log that is nearly in order is sorted on the way; one that is further out of order than the
    sort buffer is refused, with the line. Bad lines are skipped and reported. What was interrupted,
    by Ctrl-C or worse, goes on with --resume where it ended: nothing is sent twice.

    \b
    Examples:
      replay send log.jsonl.zst --domain churn
      replay send log.jsonl.zst --domain churn --speed 600
      replay send log.jsonl.zst --domain churn --rate 2000 --loop
      cat log.jsonl | replay send - --domain churn --sort-buffer 0

    Exits with 0 when all was sent, 1 when it could not be, 2 for wrong options, 130 after Ctrl-C.
    """  # noqa: D301 - click reads the backspace itself
    if (speed is not None) + (rate is not None) + fastest > 1:
        raise click.UsageError("--speed, --rate and --max exclude each other")
    if "-" in files and (resume or loop):
        raise click.UsageError("standard input cannot be read again, as --resume and --loop need")
    plan = Plan(
        files=files,
        domain=domain,
        speed=speed,
        rate=rate,
        loop=loop,
        resume=resume,
        strict=strict,
        allow_late=allow_late,
        send_bad=send_bad,
        sort_buffer=sort_buffer,
        check=check,
        bad_file=bad_file,
        layout=layout_file,
    )
    # the library's own warnings would tear the progress bar; what matters comes as an error
    logging.getLogger("kafka").addHandler(logging.NullHandler())
    with _stop_on_signals() as stopped:
        config = settings.load({"broker_url": broker})
        run = Replay(plan, config.kafka, config.partitions, stopped.event)
        try:
            run.run()
        except WeirError as error:
            if run.report.sent:
                click.echo(run.report.as_json() if as_json else run.report.as_text())
                raise WeirError(f"{error}\n{how_to_go_on(plan)}") from error
            raise
        click.echo(run.report.as_json() if as_json else run.report.as_text())
        if hint := run.hint():
            click.echo(hint, err=True)
        if run.report.interrupted:
            click.echo(f"Interrupted. {how_to_go_on(plan)}", err=True)
            sys.exit(128 + stopped.signal)


class _Stopped:
    """Set by SIGINT and SIGTERM."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.signal = int(signal.SIGINT)


@contextmanager
def _stop_on_signals() -> Iterator[_Stopped]:
    """Turn the first Ctrl-C into a flag, so that no record is cut in two; the second one kills."""
    stopped = _Stopped()
    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def stop(number: int, _frame: FrameType | None) -> None:
        stopped.signal = number
        stopped.event.set()
        signal.signal(number, signal.SIG_DFL)

    for number in previous:
        signal.signal(number, stop)
    try:
        yield stopped
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def how_to_go_on(plan: Plan) -> str:
    """Return the words that tell how to send the rest of an interrupted replay."""
    if "-" in plan.files:
        return "Standard input cannot be resumed; resume from a file."
    words = ["replay", "send", *plan.files, "--domain", plan.domain]
    if plan.layout is not None:
        words += ["--layout", plan.layout]
    if plan.speed is not None:
        words += ["--speed", f"{plan.speed:g}"]
    if plan.rate is not None:
        words += ["--rate", f"{plan.rate:g}"]
    if plan.sort_buffer != SORT_BUFFER:
        words += ["--sort-buffer", str(plan.sort_buffer)]
    if plan.bad_file is not None:
        words += ["--bad", plan.bad_file]
    given = {
        "--loop": plan.loop,
        "--strict": plan.strict,
        "--allow-late": plan.allow_late,
        "--send-bad": plan.send_bad,
        "--no-check": not plan.check,
        "--resume": True,
    }
    words += [name for name, on in given.items() if on]
    return f"Go on with: {shlex.join(words)}"
