"""docker-compose.yml, read as Compose reads it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docker-compose.yml").read_text()

_NAME = re.compile(r"\$(\$|\{(\w+)(?::([?-])([^}]*))?\})")


def names() -> dict[str, str]:
    """Return what the file takes from the environment: "?" where it must, else the default."""
    found: dict[str, str] = {}
    for _, name, sign, rest in _NAME.findall(TEXT):
        if sign:
            found[name] = "?" if sign == "?" else rest
    return found


def env_file(path: Path) -> dict[str, str]:
    """Return what a file for --env-file sets."""
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def services(env: Mapping[str, str] | None = None) -> dict[str, dict[str, Any]]:
    """Return the services by name, as Compose reads the file in this environment.

    Without one, what comes from the environment stays as it is in the file.
    """

    def value(match: re.Match[str]) -> str:
        given = env or {}
        return "$" if match[1] == "$" else given.get(match[2]) or match[4] or ""

    text = TEXT if env is None else _NAME.sub(value, TEXT)
    found: dict[str, dict[str, Any]] = yaml.safe_load(text)["services"]
    return found
