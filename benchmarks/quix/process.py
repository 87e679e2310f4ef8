"""Starts the Quix Streams application, in Weir's environment with Quix Streams laid over it."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from benchmarks.workload import Stack
from stream.embedded.process import ChildProcess

_ROOT = Path(__file__).parents[2]
_REQUIREMENTS = Path(__file__).with_name("requirements.txt")
_FETCH_SECONDS = 300


def version() -> str:
    """Return the version that is compared with."""
    lines = _REQUIREMENTS.read_text().splitlines()
    return next(line.partition("==")[2] for line in lines if line.startswith("quixstreams=="))


def why_not() -> str | None:
    """Fetch it, and return None; or what is missing, for a person."""
    if _uv() is None:
        return "there is no uv, which lays it over Weir's environment"
    command = [*_python(), "-W", "ignore", "-c", "import quixstreams"]
    try:
        done = subprocess.run(
            command, cwd=_ROOT, capture_output=True, text=True, timeout=_FETCH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return "it could not be fetched in time"
    return None if done.returncode == 0 else done.stderr.strip().rpartition("\n")[2]


def start(where: Stack, *arguments: str, settings: Mapping[str, str] | None = None) -> ChildProcess:
    """Start the application on a stack.

    Args:
        where: the stack.
        arguments: of ``benchmarks.quix.worker``.
        settings: more environment variables.
    """
    env = {**os.environ, **where.environment(), **(settings or {})}
    env["PYTHONPATH"] = str(_ROOT)
    command = [*_python(), "-m", "benchmarks.quix.worker", *arguments]
    return ChildProcess("quix", command, where.directory / "quix.log", where.guard, env)


def _python() -> list[str]:
    over = ["--frozen", "--no-sync", "--with-requirements", str(_REQUIREMENTS)]
    return [_uv() or "uv", "run", *over, "python"]


def _uv() -> str | None:
    # `uv run` tells its children where it is itself: it need not be on the PATH
    return os.environ.get("UV") or shutil.which("uv")
