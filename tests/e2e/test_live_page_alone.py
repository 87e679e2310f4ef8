"""The live page in a real Chromium, before anything has happened."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from stream.settings import load
from tests.e2e.chromium import MISSING, executable, headless
from tests.e2e.page import CHURN, NARROW, overflow, violations, watched
from tests.integration.api_process import api

pytestmark = pytest.mark.skipif(executable() is None, reason=MISSING)


@pytest.fixture
def page(redis_url: str, tmp_path: Path) -> Iterator[Page]:
    """The page of an API whose Redis is empty, on a telephone."""
    settings = load({"redis_url": redis_url})
    with (
        api(settings, tmp_path / "log") as (_, client),
        headless() as browser,
        watched(browser, str(client.base_url), width=NARROW) as seen,
    ):
        yield seen.page
        assert seen.errors == []


def test_with_nothing_there_it_says_what_it_waits_for(page: Page) -> None:
    churn = page.locator(CHURN)
    expect(churn.locator(".pill")).to_have_text("stopped")
    waits = ("the first scored users", "a score", "the first ranked users", "the first labels")
    for what in waits:
        expect(churn).to_contain_text(f"Waiting for {what}")
    expect(churn.locator(".decisions")).to_contain_text("No decision so far")
    assert violations(page) == []
    assert overflow(page) <= 0


WIRE = (
    'event: a\r\ndata: {"n":\r\ndata: 1}\r\nid: x\r\n\r\n'
    ": comment\n\n"
    "data:é\rdata: b\r\r"
    "event: unfinished\n"
)
EVENTS = [
    {"event": "a", "data": '{"n":\n1}', "id": "x"},
    {"event": None},
    {"event": "message", "data": "é\nb"},
]


def test_events_are_read_wherever_the_network_cuts_them(page: Page) -> None:
    read = """async ([wire, at]) => {
        const { events } = await import("/static/sse.js");
        const bytes = new TextEncoder().encode(wire);
        const body = new ReadableStream({
            start(controller) {
                for (const part of [bytes.slice(0, at), bytes.slice(at)]) controller.enqueue(part);
                controller.close();
            },
        });
        const found = [];
        for await (const event of events(body)) found.push(event);
        return found;
    }"""
    for at in range(len(WIRE.encode()) + 1):
        assert page.evaluate(read, [WIRE, at]) == EVENTS, json.dumps(
            WIRE.encode()[:at].decode("latin-1")
        )
