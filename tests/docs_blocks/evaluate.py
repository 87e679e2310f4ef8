"""Does with a block of a page what its language and its author say."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any, Protocol

import yaml

from tests.docs_blocks.checked import check
from tests.docs_blocks.parse import Block, found
from tests.docs_blocks.session import ROOT, Session

_SHELL = "session"


class Example(Protocol):
    """What is needed of Sybil's."""

    @property
    def parsed(self) -> Block:
        """The block."""

    @property
    def namespace(self) -> dict[str, Any]:
        """What belongs to the page."""


#: What is shown, and not run: output, and diagrams (tests/e2e/test_docs_pages.py draws those).
SHOWN = {"text", "mermaid"}


def evaluate(example: Example) -> None:
    """Run a block, or check it where it cannot be run.

    Raises:
        AssertionError: the block has no language, or one that is not known here.
    """
    block = example.parsed
    if block.file:
        path = session(example.namespace).directory / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text)
    elif block.said:
        _compare(block.text, session(example.namespace).transcript)
    elif block.language in SHOWN:
        pass
    elif block.language in {"shell", "console"}:
        _shell(block, example.namespace)
    elif block.language == "python":
        script = f"uv run python - <<'END_OF_BLOCK'\n{block.text}\nEND_OF_BLOCK\n"
        session(example.namespace).run(script)
    elif block.language == "json":
        json.loads(block.text)
    elif block.language == "toml":
        tomllib.loads(block.text)
    elif block.language == "yaml":
        list(yaml.safe_load_all(block.text))
    else:
        raise AssertionError(f"say what is in the block: ```{block.language or '(nothing)'}")


def _shell(block: Block, namespace: dict[str, Any]) -> None:
    if block.page:
        _find(block.text, ROOT / block.page)
    elif block.reason:
        check(block.text)
    elif block.ready:
        session(namespace).background(block.text, block.ready)
    else:
        session(namespace).run(block.text)


def _find(text: str, page: Path) -> None:
    """Assert that each line of a block is one of another page, where it is run."""
    run = [one.text for one in found(page.read_text()) if not (one.reason or one.page)]
    there = {_command(line) for one in run for line in one.splitlines()}
    missing = [line for line in text.splitlines() if _command(line) not in there]
    assert not missing, f"{page.name} does not run:\n" + "\n".join(missing)


def _command(line: str) -> str:
    return re.sub(r"(^|\s+)# .*", "", line).strip()


def _compare(shown: str, transcript: str) -> None:
    """Assert that a page shows what was written; blanks and the frames of tables may differ.

    What "..." stands for is left out: lines, or the end of a line.
    """
    written = {"", *map(_plain, transcript.splitlines())}
    missing = [line for line in shown.splitlines() if not _is_in(_plain(line), written)]
    assert not missing, "no block before this one has written:\n" + "\n".join(missing)


def _is_in(line: str, written: set[str]) -> bool:
    begin = line.removesuffix("...").rstrip()
    return line in written or (begin != line and any(one.startswith(begin) for one in written))


def _plain(line: str) -> str:
    return " ".join(re.sub(r"[│┃┏┓┗┛━┳╇┡┩└┘─┴]", " ", line).split())


def session(namespace: dict[str, Any]) -> Session:
    """Return the page's shell, which is started for the first block that needs it."""
    if _SHELL not in namespace:
        namespace[_SHELL] = Session()
    found = namespace[_SHELL]
    assert isinstance(found, Session)
    return found


def close(namespace: dict[str, Any]) -> None:
    """End the page's shell."""
    if _SHELL in namespace:
        session(namespace).close()
        del namespace[_SHELL]
