"""Markdown that renders the same on GitHub and in the site."""

import json
import re
from collections.abc import Iterable, Sequence

#: A code span, and the text up to the next one.
_SPANS = re.compile(r"(`+)(.+?)\1", re.DOTALL)

#: What would be read as markup; a code span takes it as it is.
_MARKUP = str.maketrans({"|": r"\|", "*": r"\*", "<": "&lt;"})

#: Columns up to which JSON stays on one line.
_WIDTH = 100


def prose(text: str) -> str:
    """Return a text of the code as one line of Markdown: docstrings have ``code``, too.

    >>> prose("``none``, or <host>")
    '`none`, or &lt;host>'

    Raises:
        ValueError: a code span has a ``|``, which no table can hold.
    """
    text, parts, at = " ".join(text.split()), [], 0
    for span in _SPANS.finditer(text):
        if "|" in span[2]:
            raise ValueError(f"a table cannot hold {span[0]}")
        parts += [text[at : span.start()].translate(_MARKUP), f"`{span[2]}`"]
        at = span.end()
    return "".join(parts) + text[at:].translate(_MARKUP)


def sentence(text: str) -> str:
    """Return a text as ``prose``, with a capital letter."""
    text = prose(text)
    return text[:1].upper() + text[1:]


def code(text: object) -> str:
    """Return a code span; nothing for nothing."""
    return f"`{text}`" if str(text) else ""


def listed(values: Iterable[str], last: str = " or") -> str:
    """Return values as a list in words.

    >>> listed(["a", "b", "c"])
    'a, b or c'
    """
    *others, final = values
    return f"{', '.join(others)}{last} {final}" if others else final


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; the cells are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    padded = [[f" {cell} " if cell else " " for cell in line] for line in lines]
    return "".join(f"|{'|'.join(line)}|\n" for line in padded)


def fence(language: str, text: str) -> str:
    """Return a code block."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def json_block(value: object) -> str:
    """Return a block of JSON, what is short on one line."""
    return fence("json", _json(value, ""))


def page(*parts: str) -> str:
    """Return a page of these parts."""
    return "\n".join(part.strip("\n") + "\n" for part in parts if part.strip())


def _json(value: object, indent: str) -> str:
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= _WIDTH or not isinstance(value, dict | list) or not value:
        return line
    inner = indent + "  "
    if isinstance(value, list):
        lines = [_json(one, inner) for one in value]
        return f"[\n{inner}" + f",\n{inner}".join(lines) + f"\n{indent}]"
    lines = [f"{json.dumps(name)}: {_json(one, inner)}" for name, one in value.items()]
    if indent and not any(isinstance(one, dict | list) for one in value.values()):
        lines = _filled(lines, _WIDTH - len(inner))
    return f"{{\n{inner}" + f",\n{inner}".join(lines) + f"\n{indent}}}"


def _filled(parts: list[str], width: int) -> list[str]:
    """Return these parts on as few lines as they fit on."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(part) + 3 <= width:
            lines[-1] += f", {part}"
        else:
            lines.append(part)
    return lines
