"""The page docs/start.md, as a newcomer follows it, only with smaller logs."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs_blocks.parse import Block, found
from tests.docs_blocks.session import Session

PAGE = Path(__file__).parents[2] / "docs" / "start.md"
BLOCKS = [block for block in found(PAGE.read_text()) if block.language == "shell"]


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    started = Session()
    yield started
    started.close()  # as Ctrl-C does: it has to end without an error


@pytest.fixture(scope="module")
def told(session: Session) -> str:
    """What the demo has written by the time at which it says that all is there."""
    demo = BLOCKS[0]
    assert demo.text == "make demo\n"
    return session.background('export ARGS="--users 40 --days 12"\n' + demo.text, demo.ready)


@pytest.mark.timeout(600)
def test_the_demo_scores_everything_and_says_so(told: str) -> None:
    events = re.findall(r"([\d,]+) events over 1\d days", told)
    assert len(events) == 2, told
    assert re.search(rf"events in\s*│\s*{events[0]}\s*│\s*{events[1]}\s", told)
    assert re.search(r"unaccounted for\s*│\s*0\s*│\s*0\s", told)
    for word in ("rejected", "scored", "snapshots", "labels", "model version", "p99"):
        assert word in told
    assert re.search(r"GET /v1/churn/users/\d+: 0\.\d+", told)
    assert re.search(r"GET /v1/revenue/users/p\d+: \d+\.\d+", told)
    assert "Gini" in told


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("block", BLOCKS[1:], ids=lambda block: block.text.split()[-1])
def test_what_the_page_asks_is_answered(session: Session, block: Block) -> None:
    if block.ready:
        session.background(block.text, block.ready)
    else:
        session.run(block.text)
