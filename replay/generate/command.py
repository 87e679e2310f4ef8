"""The command ``replay generate``."""

import sys
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import nullcontext
from datetime import UTC, datetime
from itertools import islice
from typing import BinaryIO

import click

from models.errors import UnknownDomain
from models.plan import Plan
from replay import generate as makers
from replay.generate.disturb import Disturbance, disturb
from replay.generate.lines import Line
from replay.generate.output import packer, writing
from replay.progress import Meter

_CHUNK = 1_000  # lines written at once
_RATE = click.FloatRange(0, 1)


@click.command()
@click.option("--domain", "-d", required=True, help="Whose log to make: churn, ...")
@click.option(
    "--output",
    "-o",
    required=True,
    metavar="FILE",
    help="Ends with .jsonl, .jsonl.gz, .jsonl.zst or .jsonl.bz2; - is standard output.",
)
@click.option(
    "--users", type=click.IntRange(min=1), default=500, show_default=True, help="How many users."
)
@click.option(
    "--days", type=click.IntRange(min=1), default=60, show_default=True, help="Length of the log."
)
@click.option(
    "--seed",
    type=click.IntRange(min=0, max=2**63 - 1),
    default=0,
    show_default=True,
    help="The same options and seed give the same bytes.",
)
@click.option(
    "--drift-at",
    type=click.IntRange(min=1),
    metavar="DAY",
    help="From this day on users are others, and do what they do for other reasons.",
)
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2018-10-01",
    show_default=True,
    help="The first day (UTC).",
)
@click.option(
    "--defects",
    type=_RATE,
    default=0.0,
    metavar="SHARE",
    help="Damage this share of the records, in the ways of real logs.",
)
@click.option(
    "--duplicates", type=_RATE, default=0.0, metavar="SHARE", help="Write this share twice."
)
@click.option(
    "--late",
    type=_RATE,
    default=0.0,
    metavar="SHARE",
    help="Write this share 1 to 30 minutes later than its time.",
)
@click.option("--quiet", "-q", is_flag=True, help="No progress and no summary.")
def generate(
    *,
    domain: str,
    output: str,
    users: int,
    days: int,
    seed: int,
    drift_at: int | None,
    start: datetime,
    defects: float,
    duplicates: float,
    late: float,
    quiet: bool,
) -> None:
    """Make a realistic log of made-up users, in the order of event time.

    Everything is drawn from the seed: a log can be made again from its command. What users do and
    why, before and after the drift, is told where they are imagined: in replay/generate/DOMAIN.py,
    or in what the domain's file in models/domains/ names as its simulation.

    A file appears when it is complete; until then it is FILE.part. One that exists is replaced.

    \b
    Examples:
      replay generate --domain churn --users 800 --days 60 -o log.jsonl.zst
      replay generate --domain churn --days 90 --drift-at 45 --seed 7 -o drift.jsonl.zst
      replay generate --domain churn --defects 0.01 --duplicates 0.01 --late 0.02 -o rough.jsonl
      replay generate --domain churn --users 50 --days 3 -o - | replay send - --domain churn

    Exits with 0 when all was written, 1 when it could not be, 2 for wrong options, 130 after
    Ctrl-C.
    """  # noqa: D301 - click looks for the character that the escape stands for
    try:
        maker = makers.load(domain)
        plan = Plan(users, days, seed, _millis(start), drift_at)
        if output != "-":
            packer(output)
    except (UnknownDomain, ValueError) as error:
        raise click.UsageError(str(error)) from error
    tally: Counter[str] = Counter()
    lines = disturb(maker(plan), Disturbance(defects, duplicates, late), seed, tally)
    began = time.monotonic()
    try:
        with writing(output) as file:
            count = _write(lines, file, plan, quiet=quiet)
    except KeyboardInterrupt:
        click.echo("Interrupted; the log is not complete, and no file is left.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        raise  # click ends quietly when the reader of a pipe has had enough
    except OSError as error:
        raise click.ClickException(f"cannot write {output}: {error.strerror}") from error
    if not quiet:
        seconds = time.monotonic() - began
        click.echo(_summary(count, output, seconds, tally), err=True)


def _write(lines: Iterable[Line], file: BinaryIO, plan: Plan, *, quiet: bool) -> int:
    """Write all lines; return how many."""
    count = 0
    total = plan.end_ms - plan.start_ms
    rest = iter(lines)
    with nullcontext() if quiet else Meter("generating", total) as meter:
        while chunk := list(islice(rest, _CHUNK)):
            file.write(b"".join(line for _, line in chunk))
            count += len(chunk)
            if meter is not None:
                meter.show(count, min(chunk[-1][0] - plan.start_ms, total))
    return count


def _summary(count: int, output: str, seconds: float, tally: Counter[str]) -> str:
    where = "standard output" if output == "-" else output
    rate = count / max(seconds, 1e-9)
    text = f"{count:,} events written to {where} in {seconds:.1f} s ({rate:,.0f}/s)"
    done = [f"  {name.replace('_', ' ')}: {times:,}" for name, times in sorted(tally.items())]
    return "\n".join([text, *done])


def _millis(day: datetime) -> int:
    return int(day.replace(tzinfo=UTC).timestamp()) * 1000
