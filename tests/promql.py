"""As much PromQL as the tests need: what an expression reads, and what it combines and compares."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"'  # strings
    r"|\[[^\]]*\]"  # ranges
    r"|[A-Za-z_:][A-Za-z0-9_:]*"  # names
    r"|[0-9.]+(?:e-?[0-9]+)?[a-z]*"  # numbers, durations
    r"|=~|!~|==|!=|>=|<=|[^\s]"
)
_COMBINING = {"and", "or", "unless"}
_COMPARING = {"==", "!=", ">", "<", ">=", "<="}
_MATCHING = {"on", "ignoring", "by", "without", "group_left", "group_right"}
_WORDS = _COMBINING | _MATCHING | {"bool", "offset", "atan2"}
_OPEN, _CLOSE = {"(", "{"}, {")", "}"}


class Selector(NamedTuple):
    """A metric that an expression reads.

    Attributes:
        name: the metric's.
        labels: names of the labels that it is selected by.
    """

    name: str
    labels: tuple[str, ...]


def selectors(expr: str) -> list[Selector]:
    """Return what an expression reads.

    >>> selectors('sum by (a) (rate(m_total{b="x", c=~"y"}[5m])) / on (a) n')
    [Selector(name='m_total', labels=('b', 'c')), Selector(name='n', labels=())]
    """
    tokens, found, index = _TOKEN.findall(expr), [], 0
    while index < len(tokens):
        token = tokens[index]
        following = tokens[index + 1] if index + 1 < len(tokens) else ""
        if token in _MATCHING and following == "(":
            index = _end(tokens, index + 1)
        elif re.match(r"[A-Za-z_:]", token) and token not in _WORDS and following != "(":
            labels: list[str] = []
            if following == "{":
                end = _end(tokens, index + 1)
                inside = tokens[index + 2 : end]
                labels = [t for t, by in pairwise(inside) if by[0] in "=!"]
                index = end
            # an aggregation's `by` may stand between its name and its parenthesis
            elif following in _MATCHING and tokens[index + 2] == "(" and _is_call(tokens, index):
                index += 1
                continue
            found.append(Selector(token, tuple(labels)))
        index += 1
    return found


def operands(expr: str) -> list[str]:
    """Return what an expression combines and compares: in a healthy system each has values.

    >>> operands('a > 1 and on (x) b{y="z"} < c - 2 unless (d or e)')
    ['a', 'b { y = "z" }', 'c - 2', 'd', 'e']
    """
    return [" ".join(part) for part in _operands(_TOKEN.findall(expr))]


def _operands(tokens: Sequence[str]) -> list[Sequence[str]]:
    for splitting in (_COMBINING, _COMPARING):
        parts = _split(tokens, splitting)
        if len(parts) > 1:
            return [found for part in parts for found in _operands(part)]
    if tokens[0] == "(" and _end(tokens, 0) == len(tokens) - 1:
        return _operands(tokens[1:-1])
    if tokens[0] == "absent":
        return _operands(tokens[2:-1])
    return [tokens] if any(re.match(r"[A-Za-z_:]", token) for token in tokens) else []


def _split(tokens: Sequence[str], splitting: set[str]) -> list[Sequence[str]]:
    parts: list[list[str]] = [[]]
    depth = index = 0
    while index < len(tokens):
        token = tokens[index]
        depth += (token in _OPEN) - (token in _CLOSE)
        if depth == 0 and token in splitting:
            parts.append([])
            while index + 1 < len(tokens) and tokens[index + 1] in _MATCHING | {"bool"}:
                index += 1
                if index + 1 < len(tokens) and tokens[index + 1] == "(":
                    index = _end(tokens, index + 1)
        else:
            parts[-1].append(token)
        index += 1
    return list(parts)


def _end(tokens: Sequence[str], begin: int) -> int:
    depth = 0
    for index in range(begin, len(tokens)):
        depth += (tokens[index] in _OPEN) - (tokens[index] in _CLOSE)
        if not depth:
            return index
    raise ValueError(f"unbalanced: {' '.join(tokens)}")


def _is_call(tokens: Sequence[str], index: int) -> bool:
    """Tell whether ``name by (...) (...)`` begins here."""
    end = _end(tokens, index + 2)
    return end + 1 < len(tokens) and tokens[end + 1] == "("
