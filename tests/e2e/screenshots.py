"""Makes the pictures of the live page for the README: ``make screenshots``.

The whole system starts, logs of both domains flow through it, and Chromium takes the pictures while
they do.
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, expect

from stream.embedded.stack import LocalStack
from tests.e2e.chromium import headless
from tests.e2e.flow import ANY, Flow

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


def main() -> None:
    """Make all pictures.

    Raises:
        SystemExit: a picture is larger than it may be.
    """
    with LocalStack(ports=ANY, trainer=False) as stack:
        flow = Flow(stack, users=150, days=40, last=_LAST)
        flow.send_first()
        with headless() as browser:
            first = _open(browser, stack.api_url, PICTURES[0])
            # else the rush of the first part would be all that the charts show
            expect(first.locator("#state")).to_have_text("idle", timeout=_PATIENCE)
            first.close()
            flow.send_last(_RATE)
            pages = [(picture, _open(browser, stack.api_url, picture)) for picture in PICTURES]
            time.sleep(_WATCHED)
            for picture, page in pages:
                # users who have just risen have no reasons for a moment
                expect(page.get_by_text("…", exact=True)).to_have_count(0, timeout=_PATIENCE)
                page.screenshot(path=FOLDER / picture.name)
    for picture in PICTURES:
        size = (FOLDER / picture.name).stat().st_size
        sys.stdout.write(f"{picture.name}: {size:,} bytes\n")
        if size > MOST:
            raise SystemExit(f"{picture.name} is larger than {MOST:,} bytes")


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
