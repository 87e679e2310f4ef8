"""Disks are full."""

import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.faults.system import Ground, System


class Disk:
    """A small disk of its own, that can be filled up.

    Attributes:
        path: where it is mounted.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self) -> None:
        """Leave no byte on it."""
        with contextlib.suppress(OSError), (self.path / "ballast").open("wb", buffering=0) as file:
            while True:
                file.write(b"\0" * 4096)

    def free(self) -> None:
        """Take away what filled it."""
        (self.path / "ballast").unlink()


def why_no_disk() -> str | None:
    return None if os.geteuid() == 0 and sys.platform == "linux" else "only root can mount a disk"


@contextlib.contextmanager
def mounted(megabytes: int) -> Iterator[Disk]:
    """Mount a disk of this size in memory (as root, on Linux)."""
    path = Path(tempfile.mkdtemp(prefix="weir-disk-"))
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(path)]
    subprocess.run(["mount", *options], check=True)
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)
        path.rmdir()


@contextlib.contextmanager
def redis_on_a_disk(ground: Ground, directory: Path, seed: int) -> Iterator[System]:
    with mounted(256) as small:
        yield System(ground, directory, seed, redis_dir=small.path)


@contextlib.contextmanager
def record_on_a_disk(ground: Ground, directory: Path, seed: int) -> Iterator[System]:
    with mounted(64) as small:
        yield System(ground, directory, seed, database=f"sqlite:///{small.path}/weir.db")


def redis_disk_full(system: System, rng: random.Random) -> None:
    small = Disk(system.redis.data_dir)
    small.fill()
    time.sleep(rng.uniform(3, 10))
    small.free()


def record_disk_full(system: System, rng: random.Random) -> None:
    small = Disk(Path(system.database.removeprefix("sqlite:///")).parent)
    small.fill()
    time.sleep(rng.uniform(3, 10))
    small.free()
