"""The command ``api``."""

import gc
import logging
import signal
import socket
import sys

import click
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.connections import MOST_CONNECTIONS, GuardedProtocol
from api.deps import Api
from api.key_command import key_command
from models.errors import WeirError
from stream import logs
from stream.settings import load

logger = logging.getLogger(__name__)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--host", metavar="ADDRESS", help="Listen here; WEIR_API_HOST, or 127.0.0.1.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Listen on this port; WEIR_API_PORT, or 8000. 0: any that is free.",
)
@click.version_option(package_name="weir", prog_name="api")
@click.pass_context
def main(context: click.Context, host: str | None, port: int | None) -> None:
    """Answer over HTTP: what is this user's risk now?

    \b
    Try it, with a stack from `stream local` and its settings:
      api --port 8000
      curl localhost:8000/v1/churn/users?limit=5     the highest risks
      curl localhost:8000/v1/churn/users/1001        one user, with reasons
      open http://localhost:8000                     the live page
      open http://localhost:8000/docs                all there is
      api key dashboard --scope read                 a key, when others are to ask too
    Settings are environment variables WEIR_*: WEIR_REDIS_URL says where the states are,
    WEIR_SIGNING_KEY must be that of the workers, WEIR_API_KEYS has an entry of each key
    that may be sent as X-API-Key. Without keys it answers everyone, and listens on loopback only.

    Ctrl-C or SIGTERM ends the streams of events, finishes what has been asked and stops. Exit
    codes: 0 stopped, 1 a setting is wrong or the address cannot be used.
    """  # noqa: D301 - click looks for the character itself
    if context.invoked_subcommand:
        return
    try:
        settings = load({"api_host": host, "api_port": port})
    except WeirError as error:
        raise click.ClickException(str(error)) from error
    logs.configure(settings)
    app = create_app(settings)
    listening = _listen(settings.api_host, settings.api_port)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        http=GuardedProtocol,
        ws="none",
        limit_concurrency=MOST_CONNECTIONS,
        server_header=False,
        # whom else would the addresses in a request's own headers be believed
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=8,
    )
    # uvicorn stops in good order and then raises the signal again: that shall be no failure
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    name, bound = listening.getsockname()[:2]
    url = f"http://[{name}]:{bound}" if ":" in name else f"http://{name}:{bound}"
    logger.info("listening on %s", url, extra={"url": url})
    # what has been imported stays: collections that walk through all of it would take longer than
    # any answer may
    gc.collect()
    gc.freeze()
    _Server(config, app).run(sockets=[listening])


main.add_command(key_command)


class _Server(uvicorn.Server):
    """Ends the streams of events before it waits for what is being answered."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        api: Api = self._app.state.api
        api.hub.close()
        await super().shutdown(sockets=sockets)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {host} port {port}: {error.strerror or error}; choose another "
            "with --port (0: any that is free) and --host"
        ) from error
