"""The page of all metrics, from the one list in ``stream/metrics.py``."""

from itertools import groupby

from docs_tools.reference.markdown import code, prose, table
from docs_tools.reference.markdown import page as page_of
from stream.metrics import DEFINITIONS, Definition

_HEAD = """\
# Metrics

Made from the list in `stream/metrics.py` by `make reference`; change it there.

A worker shows them at `/metrics` of `WEIR_METRICS_PORT` (9100), the trainer at that of
`WEIR_TRAINER_METRICS_PORT` (9099), the API at its own `/metrics`. All have the same list and fill
in what they know of; Prometheus adds `job` and `instance`. A series appears with its first value: a
counter that has never counted is absent, not 0.

Labels: `domain` is a domain's name; `partition` a partition of its events topic; `model` a model's
name; `age` which of the domain's ages a prediction was made at (empty where it has but one).

Figures of one learner are told by the worker that learns (`weir_learner_active` is 1); one that
learnt before keeps its last ones. What is derived from these: `grafana/prometheus/rules/`; what to
do when they are wrong: [the runbook](../operations.md#runbook).
"""

_BUCKETS = """\
## Buckets

Upper bounds of the histograms, in their unit:
"""


def page() -> str:
    """Return the page."""
    rows = [_row(definition) for definition in DEFINITIONS]
    histograms = sorted((d for d in DEFINITIONS if d.buckets), key=lambda d: d.buckets)
    buckets = []
    for bounds, group in groupby(histograms, key=lambda definition: definition.buckets):
        names = ", ".join(code(f"weir_{definition.name}") for definition in group)
        buckets.append(f"- {', '.join(f'{bound:g}' for bound in bounds)}: {names}")
    return page_of(
        _HEAD, table(["metric", "kind", "labels", "meaning"], rows), _BUCKETS, "\n".join(buckets)
    )


def _row(definition: Definition) -> list[str]:
    labels = ", ".join(map(code, definition.labels))
    return [code(f"weir_{definition.name}"), definition.kind, labels, prose(definition.meaning)]
