"""The live page in a real Chromium, on a whole stack with events flowing through it."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
import redis
from playwright.sync_api import Browser, Page, Request, Route, expect

from models.alarms import Alarm
from models.contest.decisions import Decision, Kind
from stream.api_keys import entry
from stream.embedded.stack import LocalStack
from stream.keys import DomainKeys
from stream.retraining.state import Running, encode
from stream.settings import load
from tests import drift_parts
from tests.decision_parts import decision, push_decisions
from tests.drift_parts import push
from tests.e2e.chromium import MISSING, executable, headless
from tests.e2e.flow import ANY, Flow
from tests.e2e.page import (
    CHURN,
    NARROW,
    PATIENCE,
    REVENUE,
    WIDE,
    filled,
    overflow,
    violations,
    watched,
)
from tests.integration.api_process import api

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(executable() is None, reason=MISSING),
]


@pytest.fixture(scope="module")
def flow(stack: LocalStack) -> Flow:
    # long enough for contests: 20 days until they begin, 10 until the first label
    flow = Flow(stack, users=30, days=36, last=2000)
    flow.send_first()
    return flow


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with LocalStack(ports=ANY, trainer=False) as stack:
        yield stack


@pytest.fixture(scope="module")
def browser(flow: Flow) -> Iterator[Browser]:  # noqa: ARG001 - no stack starts while a browser runs
    with headless() as browser:
        yield browser


@pytest.fixture
def live(browser: Browser, stack: LocalStack) -> Iterator[Page]:
    """The page, filled; in the end nothing may have gone wrong in it, its policy included."""
    with watched(browser, stack.api_url) as seen:
        filled(seen.page)
        yield seen.page
        assert seen.errors == []


def new_alarm(number: int, **changes: object) -> Alarm:
    """An alarm of now: the page marks it."""
    return drift_parts.alarm(number, wall_time=int(time.time() * 1000), **changes)


def new_decision(**changes: object) -> Decision:
    """A decision of now: the page marks it."""
    now = time.time_ns()
    return decision(now % 10**12, **{"wall_time": now // 10**6, **changes})


def retraining(stack: LocalStack, share: float) -> None:
    """One runs, and goes on giving signs of life for some minutes."""
    now = int(time.time() * 1000)
    sign = Running(
        "a", "drift", "the loss has degraded", now, "reading the examples log", share, now + 600_000
    )
    with redis.Redis.from_url(stack.redis_url) as client:
        client.hset(DomainKeys.of("churn").retraining, "running", encode(sign))


def look_after(stack: LocalStack, done: Callable[[], bool]) -> None:
    """Start again what has ended, until it is done."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not done():
        stack.check()
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_it_fills_and_follows_the_events(live: Page, flow: Flow) -> None:
    churn, revenue = live.locator(CHURN), live.locator(REVENUE)
    expect(live.locator(".domain")).to_have_count(2)
    expect(churn.locator(".what")).to_have_text("cancellation within 10 days")
    expect(churn.locator(".top-users li")).to_have_count(10)
    expect(churn.locator(".top-users .score").first).to_have_text(re.compile(r"^\d+\.\d%$"))
    expect(revenue.locator(".top-users .score").first).to_have_text(re.compile(r"^\d+\.\d\d$"))
    expect(churn.locator(".facts .users dd")).to_have_text(re.compile(r"^\d\d$"))
    expect(churn.locator(".model tbody th").first).to_have_text("AUC")
    expect(revenue.locator(".model tbody th").first).to_have_text("Gini")
    for name in ("Users by score", "Calibration", "ROC curve"):
        expect(churn.locator(f"svg[role=img][aria-label^='{name}']")).to_have_count(1)
    columns = churn.locator(".spread rect title").all_text_contents()
    ranked = int(str(churn.locator(".spread .note").first.text_content()).split()[0])
    assert sum(int(words.split(": ")[1].split()[0]) for words in columns) == ranked

    clock = churn.locator(".facts .clock dd")
    before, scored = clock.text_content(), churn.locator(".newest").text_content()
    asked: list[float] = []
    live.on("request", lambda request: note_question(request, asked))
    children = flow.send_last(rate=150)
    expect(churn.locator(".rate strong")).not_to_have_text("0")
    expect(churn.locator(".pill")).to_contain_text("running")
    expect(clock).not_to_have_text(str(before))
    expect(churn.locator(".newest")).not_to_have_text(str(scored))
    live.wait_for_timeout(12_000)
    assert len(asked) >= 2
    # every answer goes on record, so questions are rare; a little early is the browser's clock
    assert all(after - before > 4.5 for before, after in pairwise(asked))
    while any(child.exit_code() is None for child in children):
        live.wait_for_timeout(200)
    assert [child.exit_code() for child in children] == [0, 0]


def test_who_has_no_reasons_yet_is_not_said_to_have_ended(live: Page) -> None:
    def answer_as_before_learning(route: Route) -> None:
        answer = route.fetch()
        ranking = answer.json()
        for user in ranking["users"]:
            user["current"]["reasons"] = []
        route.fulfill(response=answer, json=ranking)

    live.route(re.compile(r"/v1/churn/users\?"), answer_as_before_learning)
    live.reload()
    notes = live.locator(f"{CHURN} .top-users .note")
    expect(notes).to_have_count(10)
    expect(notes.first).to_have_text("no reasons yet: the model has still to learn")


def note_question(request: Request, asked: list[float]) -> None:
    if "/v1/churn/users?" in request.url:
        asked.append(time.monotonic())


def test_an_alarm_is_shown_marked_and_announced_and_never_read_as_markup(
    live: Page, stack: LocalStack
) -> None:
    alarms = live.locator(CHURN).locator(".drift .news li")
    before = alarms.count()
    push(stack.redis_url, [new_alarm(1)])
    expect(alarms).to_have_count(before + 1)
    expect(alarms.first).to_contain_text("concept degraded")
    expect(alarms.first.locator(".new")).to_have_text("new")
    expect(alarms.first).to_contain_text("calibration degraded, 0.0021 before")
    expect(live.locator("#announcer")).to_contain_text("calibration degraded")
    assert live.locator("#announcer").get_attribute("aria-live") == "polite"

    push(stack.redis_url, [new_alarm(2, signal="<img src=x onerror=alert(1)>")])
    expect(alarms.first).to_contain_text("<img src=x onerror=alert(1)>")
    expect(live.locator(".drift .news img")).to_have_count(0)

    live.reload()
    filled(live)
    expect(alarms).to_have_count(before + 2)
    expect(live.locator(".drift .new")).to_have_count(0)  # they are old by now


def test_a_decision_is_shown_with_its_evidence_marked_and_announced(
    live: Page, stack: LocalStack
) -> None:
    decisions = live.locator(CHURN).locator(".decisions li")
    before = decisions.count()
    push_decisions(stack.redis_url, [new_decision()])
    expect(decisions).to_have_count(before + 1)
    newest = decisions.first
    expect(newest).to_contain_text("sgd_logistic promoted")
    expect(newest).to_contain_text("better than kalman_logistic, and as well calibrated")
    expect(newest).to_contain_text(
        "Against kalman_logistic: gain in loss +0.0031 (+0.0004 to +0.0058), in ranking +0.02 "
        "(\u22120.001 to +0.041); 6,000 labels of 812 users, look 3 of 10."
    )
    expect(newest).to_contain_text("UTC in the stream · seen")
    expect(newest.locator(".new")).to_have_text("new")
    expect(live.locator("#announcer")).to_contain_text("Decision. churn: sgd_logistic promoted")

    odd = "<img src=x onerror=alert(1)>"
    asked = new_decision(kind="refused", model="", reason=odd, evidence=None, by="api:5e884898")
    push_decisions(stack.redis_url, [asked])
    expect(decisions.first).to_contain_text(f"{odd} (by api:5e884898)")
    expect(live.locator(".decisions img")).to_have_count(0)

    live.reload()
    filled(live)
    expect(decisions).to_have_count(before + 2)
    expect(live.locator(".decisions .new")).to_have_count(0)
    expect(live.locator(REVENUE).locator(".decisions")).to_contain_text("No decision so far")


def test_roles_contests_and_a_retraining_are_told(live: Page, stack: LocalStack) -> None:
    churn = live.locator(CHURN)
    expect(churn.locator(".model thead small").filter(has_text="challenger")).to_have_count(2)
    contests = churn.locator(".contests li")
    expect(contests).to_have_count(2)
    ahead = "(ahead of|behind|better than|worse than|level with) kalman_logistic"
    told = re.compile(r"Gain in loss [^ ]+ \(.+\), in ranking [^ ]+ \(.+\)\. The newest [1-9]\d*")
    for contest, name in zip(contests.all(), ("steady_kalman", "sgd_logistic"), strict=True):
        expect(contest).to_contain_text(re.compile(f"Challenger {name}: {ahead}"))
        expect(contest).to_contain_text(told)
        # a log of thirty users: whoever is ahead, nothing is decided by so few
        expect(contest).to_contain_text(re.compile(r"Users with an outcome: \d+ of the 20 that a"))

    # a real worker does what is wished for
    command = [sys.executable, "-m", "stream", "promote", "--domain", "churn"]
    env = {**os.environ, **stack.env()}
    run = subprocess.run([*command, "--model", "sgd_logistic"], env=env, check=True)
    assert run.returncode == 0
    expect(contests.first).to_contain_text("On probation sgd_logistic, against the former champion")
    expect(churn.locator(".decisions li").first).to_contain_text("sgd_logistic promoted")
    expect(churn.locator(".model thead small").filter(has_text="former")).to_have_count(1)
    subprocess.run([*command[:3], "rollback", *command[4:]], env=env, check=True)
    expect(churn.locator(".decisions li").first).to_contain_text("sgd_logistic rolled back")
    expect(contests.filter(has_text="On probation")).to_have_count(0)
    expect(contests.filter(has_text="Challenger sgd_logistic")).to_have_count(1)

    training = churn.locator(".training")
    expect(training).to_be_hidden()
    retraining(stack, 0.42)
    expect(training).to_contain_text(
        "reading the examples log, 42% done. Asked for by drift: the loss has degraded."
    )
    with redis.Redis.from_url(stack.redis_url) as client:
        client.delete(DomainKeys.of("churn").retraining)
    expect(training).to_be_hidden()


def test_a_users_story_opens_and_closes_by_keyboard(live: Page) -> None:
    live.keyboard.press("Tab")
    expect(live.locator(".skip")).to_be_focused()
    button = live.locator(CHURN).locator(".top-users .user").nth(2)
    button.focus()
    user = str(button.get_attribute("data-user"))
    live.keyboard.press("Enter")
    story = live.locator("#story")
    expect(story).to_be_visible()
    expect(story.locator("h2")).to_have_text(f"User {user}")
    expect(story.locator(".big")).to_have_text(re.compile(r"\d%"))
    expect(story.locator("svg[role=img][aria-label^='Score at']")).to_be_visible()
    expect(story.locator(".bars li")).to_have_count(5)
    expect(story).to_contain_text("This user is active")
    for name in ("First seen", "Last event", "Score as of", "Model version"):
        expect(story.locator("dt").filter(has_text=name)).to_have_count(1)
    live.keyboard.press("Tab")
    live.keyboard.press("Escape")
    expect(story).to_be_hidden()
    focused = live.evaluate("document.activeElement.dataset.user")
    assert focused == user

    button.click()
    expect(story).to_be_visible()
    story.get_by_role("button", name="Close").click()
    expect(story).to_be_hidden()


def test_figures_and_curves_are_those_of_the_chosen_age(live: Page) -> None:
    revenue = live.locator(REVENUE)
    curve = revenue.locator("svg[aria-label^='Gain curve']")
    before = curve.get_attribute("aria-label")
    expect(revenue.get_by_role("radio", name="24h")).to_be_checked()
    revenue.get_by_role("radio", name="install").focus()
    live.keyboard.press("Space")
    expect(curve).not_to_have_attribute("aria-label", str(before))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_it_can_be_used_by_everyone(
    browser: Browser, stack: LocalStack, width: int, theme: str
) -> None:
    push(stack.redis_url, [new_alarm(3)])
    retraining(stack, 0.25)
    with watched(browser, stack.api_url, width=width, theme=theme) as seen:
        filled(seen.page)
        push(stack.redis_url, [new_alarm(int(time.time() * 1000))])
        expect(seen.page.locator(".drift .new").first).to_be_visible()
        push_decisions(stack.redis_url, [new_decision(kind=kind) for kind in get_args(Kind)])
        expect(seen.page.locator(".decisions .new")).to_have_count(len(get_args(Kind)))
        expect(seen.page.locator(".training")).to_have_count(2)
        expect(seen.page.locator(".training").first).to_be_visible()
        assert violations(seen.page) == []
        assert overflow(seen.page) <= 0
        seen.page.locator(".top-users .user").first.click()
        expect(seen.page.locator("#story .bars li").first).to_be_visible()
        assert violations(seen.page) == []
        assert overflow(seen.page) <= 0
        assert seen.errors == []


def test_the_theme_is_the_systems_until_another_one_is_chosen(live: Page) -> None:
    def background() -> str:
        return str(live.evaluate("getComputedStyle(document.body).backgroundColor"))

    light = background()
    live.emulate_media(color_scheme="dark")
    dark = background()
    assert light != dark
    live.emulate_media(color_scheme="light")
    live.get_by_role("button", name="Dark theme").click()
    assert background() == dark
    live.reload()
    assert background() == dark
    live.get_by_role("button", name="Light theme").click()
    assert background() == light


def test_it_says_when_the_stream_stops_and_when_it_goes_on(live: Page, stack: LocalStack) -> None:
    stack.workers[0].child.kill()
    churn, overall = live.locator(CHURN), live.locator("#state")
    expect(churn.locator(".pill")).to_have_text("stopped")
    expect(churn.get_by_role("alert")).to_contain_text("no worker has reported since")
    expect(overall).to_have_text("churn, revenue: stopped")
    expect(live).to_have_title(re.compile("stopped"))
    assert violations(live) == []
    look_after(stack, lambda: overall.text_content() in {"idle", "running"})
    expect(churn.get_by_role("alert")).to_be_hidden()
    expect(live).to_have_title("Weir")


def test_it_says_when_the_connection_is_lost_and_connects_again(
    browser: Browser, stack: LocalStack
) -> None:
    with watched(browser, stack.api_url) as seen:  # errors are in order: nobody answers
        page = seen.page
        filled(page)
        stack._apis[0].child.kill()
        expect(page.locator("#state")).to_have_text("connection lost")
        expect(page.locator("#lost").get_by_role("alert")).to_contain_text("Connection lost")
        assert violations(page) == []
        look_after(stack, page.locator("#lost").is_hidden)
        filled(page)


def test_it_asks_for_a_key_and_keeps_it_in_the_tab(
    browser: Browser, stack: LocalStack, tmp_path: Path
) -> None:
    settings = load({"redis_url": stack.redis_url})
    keys = stack.env() | {
        "WEIR_API_KEYS": ",".join(
            [entry("right", "page", ["read"]), entry("narrow", "crm", ["predict"])]
        ),
        "WEIR_DOMAINS": "churn",
        "WEIR_LOG_FORMAT": "json",
    }
    with (
        api(settings, tmp_path / "log", **keys) as (_, client),
        watched(browser, str(client.base_url)) as seen,
    ):
        page, dialog = seen.page, seen.page.locator("#key")
        expect(dialog).to_be_visible()
        assert violations(page) == []
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        page.get_by_role("button", name="Enter a key").click()
        page.keyboard.type("wrong")
        page.keyboard.press("Enter")
        expect(dialog.locator("#key-why")).to_contain_text("has refused the key")
        expect(dialog).to_be_visible()
        page.keyboard.type("narrow")
        page.keyboard.press("Enter")
        expect(dialog.locator("#key-why")).to_contain_text("needs a key with the scope read")
        expect(dialog).to_be_visible()
        page.keyboard.type("right")
        page.keyboard.press("Enter")
        expect(page.locator(CHURN).locator(".top-users .reason").first).to_be_visible()
        expect(page.locator(".domain")).to_have_count(1)
        page.reload()
        expect(page.locator(CHURN)).to_be_visible()
        page.get_by_role("button", name="Forget the key").click()
        expect(dialog).to_be_visible()
        assert all("401" in error or "403" in error for error in seen.errors)
