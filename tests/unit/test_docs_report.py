"""Each number of the report that names its source is the number that stands there."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs"
REPORT = (DOCS / "report.md").read_text()

#: A number and its source: a page of the docs, or a notebook and the path of a figure in it.
_QUOTED = re.compile(r"(-?\d[\d,]*(?:\.\d+)?)(%?)\**<!-- (.+?) -->")


@cache
def figures(notebook: str) -> Any:
    return json.loads((DOCS / "notebooks" / f"{notebook}.json").read_text())


def figure(path: str) -> float:
    notebook, *keys = path.split("/")
    found = figures(notebook)
    for key in keys:
        found = found[key]
    return float(found)


QUOTED = _QUOTED.findall(REPORT)


def test_the_report_quotes_its_numbers() -> None:
    assert len(QUOTED) > 60
    assert len(QUOTED) == REPORT.count("<!--"), "a source that stands behind no number"


@pytest.mark.parametrize(("number", "percent", "source"), QUOTED)
def test_a_number_is_that_of_its_source(number: str, percent: str, source: str) -> None:
    if source.endswith(".md"):
        token = re.compile(rf"(?<![\d.,]){re.escape(number + percent)}(?![\d%]|[.,]\d)")
        assert token.search((DOCS / source).read_text()), f"{source} does not say {number}"
        return
    decimals = len(number.partition(".")[2])
    true = figure(source) * (100 if percent else 1)
    # a sign is told in words ("ahead by", "too low")
    assert float(number.replace(",", "")) == round(abs(true), decimals), f"{source}: {true}"


def test_it_is_four_to_six_pages() -> None:
    words = len(re.sub(r"<!--.*?-->|!\[.*?\]\(.*?\)", "", REPORT).split())
    assert 1_800 <= words <= 3_000
