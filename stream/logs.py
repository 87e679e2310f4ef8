"""Structured logs: one JSON object a line for machines, or text for people."""

import logging
import sys

from pythonjsonlogger.json import JsonFormatter

from stream.settings import Settings

_TEXT = "%(asctime)s %(levelname)-8s %(name)s: %(message)s"

#: Libraries that say more than anyone wants to read at INFO.
_CHATTY = ("aiokafka", "faust", "mode", "kafka", "asyncio", "alembic")


def configure(settings: Settings) -> None:
    """Send all logs to stderr, as the settings say; call it once, first."""
    handler = logging.StreamHandler(sys.stderr)
    if settings.log_format == "json":
        handler.setFormatter(
            JsonFormatter(
                "%(asctime)s %(levelname)s %(name)s %(message)s",
                rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
            )
        )
    else:
        handler.setFormatter(logging.Formatter(_TEXT))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
