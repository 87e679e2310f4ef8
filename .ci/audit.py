"""Ask OSV whether a locked runtime dependency has a known vulnerability: ``make audit``.

Fails for one that has a fix and no exception in ``audit-exceptions.txt``. What cannot be asked
fails nothing, and says so: CI must run without a network too. ``uv audit`` sends names and versions
of the lock in one question; it is a preview in uv, so that its format may change.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

#: Seconds for the whole question.
PATIENCE = 15

EXCEPTIONS = Path(__file__).parent / "audit-exceptions.txt"


def exceptions(path: Path) -> dict[str, str]:
    """Return the reason of each exception, by the vulnerability's id; a reason is a must."""
    lines = [line.strip() for line in path.read_text().splitlines()]
    entries = [line.partition(" ") for line in lines if line and not line.startswith("#")]
    found = {name: reason.strip() for name, _, reason in entries}
    for name, reason in found.items():
        if not reason:
            raise SystemExit(f"{path.name}: {name} has no reason")
    return found


def ask(uv: str, service: str | None) -> dict[str, Any] | str:
    """Return what uv says of the lock, or why it can say nothing."""
    call = [uv, "audit", "--frozen", "--no-dev", "--output-format", "json"]
    call += ["--preview-features", "audit-command,json-output"]
    if service:
        call += ["--service-url", service]
    try:
        done = subprocess.run(call, capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603 - our own words
        # 1: there are some; everything else is no answer
        if done.returncode in {0, 1}:
            answer: dict[str, Any] = json.loads(done.stdout)
            return answer
    except subprocess.TimeoutExpired:
        return f"no answer within {PATIENCE} s"
    except (OSError, ValueError) as error:
        return str(error)
    return " ".join(done.stderr.split())


def main() -> int:
    """Say what there is; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uv", default="uv", help="the uv to ask with")
    parser.add_argument("--service", help="OSV's URL, when it is another")
    parser.add_argument("--exceptions", type=Path, default=EXCEPTIONS, help="the file of them")
    given = parser.parse_args()
    allowed = exceptions(given.exceptions)
    answer = ask(given.uv, given.service)
    if isinstance(answer, str):
        print(f"audit: NOT AUDITED, OSV cannot be asked: {answer}")  # noqa: T201 - it is for people
        return 0
    failed = 0
    for one in answer["vulnerabilities"]:
        ids, fixes = {one["id"], *one["aliases"]}, one["fix_versions"]
        reason = next((why for name, why in allowed.items() if name in ids), "")
        verdict = f"allowed: {reason}" if reason else "no fix yet"
        if fixes and not reason:
            failed, verdict = 1, f"FIXED in {', '.join(fixes)}: uv lock --upgrade-package"
        package = f"{one['dependency']['name']} {one['dependency']['version']}"
        print(f"audit: {package}: {one['id']} ({one['summary']}); {verdict}")  # noqa: T201 - likewise
    count = answer["summary"]["audited_packages"]
    print(f"audit: {count} packages asked about, {'FAILED' if failed else 'ok'}")  # noqa: T201 - likewise
    return failed


if __name__ == "__main__":
    sys.exit(main())
