"""The rights in Redis that `docs/security.md` names are enough."""

import asyncio
import re
from pathlib import Path
from urllib.parse import urlsplit

import redis

from stream.settings import load
from tests.docs_parts import documented
from tests.integration.api_seed import ask, log, process
from tests.integration.learner_parts import learner

PAGE = Path(__file__).parents[2] / "docs" / "security.md"


def test_workers_and_api_need_no_other_keys_and_nothing_dangerous(redis_url: str) -> None:
    named = re.search(r"`user weir on >\.\.\. (.+)`", PAGE.read_text())
    assert named
    rights = named[1].split()
    assert "~weir:*" in rights
    with redis.Redis.from_url(redis_url) as client:
        client.execute_command("ACL", "SETUSER", "weir", "on", ">secret", *rights)
        place = urlsplit(redis_url)
        url = f"redis://weir:secret@{place.hostname}:{place.port}{place.path}"
        settings = load({"redis_url": url, "domains": "churn"})

        async def learn() -> None:
            async with learner(settings):
                pass

        try:
            asyncio.run(process(settings, log()[:1200]))
            asyncio.run(learn())
            assert ask(settings, "/readyz").status_code == 200
            assert ask(settings, "/v1/churn/users/1001?history=true").status_code == 200
            assert ask(settings, "/v1/churn/users?reasons=true").status_code == 200
            assert ask(settings, "/v1/churn/model:retrain", method="POST").status_code == 202
            assert ask(settings, "/v1/churn/decisions").status_code == 200
            for name in client.scan_iter():
                documented(name.decode())
        finally:
            client.execute_command("ACL", "DELUSER", "weir")
