"""Checks of the keys: who may sign, and who may ask."""

from datetime import datetime, timedelta

from models.checkpoint import DEVELOPMENT_KEY
from stream.checks.check import Check
from stream.settings import Settings
from stream.urls import LOOPBACK

#: Days before the end of a key from which on it is warned of.
_SOON = timedelta(days=14)


def signing_key(settings: Settings) -> Check:
    """Whether checkpoints are signed with a key of one's own."""
    if settings.signing_key.get_secret_value() == DEVELOPMENT_KEY:
        return Check(
            "signing key",
            "warn",
            "the default, which everybody knows; only good while all services are on loopback",
            "set WEIR_SIGNING_KEY, the same for workers and API: "
            "python -c 'import secrets; print(secrets.token_urlsafe(32))'",
        )
    return Check("signing key", "ok", "set")


def api_keys(settings: Settings, now: datetime) -> Check:
    """Whether the API is closed to strangers, and will still be open to those who have a key.

    Args:
        settings: with the keys' entries.
        now: the present, with its zone.
    """
    if not settings.api_keys and settings.api_host in LOOPBACK:
        return Check("API keys", "ok", "none, and the API listens on loopback only")
    if not settings.api_keys:
        listening = f"none, and the API listens on {settings.api_host}"
        return Check("API keys", "fail", listening, "set WEIR_API_KEYS: api key NAME --scope read")
    ends = [(key.name, key.until) for key in settings.api_keys if key.until]
    ending = [f"{name}'s ({until:%Y-%m-%d})" for name, until in ends if until - _SOON < now]
    if ending:
        return Check(
            "API keys",
            "warn",
            f"of {len(settings.api_keys)} these have ended or soon will: {', '.join(ending)}",
            "hand out new ones (api key NAME --scope ...) and take the old entries away",
        )
    source = settings.api_keys_file or "WEIR_API_KEYS"
    return Check("API keys", "ok", f"{len(settings.api_keys)} set, by {source}")
