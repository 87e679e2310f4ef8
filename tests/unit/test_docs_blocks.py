"""The harness of the docs' code blocks: it sees them all, and a wrong one fails."""

import doctest
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.docs_blocks import checked
from tests.docs_blocks.evaluate import close, evaluate
from tests.docs_blocks.parse import Block, found
from tests.docs_blocks.session import Failed, Session

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

#: Why a block may be checked instead of run.
REASONS = (
    "needs Docker",
    "needs a cluster",
    "needs Java",
    "needs a network",
    "needs a server of its own",
    "takes minutes",
    "takes an hour",
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_fence_of_a_page_is_a_block_and_every_directive_belongs_to_one(page: Path) -> None:
    text = page.read_text()
    seen = found(text)
    assert len(re.findall(r"^ *```", text, re.MULTILINE)) == 2 * len(seen)
    told = [one for one in seen if one.ready or one.reason or one.file or one.said or one.page]
    outside = re.sub(r"(?ms)^ *```.*?^ *```", "", text)
    assert outside.count("<!-- test:") == len(told), "a directive stands right above its fence"
    assert not [one.reason for one in seen if one.reason and one.reason not in REASONS]
    assert not re.search(r"(?m)^ {4}(make|uv|curl|docker|python) ", outside), "fence it"


def test_a_block_with_its_directive() -> None:
    told = '<!-- test: background until "is running" -->'
    text = f"a\n\n{told}\n```shell\nuv run x\n```\n\n```json\n1\n```\n"
    one, other = found(text)
    assert (one.language, one.text, one.ready) == ("shell", "uv run x\n", "is running")
    assert (other.language, other.text, other.ready) == ("json", "1\n", "")


def test_a_directive_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no such directive: later"):
        found("<!-- test: later -->\n```shell\nx\n```\n")


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("uv run stream bactest log.jsonl --domain churn", "has no command bactest"),
        ("uv run replay send log.jsonl", "domain is missing"),
        ("make notthere", "No rule to make target"),
        ("docker compose exec workr ls", "no service workr"),
        ("docker compose exec trainer stream nothere", "has no command nothere"),
        ("docker compose exec api api nothere", "takes no|nothere"),
        ("uv run python -m benchmarks.nothere", "no module benchmarks.nothere"),
        ("kubectl -n weir rollout status deployment/none", "no deployment none"),
        ("frobnicate", "what is frobnicate"),
    ],
)
def test_a_command_that_is_none_is_found(command: str, why: str) -> None:
    with pytest.raises(AssertionError, match=why):
        checked.check(command)


class Example(NamedTuple):
    """A block of a page, as Sybil hands it over."""

    parsed: Block
    namespace: dict[str, Any]


def test_a_page_that_is_said_to_run_a_command_does() -> None:
    drift = "curl -s localhost:8000/v1/churn/drift   # says whether anything has moved"
    evaluate(Example(Block("shell", drift, page="docs/start.md"), {}))
    with pytest.raises(AssertionError, match=r"start\.md does not run:\ncurl localhost:1"):
        evaluate(Example(Block("shell", "curl localhost:1", page="docs/start.md"), {}))


def test_output_is_compared_with_what_was_written() -> None:
    namespace: dict[str, Any] = {}
    try:
        evaluate(Example(Block("shell", "echo a  b; echo '│ c │ 7 s │'\n"), namespace))
        evaluate(Example(Block("text", "a b\n...\nc  7 ...\n", said="said"), namespace))
        with pytest.raises(AssertionError, match="has written:\nc 8"):
            evaluate(Example(Block("text", "c 8 ...\n", said="said"), namespace))
    finally:
        close(namespace)


def test_an_option_that_is_none_is_found() -> None:
    with pytest.raises(Exception, match="--nothere"):
        checked.check("uv run replay send log.jsonl --domain churn --nothere")


def test_commands_are_told_apart() -> None:
    assert doctest.testmod(checked).failed == 0
    checked.check(
        "cd x && WEIR_PARTITIONS=8 uv run stream worker  # and so on\napi key me --scope read"
    )


def test_a_shell_keeps_its_state_sees_the_project_and_stops_at_an_error() -> None:
    session = Session()
    try:
        session.run("THERE=$PWD; cd docs")
        assert session.run('ls "$THERE/README.md"').strip().endswith("README.md")
        session.background("echo up; exec sleep 100", "up")
        with pytest.raises(Failed, match="No such file"):
            session.run("ls nothere | cat; echo not reached")
        with pytest.raises(Failed, match="before it failed"):
            session.run("true")
    finally:
        session.close()


def test_nothing_of_the_make_that_runs_the_tests_reaches_a_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MAKEFLAGS", " -- ARGS=--durations\\ 40")
    monkeypatch.setenv("ARGS", "--durations 40")
    monkeypatch.setenv("WEIR_PARTITIONS", "9")
    session = Session()
    try:
        assert session.run('echo "${ARGS-}${MAKEFLAGS-}${WEIR_PARTITIONS-}."').strip() == "."
    finally:
        session.close()


def test_what_does_not_say_that_it_is_ready_fails() -> None:
    session = Session()
    try:
        with pytest.raises(Failed, match="down"):
            session.background("echo down", "up", 10)
    finally:
        session.close()
