"""The site of the docs: every page is in its navigation, and nothing is asked of other servers."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PROJECT = tomllib.loads((ROOT / "zensical.toml").read_text())["project"]
PAGES = sorted(DOCS.rglob("*.md"))


def listed(nav: Any) -> Iterator[str]:
    """Every page of the navigation, at any depth."""
    if isinstance(nav, str):
        yield nav
    else:
        for one in nav.values() if isinstance(nav, dict) else nav:
            yield from listed(one)


def test_the_navigation_has_every_page_once() -> None:
    found = sorted(listed(PROJECT["nav"]))
    assert found == sorted(str(path.relative_to(DOCS)) for path in PAGES)


def test_what_the_site_adds_is_there() -> None:
    for name in (*PROJECT["extra_javascript"], *PROJECT["extra_css"]):
        assert (DOCS / name).is_file()
    assert PROJECT["theme"]["font"] is False, "fonts would be fetched"
    logo = DOCS / PROJECT["theme"]["logo"]
    assert logo.read_bytes() == (ROOT / "api" / "static" / "weir.svg").read_bytes()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_a_page_links_to_what_is_on_the_site_and_has_its_pictures(page: Path) -> None:
    text = re.sub(r"(?ms)^ *```.*?^ *```|`[^`\n]+`", "", page.read_text())
    links = re.findall(r"(!?)\[[^\]]*\]\(([^)\s]+)[^)]*\)", text)
    for picture, link in links:
        if link.startswith(("http:", "https:")):
            assert not picture, f"{link} would be fetched from elsewhere"
        elif not link.startswith("#"):
            target = (page.parent / link.partition("#")[0]).resolve()
            assert target.is_file(), f"{link} is not there"
            assert target.is_relative_to(DOCS), f"{link} is not on the site: write it as code"


def test_every_picture_is_shown() -> None:
    texts = (*PAGES, ROOT / "README.md", ROOT / "zensical.toml")
    text = "".join(path.read_text() for path in texts)
    pictures = [*DOCS.rglob("*.png"), *DOCS.rglob("*.svg")]
    assert pictures
    assert [one.name for one in pictures if one.name not in text] == []
