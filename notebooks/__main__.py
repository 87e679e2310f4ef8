"""``make notebooks``: runs the notebooks and renders them into the docs."""

import sys
import time

from notebooks.render import NOTEBOOKS, PAGES, execute, render


def main() -> None:
    """Run all notebooks, or those named, from clean kernels, and write their pages anew."""
    PAGES.mkdir(exist_ok=True)
    for domain in sys.argv[1:] or NOTEBOOKS:
        started = time.perf_counter()
        page = render(execute(domain, {}), domain)
        for stale in PAGES.glob(f"{domain}-*.png"):
            stale.unlink()
        (PAGES / f"{domain}.md").write_text(page.text)
        for name, picture in page.figures.items():
            (PAGES / name).write_bytes(picture)
        print(f"{domain}: {len(page.figures)} figures, {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
