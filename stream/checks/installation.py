"""Checks of what is installed, and of the disk."""

import importlib
import importlib.metadata
import shutil
import sys
from pathlib import Path
from typing import Literal

from stream.checks.check import Check

PINS = {"faust-streaming": "0.15.3", "aiokafka": "0.14.0", "river": "0.26.1"}
"""Packages whose private APIs (the first two) or pickles (River) tie Weir to one version."""

_PYTHON = (3, 11)
_GIB = 2**30


def python(version: tuple[int, int, int] = sys.version_info[:3]) -> Check:
    """Whether this Python is new enough."""
    text = ".".join(map(str, version))
    if version < _PYTHON:
        return Check("Python", "fail", text, "install Python 3.11 or newer; uv does: uv sync")
    return Check("Python", "ok", text)


def pinned(package: str, version: str) -> Check:
    """Whether exactly `version` of `package` is installed."""
    try:
        there = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        there = "not installed"
    if there != version:
        return Check(package, "fail", f"{there}, but Weir is made for {version}", "uv sync")
    return Check(package, "ok", version)


def codec(module: str) -> Check:
    """Whether a codec of compressed Kafka batches can be imported."""
    try:
        importlib.import_module(module)
    except ImportError as error:
        return Check(f"codec {module}", "fail", str(error), "uv sync")
    return Check(f"codec {module}", "ok", "importable")


def disk(directory: Path) -> Check:
    """Whether the disk that holds `directory` has room."""
    free = shutil.disk_usage(directory).free
    what = f"{free / _GIB:.1f} GiB free at {directory}"
    if free < _GIB:
        status: Literal["warn", "fail"] = "fail" if free < _GIB / 5 else "warn"
        return Check("disk", status, what, "make room: Redis stops taking writes on a full disk")
    return Check("disk", "ok", what)
