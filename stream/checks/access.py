"""Checks of the keys: who may sign, and who may ask."""

from models.checkpoint import DEVELOPMENT_KEY
from stream.checks.check import Check
from stream.settings import Settings

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_SHORT_KEY = 16


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


def api_keys(settings: Settings) -> Check:
    """Whether the API is closed to strangers."""
    count = len(settings.api_keys)
    keys = (*settings.api_keys, *settings.admin_keys)
    if any(len(key.get_secret_value()) < _SHORT_KEY for key in keys):
        return Check(
            "API keys",
            "warn",
            f"one has fewer than {_SHORT_KEY} characters",
            "set WEIR_API_KEYS and WEIR_ADMIN_KEYS to longer ones",
        )
    if count:
        return Check("API keys", "ok", f"{count} set")
    if settings.api_host in _LOOPBACK:
        return Check("API keys", "ok", "none, and the API listens on loopback only")
    return Check(
        "API keys", "fail", f"none, and the API listens on {settings.api_host}", "set WEIR_API_KEYS"
    )
