"""The reference pages are what the code says, and leave nothing out."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest

from api.cli import main as api
from docs_tools.reference.markdown import prose
from docs_tools.reference.pages import PAGES, PLACE
from replay.cli import main as replay
from stream.cli import main as stream
from stream.keys import LOCKS, DomainKeys, Locks, PartitionKeys
from stream.metrics import DEFINITIONS
from stream.settings import Settings, load
from tests.docs_parts import cells_of, read, section, table, tables

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_says(name: str) -> None:
    assert read(name) == PAGES[name](), "run `make reference`"


def test_there_are_no_other_pages() -> None:
    assert {path.name for path in PLACE.iterdir()} == {f"{name}.md" for name in PAGES}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_renders(name: str) -> None:
    text = read(name)
    outside = re.sub(r"(?ms)^```(?:text|json)\n.*?^```$", "", text)
    assert "```" not in outside
    for found in re.findall(r"(?m)(?:^\|.*\n)+", outside):
        widths = {len(cells_of(line)) for line in found.splitlines()}
        assert len(widths) == 1, found.splitlines()[0]
    assert "<" not in re.sub(r"`[^`]+`", "", outside), "it would be HTML"
    for block in re.findall(r"(?ms)^```json\n(.*?)^```$", text):
        json.loads(block)


@pytest.mark.parametrize("name", PAGES)
def test_its_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", read(name)):
        path, _, anchor = target.partition("#")
        page = PLACE / (path or f"{name}.md")
        assert page.is_file(), target
        headings = re.findall(r"(?m)^#+ (.+)$", page.read_text())
        anchors = [re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings]
        assert not anchor or anchors.count(anchor) == 1, target


@pytest.mark.parametrize(("name", "field"), Settings.model_fields.items())
def test_every_setting_is_there(name: str, field: Any) -> None:
    (row,) = [
        one[variable]
        for one in tables(read("settings"), "setting")
        if (variable := f"WEIR_{name.upper()}") in one
    ]
    value, default, meaning, hidden = row
    assert value
    assert meaning == prose(field.description)
    assert (hidden == "yes") == ("SecretStr" in str(field.annotation))
    if isinstance(field.default, str | int) and not isinstance(field.default, bool):
        assert default == (f"`{field.default}`" if field.default != "" else "")


def test_no_variable_that_the_code_names_is_left_out() -> None:
    files = [path for part in ("api", "replay", "stream") for path in (ROOT / part).rglob("*.py")]
    named = {name for path in files for name in re.findall(r"\bWEIR_[A-Z_]+\b", path.read_text())}
    families = {name for name in named if name.endswith("_")}  # WEIR_KAFKA_..., in messages
    page = read("settings")
    assert len(named - families) > 20
    assert [name for name in sorted(named - families) if f"`{name}`" not in page] == []


def test_a_file_sets_what_no_variable_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("partitions", "7"), ("group", "from-a-file"), ("api_port", "9")):
        (tmp_path / f"weir_{name}").write_text(value)
    monkeypatch.setenv("WEIR_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("WEIR_GROUP", "from-a-variable")
    settings = load({"api_port": 10})
    assert (settings.partitions, settings.group, settings.api_port) == (7, "from-a-variable", 10)


def commands(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from commands(f"{path} {name}", inner)


COMMANDS = [*commands("stream", stream), *commands("replay", replay), *commands("api", api)]


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[path for path, _ in COMMANDS])
def test_every_command_is_there_with_its_options(path: str, command: click.Command) -> None:
    text = section("commands", f"{'###' if ' ' in path else '##'} {path}")
    assert prose((command.help or "?").partition("\n\n")[0]) in text
    told = {
        tuple(re.findall(r"--?[\w-]+", names)): cells
        for found in tables(text, "option")
        for names, cells in found.items()
    }
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            assert f"`{parameter.make_metavar(click.Context(command))}`" in text
        elif isinstance(parameter, click.Option) and not parameter.hidden:
            value, default, meaning = told[(*parameter.opts, *parameter.secondary_opts)]
            assert bool(value) != parameter.is_flag
            assert (default == "required") == parameter.required
            assert meaning
            assert prose((parameter.help or "").partition("[default")[0].strip()) == meaning
    assert "Sentinel" not in text
    assert "\b" not in text


def test_every_target_that_make_tells_of_is_there() -> None:
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    targets = re.findall(r"(?m)^  (make \S+) +(.+)$", told.stdout)
    assert len(targets) > 15
    found = table(section("commands", "## make"), "target")
    assert found == {name: [prose(meaning)] for name, meaning in targets}


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda definition: definition.name)
def test_every_metric_is_there(definition: Any) -> None:
    kind, labels, meaning = table(read("metrics"), "metric")[f"weir_{definition.name}"]
    assert (kind, meaning) == (definition.kind, prose(definition.meaning))
    assert re.findall(r"\w+", labels) == list(definition.labels)
    assert not definition.buckets or f"`weir_{definition.name}`" in section("metrics", "## Buckets")


@pytest.mark.parametrize(
    ("heading", "keys", "example"),
    [
        ("## Of a partition", PartitionKeys, PartitionKeys.of("churn", 0).meta),
        ("## Of a domain", DomainKeys, DomainKeys.of("churn").info),
        ("## Locks", Locks, LOCKS.retraining),
    ],
)
def test_every_redis_key_is_there(heading: str, keys: Any, example: str) -> None:
    text = section("redis-keys", heading)
    assert list(table(text, "key")) == [key.name for key in fields(keys)]
    assert f"`{example}`" in text
