"""``make demo ARGS=--once``, as a newcomer runs it, only with a smaller log."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = [sys.executable, "-m", "replay", "demo", "--users", "25", "--days", "14"]


@pytest.mark.timeout(600)
def test_the_demo_scores_everything_and_says_so(tmp_path: Path) -> None:
    run = subprocess.run(
        [*DEMO, "--once"], capture_output=True, text=True, cwd=tmp_path, check=False, timeout=580
    )
    assert run.returncode == 0, run.stdout + run.stderr
    events = re.findall(r"([\d,]+) events over 1\d days", run.stdout)
    assert len(events) == 2, run.stdout
    assert re.search(rf"events in\s*│\s*{events[0]}\s*│\s*{events[1]}\s", run.stdout)
    assert re.search(r"unaccounted for\s*│\s*0\s*│\s*0\s", run.stdout)
    for word in ("rejected", "scored", "snapshots", "labels", "model version", "p99"):
        assert word in run.stdout
    assert re.search(r"GET /v1/churn/users/\d+: 0\.\d+", run.stdout)
    assert re.search(r"GET /v1/revenue/users/p\d+: \d+\.\d+", run.stdout)
    assert "Gini" in run.stdout
