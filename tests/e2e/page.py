"""The live page in a browser, looked at for what it does wrong."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

WIDE, NARROW = 1600, 360
CHURN, REVENUE = (f".domain:has(h2:text-is('{name}'))" for name in ("churn", "revenue"))

#: ms; a loaded machine may take its time.
PATIENCE = 90_000

expect.set_options(timeout=PATIENCE)


@dataclass
class Watched:
    """A page, and what it did wrong."""

    page: Page
    errors: list[str] = field(default_factory=list)

    def note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.errors.append(message.text)


@contextmanager
def watched(
    browser: Browser, url: str, *, width: int = WIDE, theme: str = "light"
) -> Iterator[Watched]:
    page = browser.new_page(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",  # a colour on its way to another one has no contrast to speak of
    )
    seen = Watched(page)
    page.on("console", seen.note)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.goto(url)
    yield seen
    page.close()


def filled(page: Page) -> None:
    for domain in (CHURN, REVENUE):
        section = page.locator(domain)
        expect(section.locator(".pill")).to_contain_text(re.compile("running|idle"))
        expect(section.locator(".top-users .reason").first).to_be_visible()
        expect(section.locator(".top-users .spark svg").first).to_be_visible()
        expect(section.locator(".model tbody tr").first).to_be_visible()


def overflow(page: Page) -> int:
    """How many px there are beside the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def violations(page: Page) -> list[str]:
    """What axe finds wrong, by the rules of WCAG 2 A and AA."""
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
    found = Axe().run(page, options=rules).response["violations"]
    return [f"{one['id']}: {node['html']} {node['any']}" for one in found for node in one["nodes"]]
