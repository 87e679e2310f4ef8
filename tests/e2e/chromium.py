"""A headless Chromium: the system's own, not one that has to be fetched."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

#: What to do when there is none.
MISSING = "no Chromium: apt-get install chromium"

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def executable() -> str | None:
    """Return the path of the browser, if there is one."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def headless() -> Iterator[Browser]:
    """Start the browser.

    While it runs nothing else in this thread may run an event loop of its own.

    Raises:
        FileNotFoundError: there is none.
    """
    path = executable()
    if path is None:
        raise FileNotFoundError(MISSING)
    with sync_playwright() as playwright:
        # without the sandbox it also runs as root, as it does in CI; it only sees our own page
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()
