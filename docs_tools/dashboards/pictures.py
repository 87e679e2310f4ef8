"""The pictures themselves: pages as a browser shows them, with few enough colours."""

import json
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageColor

from docs_tools.dashboards.answers import Answers, Window
from docs_tools.dashboards.colours import NAMED, SERIES
from docs_tools.dashboards.page import WIDTH, page_of
from tests.e2e.chromium import headless

ROOT = Path(__file__).parents[2]
DASHBOARDS, FOLDER = ROOT / "grafana" / "dashboards", ROOT / "docs" / "images"

#: The most bytes of a picture: a page of the docs is loaded over slow lines too.
MOST = 300_000

#: A colour counts for no more px than these, else those of thin lines would be lost.
_COUNTED = 30

#: So many of the colours that are there most often stay exactly as they are.
_OFTEN = 64


def take(answers: Answers, window: Window) -> None:
    """Make the picture of every dashboard.

    Raises:
        ValueError: a picture is larger than it may be.
    """
    pages = {}
    for path in sorted(DASHBOARDS.glob("*.json")):
        source = str(path.relative_to(ROOT))
        pages[path.stem] = page_of(json.loads(path.read_text()), answers, window, source)
    with headless() as browser:
        for name, text in pages.items():
            page = browser.new_page(viewport={"width": WIDTH, "height": 900})
            page.set_content(text)
            shot = Image.open(BytesIO(page.screenshot(full_page=True))).convert("RGB")
            page.close()
            path = FOLDER / f"dashboard-{name}.png"
            _with_fewer_colours(shot).save(path, optimize=True)
            size = path.stat().st_size
            sys.stdout.write(f"{path.name}: {size:,} bytes\n")
            if size > MOST:
                raise ValueError(f"{path.name} is larger than {MOST:,} bytes")


def _with_fewer_colours(shot: Image.Image) -> Image.Image:
    """Return the picture with the 256 colours that fit it best, of which rare ones are kept."""
    counted = sorted(shot.getcolors(shot.width * shot.height) or [], reverse=True)
    colours = [(times, colour) for times, colour in counted if isinstance(colour, tuple)]
    often = [colour for _, colour in colours[:_OFTEN]]
    often += [ImageColor.getrgb(colour) for colour in (*NAMED.values(), *SERIES)]
    pixels = b"".join(bytes(colour) * min(times, _COUNTED) for times, colour in colours[_OFTEN:])
    sample = Image.frombytes("RGB", (len(pixels) // 3, 1), pixels)
    few = sample.quantize(256 - len(often), dither=Image.Dither.NONE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in often for part in colour] + few)
    return shot.quantize(palette=palette, dither=Image.Dither.NONE)
