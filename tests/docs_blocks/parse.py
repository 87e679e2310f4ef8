"""Finds the code blocks of a page, and what its author says of how they are tested."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from sybil import Document, Example, Region

#: A fence with its language, and a directive on the line above it.
_BLOCK = re.compile(
    r"(?:^[ ]*<!-- test: (?P<directive>.+?) -->\n)?"
    r"^(?P<indent>[ ]*)```(?P<language>[\w.-]*)[^\n`]*\n(?P<text>.*?)^(?P=indent)```[ ]*$",
    re.DOTALL | re.MULTILINE,
)
_DIRECTIVE = re.compile(
    r'background until "(?P<ready>[^"]+)"'
    r"|as on (?P<page>\S+)|checked, (?P<reason>.+)|file (?P<file>\S+)|(?P<said>said)"
)


class Block(NamedTuple):
    """One code block.

    Attributes:
        language: of its fence; empty for none.
        text: what is in it.
        ready: it runs until the page ends, and is ready when it has said this; empty for others.
        reason: why it is checked instead of run; empty for others.
        page: another page that has the same commands, where they are run; empty for others.
        file: where its text is put, for the blocks that follow; empty for others.
        said: not empty: each of its lines, but "...", was written by a block before it.
    """

    language: str
    text: str
    ready: str = ""
    reason: str = ""
    page: str = ""
    file: str = ""
    said: str = ""


def blocks(
    evaluate: Callable[[Example], None],
) -> Callable[[Document], Iterable[Region]]:
    """Return what finds the blocks of a document, each to be evaluated so."""

    def parse(document: Document) -> Iterator[Region]:
        for match in _BLOCK.finditer(document.text):
            yield Region(match.start(), match.end(), block_of(match), evaluate)

    return parse


def found(text: str) -> list[Block]:
    """Return the blocks of a page."""
    return [block_of(match) for match in _BLOCK.finditer(text)]


def block_of(match: re.Match[str]) -> Block:
    """Return the block that was found.

    Raises:
        ValueError: its directive is none of those that there are.
    """
    indent = match["indent"]
    text = "".join(line.removeprefix(indent) for line in match["text"].splitlines(keepends=True))
    if match["directive"] is None:
        return Block(match["language"], text)
    said = _DIRECTIVE.fullmatch(match["directive"])
    if said is None:
        raise ValueError(f"no such directive: {match['directive']}")
    parts = {name: value for name, value in said.groupdict().items() if value}
    return Block(match["language"], text, **parts)
