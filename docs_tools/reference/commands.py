"""The page of all commands, by walking them, and of the targets of the ``Makefile``."""

import inspect
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from textwrap import dedent

import click

from api.cli import main as api
from docs_tools.reference.markdown import code, fence, listed, prose, table
from docs_tools.reference.markdown import page as page_of
from docs_tools.reference.schema import limits
from replay.cli import main as replay
from stream.cli import main as stream

_MAKEFILE = Path(__file__).resolve().parents[2] / "Makefile"

#: The programs, in the order in which a newcomer meets them.
PROGRAMS: dict[str, click.Group] = {"stream": stream, "replay": replay, "api": api}

_HEAD = """\
# Commands

Made from the commands themselves and the `Makefile` by `make reference`; change them there.

The programs are [`stream`](#stream), [`replay`](#replay) and [`api`](#api): `uv run stream doctor`
in a checkout, `stream doctor` where Weir is installed. Each shows this text with `--help` (or
`-h`), and its version with `--version`. They read [settings](settings.md) from the environment.
Results go to standard output, progress and errors to standard error. What developers run is
[`make`](#make).
"""

#: What click calls the kinds of values.
_WORDS = {
    "text": "text",
    "integer": "whole number",
    "integer range": "whole number",
    "float range": "number",
}

_TARGET = re.compile(r"^([a-z-]+):.*## (.*)$", re.MULTILINE)

_MAKE = """\
## make

`make help` shows this list. Each target first installs what it needs; `ARGS="..."` hands arguments
on.
"""


def page() -> str:
    """Return the page."""
    parts = [_HEAD]
    for name, program in PROGRAMS.items():
        for path, command in commands(name, program):
            parts.append(f"{'###' if ' ' in path else '##'} {path}")
            parts += _told(path, command)
    rows = [[code(f"make {name}"), prose(meaning)] for name, meaning in targets()]
    return page_of(*parts, _MAKE, table(["target", "what it does"], rows))


def commands(name: str, program: click.Group) -> Iterator[tuple[str, click.Command]]:
    """Yield a program and its commands, each with the words that call it."""
    yield name, program
    context = click.Context(program, info_name=name)
    for part in program.list_commands(context):
        command = program.get_command(context, part)
        if command is not None and not command.hidden:
            yield f"{name} {part}", command


def targets() -> list[tuple[str, str]]:
    """Return the targets of the ``Makefile``, with what they do."""
    return _TARGET.findall(_MAKEFILE.read_text())


def _told(path: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    yield fence("text", " ".join(command.get_usage(context).removeprefix("Usage: ").split()))
    yield from _help(command.help or "")
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    if arguments:
        yield f"Arguments: {', '.join(_argument(one, context) for one in arguments)}."
    options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    if options:
        yield table(["option", "value", "default", "meaning"], map(_row, options))
    if isinstance(command, click.Group):
        names = command.list_commands(context)
        links = [f"[`{path} {name}`](#{path}-{name})" for name in names]
        yield f"Its commands: {listed(links, ' and')}."


def _help(text: str) -> Iterator[str]:
    """Yield a help text by paragraphs; lines that click leaves as they are, as blocks."""
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(text)):
        kept = paragraph.startswith("\b")
        lines = paragraph.removeprefix("\b\n").splitlines()
        for indented, part in groupby(lines, key=lambda line: kept and line.startswith(" ")):
            joined = "\n".join(part)
            yield fence("text", dedent(joined)) if indented else prose(joined)


def _argument(argument: click.Argument, context: click.Context) -> str:
    name = code(argument.make_metavar(context))
    return f"{name} (one or more)" if argument.nargs == -1 else name


def _row(option: click.Option) -> list[str]:
    names = ", ".join(map(code, [*option.opts, *option.secondary_opts]))
    meaning, _, default = (option.help or "").partition("[default: ")
    default = code(default.rstrip("]")) or _default(option)
    return [names, "" if option.is_flag else _value(option), default, prose(meaning)]


def _value(option: click.Option) -> str:
    kind = option.type
    if isinstance(kind, click.Choice):
        return listed(map(code, kind.choices))
    if isinstance(kind, click.DateTime):
        return "date, as 2018-11-02"
    word = option.metavar or _WORDS.get(kind.name, kind.name.upper())
    if isinstance(kind, click.IntRange | click.FloatRange):
        limit = "exclusiveMinimum" if kind.min_open else "minimum"
        return word + limits({limit: kind.min, "maximum": kind.max})
    return word


def _default(option: click.Option) -> str:
    if option.required:
        return "required"
    if option.is_flag:
        return code(option.opts[0]) if option.default and option.secondary_opts else ""
    default = option.to_info_dict()["default"]
    if default is None or default == ():
        return ""
    return code(f"{default:g}" if isinstance(default, float) else default)
