"""Prints what `make test-faults` has seen (a file) as the table of docs/reliability.md."""

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.faults.kinds import KINDS


def rows(seen: list[dict[str, Any]]) -> list[str]:
    """Return the table's rows, a kind each."""
    by_kind = defaultdict(list)
    for one in seen:
        by_kind[one["kind"]].append(one)
    return [
        _row(kind.what, kind.promise, by_kind[kind.name]) for kind in KINDS if by_kind[kind.name]
    ]


def _row(what: str, promise: str, runs: list[dict[str, Any]]) -> str:
    seconds = sorted(run["recovery"] for run in runs)
    lost, doubled = (sum(run[name] for run in runs) for name in ("lost", "doubled"))
    unlike = sum(bool(run["unlike"]) for run in runs)
    times = f"{seconds[len(seconds) // 2]:.1f} ({seconds[-1]:.1f})"
    cells = (what, promise, len(runs), lost, doubled, unlike, times)
    return "| " + " | ".join(map(str, cells)) + " |"


if __name__ == "__main__":
    lines = Path(sys.argv[1]).read_text().splitlines()
    head = ("fault", "promised", "runs", "lost", "counted twice", "unlike", "recovery, s")
    sys.stdout.write("| " + " | ".join(head) + " |\n|" + "---|" * len(head) + "\n")
    sys.stdout.write("\n".join(rows([json.loads(line) for line in lines])) + "\n")
