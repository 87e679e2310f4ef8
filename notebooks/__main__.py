"""``make notebooks``: runs the notebooks and renders them into the docs."""

import json
import sys
import time

from notebooks.render import NOTEBOOKS, PAGES, execute, render, summary


def main() -> None:
    """Run all notebooks, or those named, from clean kernels; write pages and figures anew."""
    PAGES.mkdir(exist_ok=True)
    for domain in sys.argv[1:] or NOTEBOOKS:
        started = time.perf_counter()
        notebook = execute(domain, {})
        page, figures = render(notebook, domain), summary(notebook)
        for stale in PAGES.glob(f"{domain}-*.png"):
            stale.unlink()
        (PAGES / f"{domain}.md").write_text(page.text)
        del figures["log"]
        (PAGES / f"{domain}.json").write_text(json.dumps(figures, indent=1) + "\n")
        for name, picture in page.figures.items():
            (PAGES / name).write_bytes(picture)
        print(f"{domain}: {len(page.figures)} figures, {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
