"""The code blocks of README and docs are tests: see ``tests/docs_blocks/``."""

from sybil import Sybil

from tests.docs_blocks.evaluate import close, evaluate
from tests.docs_blocks.parse import blocks

pytest_collect_file = Sybil(
    parsers=[blocks(evaluate)],
    patterns=["*.md"],
    # what the notebooks show is run with them (tests/e2e/test_notebooks_run.py); the first page is
    # run as it is, and what the demo says is looked at (tests/e2e/test_demo.py)
    excludes=["docs/notebooks/*.md", "**/docs/notebooks/*.md", "docs/start.md", "**/docs/start.md"],
    teardown=close,
).pytest()
