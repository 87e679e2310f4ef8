"""`make secrets`: writes .env, with secrets of one's own for docker-compose.yml."""

import hashlib
import os
import secrets
import sys
from pathlib import Path

ENV = Path(__file__).parents[1] / ".env"


def main() -> None:
    """Write the file, and tell the API's key, which is kept nowhere."""
    key = f"weir_{secrets.token_urlsafe(32)}"
    values = {
        "WEIR_SIGNING_KEY": secrets.token_hex(32),
        "WEIR_KAFKA_PASSWORD": secrets.token_hex(24),
        "WEIR_REDIS_PASSWORD": secrets.token_hex(24),
        "WEIR_DATABASE_PASSWORD": secrets.token_hex(24),
        "WEIR_MLFLOW_DB_PASSWORD": secrets.token_hex(24),
        "WEIR_GRAFANA_PASSWORD": secrets.token_urlsafe(18),
        # what is kept of the key; `api key` makes more of them
        "WEIR_API_KEYS": f"admin:admin:sha256-{hashlib.sha256(key.encode()).hexdigest()}",
    }
    try:
        # for nobody else to read, from its first moment on
        descriptor = os.open(ENV, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        sys.exit(f"{ENV} is there already, and is left as it is")
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())
    sys.stdout.write(
        f"{ENV}: secrets of your own, for you alone to read. Keep a copy where it is safe.\n"
        f"The API's key, for the header X-API-Key and the page, is kept nowhere:\n\n  {key}\n\n"
        f"Grafana: admin, {values['WEIR_GRAFANA_PASSWORD']}\n"
    )


if __name__ == "__main__":
    main()
