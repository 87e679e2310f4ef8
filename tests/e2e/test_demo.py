"""``make demo ARGS=--once``, as a newcomer runs it, only with a smaller log."""

import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

DEMO = [sys.executable, "-m", "replay", "demo", "--users", "25", "--days", "24"]


@pytest.mark.timeout(600)
def test_the_demo_scores_everything_and_says_so(tmp_path: Path) -> None:
    run = subprocess.run(
        [*DEMO, "--once"], capture_output=True, text=True, cwd=tmp_path, check=False, timeout=580
    )
    assert run.returncode == 0, run.stdout + run.stderr
    events = re.search(r"([\d,]+) events over 2\d days", run.stdout)
    assert events is not None, run.stdout
    assert re.search(rf"events in\s*│\s*{events[1]}\s", run.stdout)
    assert re.search(r"unaccounted for\s*│\s*0\s", run.stdout)
    for word in ("rejected", "scored", "snapshots", "labels", "model version", "p99"):
        assert word in run.stdout
    assert re.search(r"GET /v1/churn/users/\d+: 0\.\d+", run.stdout)


@pytest.mark.timeout(600)
def test_it_stays_up_until_ctrl_c(tmp_path: Path) -> None:
    log = tmp_path / "demo.log"
    with log.open("wb") as output, subprocess.Popen(DEMO, stdout=output, stderr=output) as demo:
        limit = time.monotonic() + 500
        while "Ctrl-C stops it all" not in log.read_text():
            assert demo.poll() is None, log.read_text()
            assert time.monotonic() < limit, log.read_text()
            time.sleep(0.5)
        address = re.search(r"The API is at\s+(http://[\d.:]+)", log.read_text())
        assert address is not None
        with urllib.request.urlopen(f"{address[1]}/v1/churn/users?limit=1") as answer:
            assert answer.status == 200
        demo.send_signal(signal.SIGINT)
        assert demo.wait(60) == 0, log.read_text()
