"""The command ``replay``."""

import click

from stream.commands import Commands


@click.group(
    cls=Commands,
    modules={
        "demo": "replay.demo",
        "generate": "replay.generate.command",
        "inspect": "replay.inspect_command",
        "layout": "replay.layout_command",
        "send": "replay.send_command",
    },
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="weir", prog_name="replay")
def main() -> None:
    """Make event logs, check them, and send them to Kafka at a chosen pace.

    \b
    With `stream local` running in another terminal:
      replay generate --domain churn --users 200 --days 60 --seed 1 -o log.jsonl
      replay inspect log.jsonl --domain churn
      replay send log.jsonl --domain churn --speed 86400    a day a second
    """  # noqa: D301 - click reads the backspace itself
