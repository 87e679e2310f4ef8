"""docker-compose.yml, read."""

from pathlib import Path
from typing import Any

import yaml

_ROOT = Path(__file__).parent.parent
TEXT = (_ROOT / "docker-compose.yml").read_text()
ENV_EXAMPLE = (_ROOT / ".env.example").read_text()


def services() -> dict[str, dict[str, Any]]:
    """The services, by name."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
    return found
