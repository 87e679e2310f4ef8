"""The option ``--layout``, of every command that reads logs."""

import click

layout_option = click.option(
    "--layout",
    "-l",
    "layout_file",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Read the log's columns as this TOML file says; see `replay layout`.",
)
