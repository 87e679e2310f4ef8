"""The decisions: numbered without gaps, made alike, and each in the list of them all."""

import re
from pathlib import Path

import pytest

ADR = Path(__file__).parents[2] / "docs" / "adr"
PAGES = sorted(ADR.glob("[0-9]*.md"))

#: A line of the list: number, title, file, and the decision in a sentence.
_LINE = re.compile(r"^\| (\d+) \| \[(.+?)\]\((\S+)\) \| (.+) \|$", re.MULTILINE)
LISTED = {
    file: (int(number), title, sentence)
    for number, title, file, sentence in _LINE.findall((ADR / "index.md").read_text())
}


def number_of(page: Path) -> int:
    return int(page.name[:4])


def test_they_are_numbered_without_gaps() -> None:
    assert [number_of(page) for page in PAGES] == list(range(1, len(PAGES) + 1))


def test_the_list_has_each_of_them_in_order_and_nothing_else() -> None:
    assert list(LISTED) == [page.name for page in PAGES]
    assert {path.name for path in ADR.iterdir()} == {*LISTED, "index.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_list_has_its_number_its_title_and_what_was_decided(page: Path) -> None:
    number, title, sentence = LISTED[page.name]
    assert page.read_text().splitlines()[0] == f"# {number}. {title}"
    assert number == number_of(page)
    assert re.fullmatch(r"[A-Z`].{39,179}\.", sentence), "one sentence, of a line or two"
    assert ". " not in sentence, "one sentence"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_has_context_decision_and_consequence_in_this_order(page: Path) -> None:
    text = page.read_text()
    parts = re.split(r"^\*\*(Context|Decision|Consequence)\.\*\* ", text, flags=re.MULTILINE)
    assert parts[1::2] == ["Context", "Decision", "Consequence"]
    assert all(len(part.split()) >= 10 for part in parts[2::2])
