"""Makes the pictures of the live page and of MLflow for the docs: ``make screenshots``.

The whole system starts, logs of both domains flow through it, and Chromium takes the pictures while
they do; those of MLflow at the end, when the trainer has nothing more to do.
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import redis
from playwright.sync_api import Browser, Page, expect

from stream.embedded.stack import LocalStack
from stream.keys import DomainKeys
from stream.tracking.spool import Spool
from tests.e2e.chromium import headless
from tests.e2e.flow import ANY, Flow
from tests.e2e.mlflow_pages import MlflowPages

FOLDER = Path(__file__).parents[2] / "docs" / "images"

#: The most bytes of a picture: a README is loaded over slow lines too.
MOST = 400_000

#: The newest events are sent at this rate (a second), and watched for so many seconds before the
#: pictures are taken: then the chart of the rate has a history.
_LAST, _RATE, _WATCHED = 30_000, 300, 60

#: ms; a loaded machine may take its time.
_PATIENCE = 120_000


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes:
        name: of its file.
        theme: of the system.
        width: px.
        height: px.
    """

    name: str
    theme: Literal["dark", "light"]
    width: int
    height: int


PICTURES = (
    Picture("live-page-dark.png", "dark", 1600, 1180),
    Picture("live-page-light.png", "light", 1600, 1180),
    Picture("live-page-phone.png", "light", 360, 780),
)


#: Pictures of MLflow.
MLFLOW = ("mlflow-runs.png", "mlflow-plot.png", "mlflow-registry.png")


def main() -> None:
    """Make all pictures.

    Raises:
        SystemExit: a picture is larger than it may be.
    """
    with LocalStack(ports=ANY) as stack:
        flow = Flow(stack, users=150, days=40, last=_LAST)
        flow.send_first()
        with headless() as browser:
            first = _open(browser, stack.api_url, PICTURES[0])
            # else the rush of the first part would be all that the charts show
            expect(first.locator("#state")).to_have_text("idle", timeout=_PATIENCE)
            first.close()
            _until_retrained(stack)
            flow.send_last(_RATE)
            pages = [(picture, _open(browser, stack.api_url, picture)) for picture in PICTURES]
            time.sleep(_WATCHED)
            for picture, page in pages:
                # users who have just risen have no reasons for a moment
                expect(page.get_by_text("…", exact=True)).to_have_count(0, timeout=_PATIENCE)
                page.screenshot(path=FOLDER / picture.name)
                page.close()
            _until_retrained(stack)
            mlflow = MlflowPages(browser, stack.mlflow_url, "churn")
            for name, show in zip(
                MLFLOW, (mlflow.runs, mlflow.calibration, mlflow.registry), strict=True
            ):
                show().screenshot(path=FOLDER / name)
    for name in (*(picture.name for picture in PICTURES), *MLFLOW):
        size = (FOLDER / name).stat().st_size
        sys.stdout.write(f"{name}: {size:,} bytes\n")
        if size > MOST:
            raise SystemExit(f"{name} is larger than {MOST:,} bytes")


def _until_retrained(stack: LocalStack) -> None:
    """Wait until nothing is being retrained, and MLflow has been told of all that was."""
    spool = Spool(stack.settings.spool_dir, time.time)
    quiet = 0
    with redis.Redis.from_url(stack.redis_url) as client:
        while quiet < 5:
            stack.check()
            time.sleep(1)
            busy = [entry for entry in spool.waiting() if "-live-" not in entry]
            for domain in stack.settings.domains:
                key = DomainKeys.of(domain).retraining
                busy += filter(None, client.hmget(key, ["asked", "running"]))
            quiet = 0 if busy else quiet + 1


def _open(browser: Browser, url: str, picture: Picture) -> Page:
    page = browser.new_page(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme=picture.theme,
        locale="en-GB",
        timezone_id="UTC",
    )
    page.goto(url)
    page.locator(".reason").first.wait_for(timeout=_PATIENCE)
    return page


if __name__ == "__main__":
    main()
