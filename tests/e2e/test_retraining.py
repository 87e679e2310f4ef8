"""Retraining as people do it, on a whole stack; and a spoiled model that is promoted by hand."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import orjson
import pytest
import redis

from models import domains
from models.contest.decisions import Decision
from models.contest.wishes import Challenge
from models.effects import Example
from models.origin import Origin
from models.plan import Plan
from models.training.training import Training
from replay.generate import load as maker
from stream.archive import Archive
from stream.desk import open_desk
from stream.embedded.stack import LocalStack, Ports
from stream.keys import DomainKeys
from stream.records import decode_decision
from stream.wishing import new_id, pickle_model

CHURN = domains.load("churn")
DAYS, FIRST = 52, 36
USERS = 350


def command(stack: LocalStack, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **stack.env(), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-m", *words], env=env, capture_output=True, text=True, check=False
    )


def decisions(stack: LocalStack) -> list[Decision]:
    with redis.Redis.from_url(stack.redis_url) as client:
        found = client.xrange(DomainKeys.of("churn").decisions)
    return [decode_decision(fields[b"decision"]) for _, fields in found]


def wait_for(there: Callable[[], object], stack: LocalStack, seconds: float = 120) -> None:
    limit = time.monotonic() + seconds
    while not there():
        stack.check()
        assert time.monotonic() < limit, [(d.kind, d.model, d.reason) for d in decisions(stack)]
        time.sleep(0.2)


def spoil(stack: LocalStack) -> str:
    """Let a model challenge the champion that has learnt everything the wrong way round."""
    name = "kalman_logistic~20181002"
    training = Training(CHURN, [Origin.parse(name)])
    for _, record in Archive(stack.settings.archive_dir, CHURN).read():
        if isinstance(record, Example):
            training.take(msgspec.structs.replace(record, gain=1.0 - record.gain))
    wish = Challenge(
        new_id(time.time_ns() // 1_000_000),
        "test",
        name,
        training.position,
        pickle_model(training.candidates[0].model, "churn", name, stack.settings.key),
        "spoiled",
    )

    async def ask() -> Decision | None:
        async with open_desk("churn", stack.redis_url) as desk:
            return await desk.ask(wish, 30)

    answer = asyncio.run(ask())
    assert answer is not None
    assert answer.kind == "challenged", answer.reason
    return name


@pytest.fixture
def parts(tmp_path: Path) -> tuple[Path, Path]:
    """A log in two parts: until a bad model is promoted, and after."""
    plan = Plan(users=USERS, days=DAYS, seed=4)
    cut = plan.start_ms + FIRST * 86_400_000
    paths = tmp_path / "first.jsonl", tmp_path / "rest.jsonl"
    with paths[0].open("wb") as first, paths[1].open("wb") as rest:
        for at, line in maker("churn")(plan):
            (first if at < cut else rest).write(line)
    return paths


@pytest.mark.timeout(600)
def test_probation_finds_a_bad_model_out(parts: tuple[Path, Path], tmp_path: Path) -> None:
    values = {"domains": "churn", "retrain_schedule": "", "publish_seconds": "0.5"}
    with LocalStack(
        api=False, mlflow=False, data_dir=tmp_path, ports=Ports(0, 0, 0, 0), values=values
    ) as stack:
        sent = command(stack, "replay", "send", str(parts[0]), "--domain", "churn", "--max")
        assert sent.returncode == 0, sent.stderr
        with redis.Redis.from_url(stack.redis_url) as client:
            model = DomainKeys.of("churn").model
            wait_for(lambda: (client.hget(model, "version") or b"@0").split(b"@")[1] > b"5", stack)

        made = command(
            stack,
            *("stream", "retrain", "--domain", "churn", "--enter"),
            *("--recipe", "forest", "--since", "2018-10-25", "--json"),
        )
        assert made.returncode == 0, made.stderr
        assert orjson.loads(made.stdout)["chosen"] == "forest~20181025"
        assert "training" in made.stderr
        dropped = command(
            stack, "stream", "drop", "--domain", "churn", "--model", "forest~20181025"
        )
        assert dropped.returncode == 0, dropped.stderr

        archived = command(stack, "stream", "archive", "--domain", "churn")
        assert archived.returncode == 0, archived.stderr
        spoiled = spoil(stack)
        promoted = command(stack, "stream", "promote", "--domain", "churn", "--model", spoiled)
        assert promoted.returncode == 0, promoted.stderr
        sent = command(stack, "replay", "send", str(parts[1]), "--domain", "churn", "--max")
        assert sent.returncode == 0, sent.stderr
        wait_for(lambda: any(d.kind == "rolled_back" for d in decisions(stack)), stack)

        [back] = [d for d in decisions(stack) if d.kind == "rolled_back"]
        assert (back.model, back.by) == (spoiled, "policy")
        assert back.champion.startswith("kalman_logistic@")
        assert back.evidence is not None
        assert back.evidence.loss.high is not None
        assert back.evidence.loss.high < 0.0
        told = command(stack, "stream", "decisions", "--domain", "churn", "--json")
        assert msgspec.json.encode(back.id) in told.stdout.encode()

        again = command(stack, "stream", "rebuild", "--domain", "churn", "--version", back.champion)
        assert again.returncode == 0, again.stderr + again.stdout
        assert "scores identically" in again.stdout
