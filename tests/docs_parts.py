"""The reference pages as a reader finds them: sections, the rows of tables, what they tell of."""

import re

from docs_tools.reference.pages import PLACE
from docs_tools.reference.redis_keys import Key, keys

Table = dict[str, list[str]]

KEYS = [key for found in keys().values() for key in found]


def read(name: str) -> str:
    return (PLACE / f"{name}.md").read_text()


def section(name: str, heading: str) -> str:
    """The text from a heading of a page to the next one."""
    _, found, rest = read(name).partition(f"\n{heading}\n")
    assert found, f"{name}.md has no heading {heading}; run `make reference`"
    return re.split(r"\n#{2,} ", rest)[0]


def tables(text: str, first: str) -> list[Table]:
    """The tables with such a first column: the other cells by what is in it, without backticks."""
    found = re.findall(r"(?m)(?:^\|.*\n)+", text + "\n")
    split = [[cells_of(line) for line in one.splitlines()] for one in found]
    return [
        {name.strip("`"): cells for name, *cells in body}
        for (head, _, *body) in split
        if head[0] == first
    ]


def table(text: str, first: str) -> Table:
    """The one table with such a first column."""
    (found,) = tables(text, first)
    return found


def documented(name: str) -> Key:
    """What the page says of a key in Redis."""
    found = [key for key in KEYS if key.matches(name)]
    assert len(found) == 1, f"{name} is not in stream/keys.py"
    return found[0]


def cells_of(line: str) -> list[str]:
    """The cells of a table's line, as Markdown splits them."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
