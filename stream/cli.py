"""The command ``stream``."""

import click

from stream.commands import Commands


@click.group(
    cls=Commands,
    modules={
        "archive": "stream.archive_command",
        "backtest": "stream.backtest_command",
        "decisions": "stream.decisions_command",
        "doctor": "stream.doctor",
        "domains": "stream.domains_command",
        "drop": "stream.lineup_command",
        "local": "stream.local",
        "promote": "stream.lineup_command",
        "prune": "stream.prune_command",
        "rebuild": "stream.rebuild_command",
        "retrain": "stream.retrain_command",
        "topics": "stream.topics_command",
        "trainer": "stream.trainer_command",
        "rollback": "stream.lineup_command",
        "worker": "stream.worker_command",
    },
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="weir", prog_name="stream")
def main() -> None:
    """Score users as their events arrive.

    \b
    A first try, with nothing else installed:
      stream local                          broker, Redis, worker and API on this machine
      replay send LOG.jsonl --domain churn  (in another terminal) events flow
    Settings are environment variables WEIR_*; `stream doctor` checks them.
    """  # noqa: D301 - click reads the backspace itself
