"""What the figures were measured on."""

import os
import platform
from pathlib import Path


def machine() -> str:
    """Return one line about this machine."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    return f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}"


def stolen() -> tuple[int, int]:
    """Return how many ticks of the processors the host has given to others, and all ticks so far.

    Both 0 where the kernel does not tell. What is stolen makes every figure worse.
    """
    stat = Path("/proc/stat")
    if not stat.exists():
        return 0, 0
    ticks = [int(field) for field in stat.read_text().split("\n", 1)[0].split()[1:9]]
    return ticks[7], sum(ticks)


def quantile(values: list[float], share: float) -> float:
    """Return the value below which that share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
