"""Who predicts: asked for over HTTP, decided by a real learner, and told."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from api.decision_schemas import Asked, DecisionAnswer, DecisionsAnswer
from api.lineup_schemas import ModelAnswer
from api.schemas import ProblemDetails
from models.contest.policy import CONTEST
from stream.api_keys import entry
from stream.keys import DomainKeys
from stream.retraining.state import FRESH_MS, Running, decode_request, encode
from stream.settings import Settings, load
from tests.integration.api_seed import FIRST, ask, log, process, running
from tests.integration.learner_parts import challenge, learner
from tests.rough_log import CHURN

CHAMPION, *OTHERS = (recipe.name for recipe in CHURN.recipes)
ADMIN = {"X-API-Key": "admin-key"}
KEYS = f"{entry('user-key', 'page', ['read', 'predict'])},{entry('admin-key', 'walter', ['admin'])}"


@pytest.fixture
def settings(redis_url: str) -> Settings:
    """A champion and its challengers that have learnt a little."""
    settings = load({"redis_url": redis_url, "domains": "churn", "database_url": "none"})
    asyncio.run(process(settings, log()[:FIRST], rounds=1))
    return settings


def scenario(
    settings: Settings, steps: Callable[[httpx.AsyncClient], Awaitable[None]], *, answers: bool
) -> None:
    """Take steps with a running API, and with a learner that answers or without one."""

    async def main() -> None:
        async with running(settings) as client:
            if not answers:
                await steps(client)
                return
            async with learner(settings):
                await steps(client)

    asyncio.run(main())


async def roles(client: httpx.AsyncClient, wanted: dict[str, str]) -> dict[str, Any]:
    """Return what the API says of the model, as soon as these are the models in their roles."""
    async with asyncio.timeout(30):
        while True:
            answer: dict[str, Any] = (await client.get("/v1/churn/model")).json()
            ModelAnswer.model_validate(answer)
            found = {row["model"]: row["role"] for row in answer["metrics"]}
            if found == wanted:
                return answer
            await asyncio.sleep(0.1)


async def decided(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    """What was decided since learning began."""
    taken: list[dict[str, Any]] = (await client.get("/v1/churn/decisions")).json()["decisions"]
    return [one for one in taken if one["kind"] != "began"]


def test_a_challenger_is_promoted_and_the_former_champion_comes_back(settings: Settings) -> None:
    async def steps(client: httpx.AsyncClient) -> None:
        other, left = OTHERS
        promoted = await client.post("/v1/churn/model:promote", json={"model": other})
        assert promoted.status_code == 200, promoted.text
        answer = promoted.json()
        DecisionAnswer.model_validate(answer)
        assert (answer["kind"], answer["model"], answer["by"]) == ("promoted", other, "api")
        assert answer["champion"].startswith(f"{other}@")
        assert answer["words"] == (
            f"churn: {other} promoted: asked for, whatever the contest says (by api)"
        )
        assert answer["wish"] in answer["id"]
        await roles(client, {other: "champion", CHAMPION: "former", left: "challenger"})

        back = await client.post("/v1/churn/model:rollback")
        assert (back.status_code, back.json()["kind"]) == (200, "rolled_back")
        # it began with the domain, so that it goes on challenging
        await roles(client, {CHAMPION: "champion", left: "challenger", other: "challenger"})

        dropped = await client.post("/v1/churn/model:drop", json={"model": other})
        assert (dropped.status_code, dropped.json()["model"]) == (200, other)
        # the only challenger there is needs no name
        last = await client.post("/v1/churn/model:drop")
        assert (last.status_code, last.json()["model"]) == (200, left)
        await roles(client, {CHAMPION: "champion"})

        taken = (await client.get("/v1/churn/decisions")).json()
        DecisionsAnswer.model_validate(taken)
        given = [last.json(), dropped.json(), back.json(), answer]
        assert taken["decisions"][:-1] == given
        assert taken["decisions"][-1]["kind"] == "began"
        newest = (await client.get("/v1/churn/decisions?limit=1")).json()
        assert newest["decisions"] == [last.json()]

    scenario(settings, steps, answers=True)


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("promote", None, "several challengers, name one"),
        ("promote", {}, "several challengers, name one"),
        ("promote", {"model": None}, "several challengers, name one"),
        ("promote", {"model": "nobody~20181102"}, "nobody~20181102 is no challenger; there are: "),
        ("promote", {"model": CHAMPION}, "is no challenger"),
        ("drop", {"model": CHAMPION}, "is no challenger"),
        ("rollback", None, "no former champion to go back to"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(
    settings: Settings, path: str, body: object, reason: str
) -> None:
    async def steps(client: httpx.AsyncClient) -> None:
        refused = await client.post(f"/v1/churn/model:{path}", json=body)
        assert refused.status_code == 409, refused.text
        answer = refused.json()
        ProblemDetails.model_validate(answer)
        assert answer["type"] == "urn:weir:problem:refused"
        assert reason in answer["detail"]
        [noted] = await decided(client)
        assert (noted["kind"], noted["reason"]) == ("refused", answer["detail"])
        assert noted["model"] == ((body or {}).get("model") if isinstance(body, dict) else None)

    scenario(settings, steps, answers=True)


def test_without_a_learner_it_stays_asked_for(settings: Settings) -> None:
    async def steps(client: httpx.AsyncClient) -> None:
        started = time.monotonic()
        path, body = "/v1/churn/model:promote", {"model": OTHERS[0]}
        waiting = await client.post(path, json=body)
        assert waiting.status_code == 202
        assert 5 <= time.monotonic() - started < 15
        Asked.model_validate(waiting.json())
        async with learner(settings):
            await roles(
                client, {OTHERS[0]: "champion", CHAMPION: "former", OTHERS[1]: "challenger"}
            )
        [taken] = await decided(client)
        assert (taken["kind"], taken["wish"]) == ("promoted", waiting.json()["id"])

    scenario(settings, steps, answers=False)


def test_a_challenger_that_comes_and_goes_while_no_label_comes_is_seen(settings: Settings) -> None:
    async def steps(client: httpx.AsyncClient) -> None:
        async with learner(settings):
            there = {CHAMPION: "champion"} | dict.fromkeys(OTHERS, "challenger")
            position = (await roles(client, there))["examples"]
            name = f"{CHAMPION}~20181102"
            await challenge(settings, name, position)
            answer = await roles(client, there | {name: "challenger"})
            assert [one["model"] for one in answer["challengers"]] == [*OTHERS, name]
            most = [one["most_labels"] for one in answer["challengers"]]
            assert most == [None, None, CONTEST.labels * CONTEST.looks]
            assert {one["least_outcomes"] for one in answer["challengers"]} == {CONTEST.outcomes}
            dropped = await client.post("/v1/churn/model:drop", json={"model": name})
            assert dropped.status_code == 200
            await roles(client, there)

    scenario(settings, steps, answers=False)


def test_who_asked_is_told_by_the_name_of_the_key(settings: Settings, tmp_path: Path) -> None:
    record = {"database_url": f"sqlite:///{tmp_path / 'weir.db'}"}
    keys = {"api_keys": KEYS}
    keyed = load({"redis_url": settings.redis_url, "domains": "churn", **record, **keys})

    async def steps(client: httpx.AsyncClient) -> None:
        path = "/v1/churn/model:drop"
        assert (await client.post(path)).status_code == 401
        user = {"X-API-Key": "user-key"}
        assert (await client.post(path, headers=user)).status_code == 403
        dropped = await client.post(path, json={"model": OTHERS[0]}, headers=ADMIN)
        assert (dropped.status_code, dropped.json()["by"]) == (200, "api:walter")
        assert "admin-key" not in dropped.text
        assert (await client.get("/v1/churn/decisions")).status_code == 401
        assert (await client.get("/v1/churn/decisions", headers=user)).status_code == 200
        assert (await client.get("/v1/decisions", headers=user)).status_code == 403

    scenario(keyed, steps, answers=True)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("promote", {"model": "No Model"}),
        ("promote", {"model": "a" * 201}),
        ("promote", {"modell": "forest"}),
        ("promote", []),
        ("drop", {"model": 7}),
        ("retrain", {"reason": ""}),
        ("retrain", {"reason": "x" * 301}),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(settings: Settings, path: str, body: object) -> None:
    refused = ask(settings, f"/v1/churn/model:{path}", method="POST", json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"].startswith("body")


def test_other_domains_are_unknown(settings: Settings) -> None:
    for what in ("promote", "rollback", "drop", "retrain"):
        assert ask(settings, f"/v1/other/model:{what}", method="POST").status_code == 404
    assert ask(settings, "/v1/other/decisions").status_code == 404


# retraining


def beats(settings: Settings, age_ms: int = 0) -> Running:
    now = int(time.time() * 1000) - age_ms
    sign = Running("schedule-1", "schedule", "every night", now, "reading the log", 0.4, now)
    with redis.Redis.from_url(settings.redis_url) as client:
        client.hset(DomainKeys.of("churn").retraining, "running", encode(sign))
    return sign


def test_a_retraining_is_asked_for_and_the_model_says_so(settings: Settings) -> None:
    reason = {"reason": "prices have changed"}
    asked = ask(settings, "/v1/churn/model:retrain", method="POST", json=reason)
    assert asked.status_code == 202
    Asked.model_validate(asked.json())
    with redis.Redis.from_url(settings.redis_url) as client:
        raw = client.hget(DomainKeys.of("churn").retraining, "asked")
    request = decode_request(raw or b"")
    assert (request.id, request.by) == (asked.json()["id"], "api")
    assert request.reason == "prices have changed"
    answer = ask(settings, "/v1/churn/model").json()
    ModelAnswer.model_validate(answer)
    assert answer["retraining"]["running"] is None
    told = answer["retraining"]["asked"]
    assert (told["id"], told["by"], told["reason"]) == (request.id, "api", request.reason)
    # another one takes its place
    again = ask(settings, "/v1/churn/model:retrain", method="POST")
    told = ask(settings, "/v1/churn/model").json()["retraining"]["asked"]
    assert (told["id"], told["reason"]) == (again.json()["id"], "asked for")


def test_while_one_runs_no_other_is_asked_for(settings: Settings) -> None:
    beats(settings)
    answer = ask(settings, "/v1/churn/model").json()
    ModelAnswer.model_validate(answer)
    runs = answer["retraining"]["running"]
    assert (runs["phase"], runs["share"], runs["by"]) == ("reading the log", 0.4, "schedule")
    refused = ask(settings, "/v1/churn/model:retrain", method="POST")
    assert refused.status_code == 409
    problem = refused.json()
    ProblemDetails.model_validate(problem)
    assert problem["type"] == "urn:weir:problem:retraining-runs"
    assert problem["detail"] == (
        f"a retraining runs since {runs['started_at']}, asked for by schedule "
        "(reading the log, 40% done)"
    )
    assert problem["running"] == runs


def test_one_that_gives_no_sign_of_life_is_not_waited_for(settings: Settings) -> None:
    beats(settings, FRESH_MS + 1000)
    assert ask(settings, "/v1/churn/model").json()["retraining"] == {"running": None, "asked": None}
    assert ask(settings, "/v1/churn/model:retrain", method="POST").status_code == 202
