"""Groups of commands that are imported only when they are called."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from models.errors import WeirError

#: Exit code of a program that Ctrl-C has ended.
INTERRUPTED = 130


class Commands(click.Group):
    """Imports a command when it is called; turns Weir's errors into one line and exit code 1.

    Args:
        modules: where each command is defined, by name; underscores stand for hyphens.
    """

    def __init__(self, *args: Any, modules: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._modules = dict(modules)

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return sorted(self._modules)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, None when there is no such one."""
        if cmd_name not in self._modules:
            return None
        command: click.Command = getattr(import_module(self._modules[cmd_name]), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except WeirError as error:
            raise click.ClickException(str(error)) from error
