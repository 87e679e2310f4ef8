"""Things break under load; in the end nothing is lost, and nothing counts twice.

``make test-faults`` runs every kind with five seeds and tells what it saw; ``make test`` a few.
"""

import json
import random
import time
from pathlib import Path

import pytest

from tests.faults.kind import Kind
from tests.faults.system import Ground
from tests.faults.verdict import finish, verdict

#: Seconds until all goes on as before, at most.
RECOVERY = 30.0


@pytest.mark.timeout(600)
def test_all_is_there_once(
    request: pytest.FixtureRequest, ground: Ground, kind: Kind, seed: int, tmp_path: Path
) -> None:
    if (missing := kind.needs()) is not None:
        pytest.skip(missing)
    rng = random.Random(f"{kind.name} {seed}")
    with kind.setting(ground, tmp_path, seed) as made, made.running() as system:
        time.sleep(rng.uniform(1, 4))
        kind.strike(system, rng)
        recovery = system.recover()
        finish(system)
        found = verdict(system)
    report: str | None = request.config.getoption("--fault-report")
    if report:
        seen = {
            "kind": kind.name,
            "seed": seed,
            "lost": found.lost,
            "doubled": found.doubled,
            "unlike": found.unlike,
            "recovery": round(recovery, 1),
            "refused": system.asker.refused,
            "restarts": len(system.news) // 2,
        }
        with Path(report).open("a") as file:
            file.write(json.dumps(seen) + "\n")
    assert found.clean, found
    assert recovery < RECOVERY
