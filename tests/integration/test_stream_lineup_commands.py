"""``stream promote``, ``rollback``, ``drop`` and ``decisions``, with a real learner and without."""

import asyncio
import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
import redis
from click.testing import CliRunner, Result

from stream.cli import main
from stream.embedded.ports import any_free
from stream.keys import DomainKeys
from stream.settings import Settings, load
from tests.decision_parts import decision, push_decisions
from tests.integration.api_seed import log, process
from tests.integration.learner_parts import answered
from tests.rough_log import CHURN

CHAMPION, *OTHERS = (recipe.name for recipe in CHURN.recipes)

Stream = Callable[..., Result]


@pytest.fixture
def settings(redis_url: str) -> Settings:
    settings = load({"redis_url": redis_url, "domains": "churn"})
    asyncio.run(process(settings, log()[:100], rounds=1))
    return settings


@pytest.fixture
def stream(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Stream:
    monkeypatch.setenv("WEIR_REDIS_URL", settings.redis_url)

    def stream(command: str, *arguments: str) -> Result:
        return CliRunner().invoke(main, [command, "--domain", "churn", *arguments])

    return stream


def test_what_is_asked_for_is_done_and_said(stream: Stream, settings: Settings) -> None:
    other, left = OTHERS
    with answered(settings):
        promoted = stream("promote", "--model", other)
        assert promoted.exit_code == 0, promoted.output
        assert promoted.stdout == (f"churn: {other} serves from now on, on probation: {other}@0\n")
        assert "Waiting for the learner of churn" in promoted.stderr
        back = stream("rollback")
        assert (back.exit_code, back.stdout) == (
            0,
            f"churn: {CHAMPION}@0 serves again, instead of {other}\n",
        )
        dropped = stream("drop", "--model", left)
        assert (dropped.exit_code, dropped.stdout) == (
            0,
            f"churn: {left} is gone; {CHAMPION}@0 serves as before\n",
        )
        assert stream("drop").exit_code == 0, "the only one that is left needs no name"
        refused = stream("promote")
        assert refused.exit_code == 1
        assert refused.stderr.endswith("Error: there is no challenger\n")
        assert refused.stdout == ""
    lines = stream("decisions", "--json").stdout.splitlines()
    kinds = [json.loads(line)["kind"] for line in lines]
    assert kinds == ["refused", "dropped", "dropped", "rolled_back", "promoted", "began"]
    user = pwd.getpwuid(os.getuid()).pw_name
    assert json.loads(lines[0])["by"] == f"command:{user}"
    table = stream("decisions").stdout
    for words in ("rolled back", other, f"command:{user}", "there is no challenger"):
        assert words in table


def test_without_a_learner_it_stays_asked_for(stream: Stream, settings: Settings) -> None:
    waited = stream("promote", "--model", OTHERS[0], "--wait", "0.3")
    assert waited.exit_code == 1
    assert "no learner of churn has answered within 0.3 s; it stays asked for" in waited.stderr
    with answered(settings):
        deadline = time.monotonic() + 30
        while "promoted" not in stream("decisions").stdout:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_ctrl_c_ends_the_waiting_in_one_line(settings: Settings) -> None:
    env = {**os.environ, "WEIR_REDIS_URL": settings.redis_url}
    command = [sys.executable, "-m", "stream", "rollback", "--domain", "churn", "--wait", "60"]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        assert "Waiting for the learner" in running.stderr.readline()

        with redis.Redis.from_url(settings.redis_url) as client:
            deadline = time.monotonic() + 30
            while not client.hlen(DomainKeys.of("churn").wishes):
                assert time.monotonic() < deadline
                time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        assert running.stderr.read() == "no longer waiting; it stays asked for\n"
        assert running.wait(30) == 130


def test_decisions_are_shown_with_their_evidence(stream: Stream, settings: Settings) -> None:
    assert "learning begins" in stream("decisions").stdout
    odd = decision(2, reason="[bold]it[/bold] is so", evidence=None, model="")
    push_decisions(settings.redis_url, [decision(1), odd])
    table = stream("decisions").stdout
    assert "loss +0.0031 (+0.0004 to +0.0058)" in " ".join(table.split()).replace("│ ", "")
    assert "[bold]it[/bold]" in table
    assert "2023-11-14 22:13" in table
    (line,) = stream("decisions", "--json", "--limit", "1").stdout.splitlines()
    assert json.loads(line)["position"] == 2


def test_a_redis_that_is_away_is_one_line(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEIR_REDIS_URL", f"redis://127.0.0.1:{any_free()}/0")
    for command in ("rollback", "decisions"):
        result = stream(command)
        assert result.exit_code == 1
        assert "Error: Redis " in result.stderr
        assert "Traceback" not in result.output


@pytest.mark.parametrize("command", ["promote", "rollback", "drop", "decisions"])
def test_the_help_teaches(command: str) -> None:
    told = CliRunner().invoke(main, [command, "--help"]).output
    assert "--domain" in told
    assert ("--model NAME" in told) == (command in {"promote", "drop"})
    if command != "decisions":
        assert "--wait SECONDS" in told
        assert "Exit code" in told
    wrong = CliRunner().invoke(main, [command, "--domain", "weather"])
    assert (wrong.exit_code, "churn" in wrong.output) == (2, True)
