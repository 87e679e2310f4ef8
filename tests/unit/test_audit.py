"""What fails the audit of dependencies, and what does not; a small server plays OSV."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from stream.embedded.ports import any_free

ROOT = Path(__file__).parents[2]
UV = os.environ.get("UV") or shutil.which("uv")

pytestmark = pytest.mark.skipif(UV is None, reason="uv is not on the PATH")


@contextmanager
def osv(package: str = "", fixed: str = "") -> Iterator[str]:
    """An OSV that knows of one vulnerability; its URL."""
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
    known = {
        "id": "GHSA-aaaa-bbbb-cccc",
        "aliases": ["CVE-2026-0001"],
        "modified": "2026-01-01T00:00:00Z",
        "summary": "made up",
        "affected": [
            {
                "package": {"name": package, "ecosystem": "PyPI"},
                "ranges": [{"type": "ECOSYSTEM", "events": events}],
            }
        ],
    }

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["queries"]
            found = [{"vulns": [known]} if q["package"]["name"] == package else {} for q in asked]
            self._send({"results": found})

        def do_GET(self) -> None:
            self._send(known)

        def _send(self, answer: object) -> None:
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def audit(service: str, exceptions: Path | None = None) -> "subprocess.CompletedProcess[str]":
    call = [sys.executable, ".ci/audit.py", "--uv", str(UV), "--service", service]
    call += ["--exceptions", str(exceptions)] if exceptions else []
    env = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    env["UV_HTTP_RETRIES"] = "0"
    return subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False, env=env)


def test_a_vulnerability_that_has_a_fix_fails() -> None:
    with osv("starlette", "999.0") as service:
        done = audit(service)
    assert done.returncode == 1, done.stdout
    assert "starlette" in done.stdout
    assert "FIXED in 999.0" in done.stdout


@pytest.mark.parametrize("package", ["starlette", "schemathesis", ""])
def test_one_without_a_fix_or_of_a_tool_of_the_tests_does_not(package: str) -> None:
    with osv(package, "999.0" if package == "schemathesis" else "") as service:
        done = audit(service)
    assert done.returncode == 0, done.stdout
    assert ("no fix yet" in done.stdout) == (package == "starlette")
    assert "packages asked about, ok" in done.stdout


@pytest.mark.parametrize("name", ["GHSA-aaaa-bbbb-cccc", "CVE-2026-0001"])
def test_an_exception_needs_a_reason(name: str, tmp_path: Path) -> None:
    file = tmp_path / "exceptions"
    with osv("starlette", "999.0") as service:
        file.write_text(f"# why\n{name}  we do not serve files\n")
        done = audit(service, file)
        assert done.returncode == 0
        assert "allowed: we do not serve files" in done.stdout
        file.write_text(name)
        refused = audit(service, file)
    assert refused.returncode == 1
    assert "has no reason" in refused.stderr


def test_without_a_network_it_says_that_it_has_looked_at_nothing() -> None:
    done = audit(f"http://127.0.0.1:{any_free()}/")
    assert done.returncode == 0
    assert "NOT AUDITED" in done.stdout
