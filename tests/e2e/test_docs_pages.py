"""The site of the docs, built and read in a real Chromium."""

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.docs_blocks.parse import found
from tests.docs_blocks.session import copy_project
from tests.e2e.chromium import MISSING, executable, headless

ROOT = Path(__file__).parents[2]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, in which the site was built."""
    copy = tmp_path_factory.mktemp("docs") / "weir"
    copy_project(copy)
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    built = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    assert "No issues found" in built.stdout + built.stderr
    return copy


@pytest.fixture(scope="module")
def address(project: Path) -> Iterator[str]:
    handler = partial(Quiet, directory=str(project / "site"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if executable() is None:
        pytest.skip(MISSING)
    with headless() as started:
        yield started


class Seen:
    """A page of the site, and what went wrong while it was read."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.errors: list[str] = []
        self.page: Page = browser.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("response", self._answered)
        self._address = address
        self.page.route("**/*", self._asked)

    def _asked(self, route: Route) -> None:
        url = route.request.url
        if url.startswith((self._address, "data:", "blob:")):
            route.continue_()
        else:
            self.errors.append(f"asks {url}")
            route.abort()

    def _heard(self, message: object) -> None:
        if getattr(message, "type", "") in {"error", "warning"}:
            self.errors.append(str(getattr(message, "text", "")))

    def _answered(self, response: object) -> None:
        if getattr(response, "status", 200) >= 400:
            self.errors.append(f"{getattr(response, 'status', 0)}: {getattr(response, 'url', '')}")


@pytest.fixture
def seen(browser: Browser, address: str) -> Iterator[Seen]:
    found = Seen(browser, address)
    yield found
    found.page.close()


def test_every_page_is_complete_and_asks_nothing_of_others(
    project: Path, address: str, seen: Seen
) -> None:
    pages = sorted((project / "docs").rglob("*.md"))
    for path in pages:
        name = path.relative_to(project / "docs").with_suffix(".html")
        seen.page.goto(f"{address}/{name}")
        expect(seen.page.locator("h1").first).not_to_be_empty()
        diagrams = [one for one in found(path.read_text()) if one.language == "mermaid"]
        # a drawn diagram is in a closed shadow root: its host has a size, and no text of its own
        drawn = seen.page.locator("div.mermaid")
        expect(drawn).to_have_count(len(diagrams))
        for n in range(len(diagrams)):
            box = drawn.nth(n).bounding_box()
            assert box is not None
            assert box["height"] > 40, f"{name}: diagram {n + 1} is not drawn"
        assert seen.errors == [], name
    assert len(pages) > 30


def test_the_search_finds_a_word(address: str, seen: Seen) -> None:
    seen.page.goto(f"{address}/index.html")
    seen.page.keyboard.press("/")
    seen.page.keyboard.type("watermark", delay=30)
    result = seen.page.locator("a:has(mark)").first
    expect(result).to_be_visible()
    expect(result).to_contain_text("watermark")
    assert ".html" in (result.get_attribute("href") or "")
    assert seen.errors == []
