"""The reference of all metrics, from the one list: ``python -m stream.metrics_doc`` writes it."""

from itertools import groupby
from pathlib import Path

from stream.metrics import DEFINITIONS, Definition

#: Where the reference is committed.
PLACE = Path(__file__).resolve().parents[1] / "docs" / "metrics.md"

_HEAD = """\
# Metrics

Made from the list in `stream/metrics.py` by `make metrics-doc`; change it there.

A worker shows them at `/metrics` of `WEIR_METRICS_PORT` (9100), the trainer at that of
`WEIR_TRAINER_METRICS_PORT` (9099), the API at its own `/metrics`. All have the same list and fill
in what they know of; Prometheus adds `job` and `instance`. A series appears with its first value: a
counter that has never counted is absent, not 0.

Labels: `domain` is a domain's name; `partition` a partition of its events topic; `model` a recipe's
name; `age` which of the domain's ages a prediction was made at (empty where it has but one).

Figures of one learner are told by the worker that learns (`weir_learner_active` is 1); one that
learnt before keeps its last ones. What is derived from these: `grafana/prometheus/rules/`.
"""

_BUCKETS = """
## Buckets

Upper bounds of the histograms, in their unit:

"""


def text() -> str:
    """Return the reference, in Markdown."""
    rows = ["", "| metric | kind | labels | meaning |", "| --- | --- | --- | --- |"]
    rows += [_row(definition) for definition in DEFINITIONS]
    histograms = sorted((d for d in DEFINITIONS if d.buckets), key=lambda d: d.buckets)
    buckets = []
    for bounds, group in groupby(histograms, key=lambda definition: definition.buckets):
        names = ", ".join(f"`weir_{definition.name}`" for definition in group)
        buckets.append(f"- {', '.join(f'{bound:g}' for bound in bounds)}: {names}")
    return _HEAD + "\n".join(rows) + "\n" + _BUCKETS + "\n".join(buckets) + "\n"


def _row(definition: Definition) -> str:
    labels = ", ".join(f"`{label}`" for label in definition.labels)
    return f"| `weir_{definition.name}` | {definition.kind} | {labels} | {definition.meaning} |"


def main() -> None:
    """Write the reference."""
    PLACE.write_text(text())


if __name__ == "__main__":
    main()
