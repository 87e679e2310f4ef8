"""Both notebooks, from clean kernels: they run, their pages are true, and agree with a backtest.

The first test of each waits for the notebook, the second for the backtest.
"""

import json
import re
import subprocess
import sys
from typing import Any, NamedTuple

import pytest
from nbformat import NotebookNode

from notebooks.render import NOTEBOOKS, PAGES, execute, render, summary

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


class Run(NamedTuple):
    """A notebook that has run."""

    domain: str
    notebook: NotebookNode
    summary: dict[str, Any]


@pytest.fixture(scope="module", params=sorted(NOTEBOOKS))
def run(request: pytest.FixtureRequest) -> Run:
    notebook = execute(request.param, {})
    return Run(request.param, notebook, summary(notebook))


@pytest.mark.timeout(600)
def test_its_page_and_its_figures_are_what_it_shows(run: Run) -> None:
    page = render(run.notebook, run.domain)
    shown = {name: one for name, one in run.summary.items() if name != "log"}
    kept = json.loads((PAGES / f"{run.domain}.json").read_text())
    hint = "run `make notebooks`"
    assert_alike(page.text, (PAGES / f"{run.domain}.md").read_text(), hint)
    assert_alike(json.dumps(shown), json.dumps(kept), hint)
    assert {path.name for path in PAGES.glob(f"{run.domain}-*.png")} == set(page.figures), hint


@pytest.mark.timeout(600)
def test_its_figures_are_those_of_a_backtest_of_the_same_log(run: Run) -> None:
    command = [sys.executable, "-m", "stream", "backtest", run.summary["log"], "--json"]
    done = subprocess.run(
        [*command, "--domain", run.domain], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert run.summary["state_sha256"] == found["state_sha256"]
    assert same(run.summary["metrics"], found["metrics"])
    # a model that a retraining has made may be among them; here there is no retraining
    assert run.summary["models"].keys() == found["models"].keys()
    assert same(run.summary["models"], found["models"])


def same(a: Any, b: Any) -> bool:
    """Tell whether figures are equal, to the six digits that a summary has."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[name], b[name]) for name in a)
    return bool(a == b if a is None or b is None else a == pytest.approx(b, rel=1e-5))


def assert_alike(fresh: str, old: str, hint: str) -> None:
    """Texts are equal, and the numbers in them nearly: other processors add in another order."""
    assert _NUMBER.sub("#", fresh) == _NUMBER.sub("#", old), hint
    assert numbers(fresh) == pytest.approx(numbers(old), rel=0.05, abs=0.02), hint


def numbers(text: str) -> list[float]:
    return [float(found.replace(",", "")) for found in _NUMBER.findall(text)]
