"""The command ``replay layout``."""

import sys
from itertools import islice
from pathlib import Path

import click

from models import domains
from models.errors import BadRecord, WeirError
from models.sanitise import decode
from replay.columns import Columns
from replay.layout_draft import draft
from stream.logfile import LogFile

#: So many records are read: the values that matter most, those of the outcome, are the rarest.
RECORDS = 100_000


@click.command()
@click.argument("log", metavar="LOG")
@click.option(
    "--domain", "-d", required=True, metavar="NAME", help="Whose events they are: churn, ..."
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write it to this file, which must not exist yet, instead of printing it.",
)
def layout(*, log: str, domain: str, output: str | None) -> None:
    """Draft the file that says how the columns of LOG are to be read as a domain's fields.

    It is TOML, to be completed by hand: for each field the column that is likely its own, guessed
    by name, and for each field of few valid values those that the first 100,000 records have.
    Guesses are marked; what could not be guessed is commented out. Then give it to
    `replay inspect`, `stream backtest` and `replay send` as --layout.

    \b
    Examples:
      replay layout log.csv --domain churn -o churn.toml
      replay inspect log.csv --domain churn --layout churn.toml
    """  # noqa: D301 - click reads the backspace itself
    chosen = domains.load(domain)
    columns = Columns()
    for _, raw in islice(LogFile(log), RECORDS):
        try:
            columns.add(decode(raw))
        except BadRecord:
            continue  # `replay inspect` tells of it
    if not columns.records:
        raise WeirError(f"{log}: none of the first {RECORDS:,} lines is a record with columns")
    text = draft(columns, chosen, log)
    if output is None:
        sys.stdout.write(text)
        return
    try:
        with Path(output).open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise WeirError(f"{output}: exists already; name another file, or delete it") from None
    except OSError as error:
        raise WeirError(f"{output}: cannot be written: {error.strerror}") from None
    click.echo(f"{output}: look at what is guessed, then --layout {output}", err=True)
