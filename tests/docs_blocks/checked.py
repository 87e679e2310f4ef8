"""Checks commands that cannot be run here: programs, commands, options, files, services exist."""

import importlib.util
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import click
import yaml

import api.cli
import replay.cli
import stream.cli
from tests.docs_blocks.session import ROOT

#: Our own commands.
COMMANDS: Mapping[str, click.Command] = {
    "stream": stream.cli.main,
    "replay": replay.cli.main,
    "api": api.cli.main,
}

#: Programs of others, of whose options nothing is known here.
OTHERS = {"git", "cp", "curl", "printf", "echo", "redis-cli", "redis-server", "prometheus", "rm"}
OTHERS |= {"cat", "sed", "date", "mkdir", "mv", "docker", "systemctl", "psql", "pg_dump", "export"}
OTHERS |= {"set", "test", "open", "jq", "tar", "pg_restore", "sudo", "useradd", "install", "cd"}

_COMPOSE = {"up", "down", "ps", "logs", "exec", "cp", "stop", "start", "restart", "build", "pull"}
_COMPOSE |= {"run", "config"}
_KUBECTL = {"apply", "kustomize", "rollout", "exec", "label", "get", "logs", "scale", "set"}
_KUBECTL |= {"describe", "port-forward", "delete", "create"}


def check(text: str) -> None:
    """Check every command of a block.

    Raises:
        AssertionError: one names what is not there.
    """
    for words in commands_of(text):
        _check(words)


def commands_of(text: str) -> Iterator[list[str]]:
    """Yield the words of each simple command of a script, without redirections.

    >>> list(commands_of("a b  # says c\\nd | e 'f g' >h && i \\\\\\n  j"))
    [['a', 'b'], ['d'], ['e', 'f g'], ['i', 'j']]
    """
    # what is substituted is left out: it is a word, whatever it says
    text = re.sub(r"\$\([^()]*\)", "SUBSTITUTED", text.replace("\\\n", " "))
    text = re.sub(r"<<'?(\w+)'?(.*?)\n.*?\n\1\b", r"\2", text, flags=re.DOTALL)
    for line in text.splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
        lexer.whitespace_split = True
        words: list[str] = []
        redirected = False
        for word in lexer:
            if set(word) <= set("|&;"):
                if words:
                    yield words
                words = []
            elif set(word) <= set("<>&"):
                redirected = True
            elif redirected:
                redirected = False
            else:
                words.append(word)
        if words:
            yield words


def _check(words: Sequence[str]) -> None:
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    if not words:
        return
    program, rest = words[0], words[1:]
    known: Mapping[str, Callable[[Sequence[str]], None]] = {
        "uv": _uv,
        "make": _make,
        "python": _python,
        "python3": _python,
        "kubectl": _kubectl,
        "docker-compose": _compose,
        **{name: lambda args, name=name: _own(name, args) for name in COMMANDS},  # type: ignore[misc]  # mypy knows no defaults of lambdas
    }
    if program == "docker" and rest[:1] == ["compose"]:
        _compose(rest[1:])
    elif program in known:
        known[program](rest)
    else:
        assert program in OTHERS, f"what is {program}? add it to tests/docs_blocks/checked.py"


def _own(name: str, args: Sequence[str]) -> None:
    """Parse a command of ours as it parses itself, without running it."""
    context = click.Context(COMMANDS[name], info_name=name)
    command, left = COMMANDS[name], list(args)
    while isinstance(command, click.Group):
        if not left and command.invoke_without_command:
            return
        assert left, f"{context.command_path} needs a command"
        inner = command.get_command(context, left[0])
        if inner is None and command.invoke_without_command:
            break
        assert inner is not None, f"{context.command_path} has no command {left[0]}"
        command, left = inner, left[1:]
        context = click.Context(command, parent=context, info_name=command.name)
    _parse(command, left, context)


def _parse(command: click.Command, args: list[str], context: click.Context) -> None:
    parser = command.make_parser(context)
    given, rest, _order = parser.parse_args(list(args))
    assert not rest, f"{context.command_path} takes no {rest}"
    for parameter in command.get_params(context):
        value = given.get(parameter.name or "")
        if parameter.required and parameter.expose_value:
            assert value is not None, f"{context.command_path}: {parameter.name} is missing"
        if isinstance(value, str) and not isinstance(parameter.type, click.Path | click.File):
            parameter.type.convert(value, parameter, context)


def _uv(args: Sequence[str]) -> None:
    assert args, "uv does nothing alone"
    if args[0] == "run":
        inner = [word for word in args[1:] if word != "--frozen"]
        if inner[:1] == ["pre-commit"] or inner[:1] == ["papermill"]:
            assert importlib.util.find_spec(inner[0].replace("-", "_"))
        else:
            _check(inner)
    else:
        assert args[0] in {"sync", "lock", "add"}, f"uv {args[0]}?"


def _make(args: Sequence[str]) -> None:
    """Ask make itself what it would do."""
    done = subprocess.run(
        ["make", "--dry-run", *args], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _python(args: Sequence[str]) -> None:
    if args[:1] == ["-m"]:
        assert importlib.util.find_spec(args[1]), f"there is no module {args[1]}"
    elif args and not args[0].startswith("-"):
        assert (ROOT / args[0]).is_file(), f"there is no file {args[0]}"


def _compose(args: Sequence[str]) -> None:
    words = list(args)
    while words and words[0].startswith("--"):
        flag = words.pop(0)
        if flag == "--env-file":
            assert (ROOT / words.pop(0)).is_file()
    command, rest = words[0], words[1:]
    assert command in _COMPOSE, f"compose {command}?"
    plain = [word for word in rest if not word.startswith("-")]
    if command in {"exec", "run"}:
        assert plain[0] in _services(), f"docker-compose.yml has no service {plain[0]}"
        inside = rest[rest.index(plain[0]) + 1 :]
        if inside[0] in COMMANDS:
            _own(inside[0], inside[1:])
    elif command == "cp":
        named = {word.partition(":")[0] for word in plain if ":" in word}
        assert named
        assert named <= _services()
    elif command in {"logs", "stop", "start", "restart"}:
        assert set(plain) <= _services()
    elif "--scale" in rest:
        assert rest[rest.index("--scale") + 1].partition("=")[0] in _services()


@cache
def _services() -> frozenset[str]:
    compose: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return frozenset(compose["services"])


def _kubectl(args: Sequence[str]) -> None:
    words = list(args)
    if words[0] == "-n":
        words = words[2:]
    assert words[0] in _KUBECTL, f"kubectl {words[0]}?"
    names = [word.partition("/")[2] for word in words if re.match(r"(deploy|deployment)/", word)]
    for name in names:
        assert name in _deployments(), f"there is no deployment {name}"
    if "--" in words:
        _check(words[words.index("--") + 1 :])


@cache
def _deployments() -> frozenset[str]:
    documents = [
        document
        for path in (ROOT / "kubernetes").rglob("*.yaml")
        for document in yaml.safe_load_all(path.read_text())
        if document
    ]
    return frozenset(
        one["metadata"]["name"] for one in documents if one.get("kind") == "Deployment"
    )
