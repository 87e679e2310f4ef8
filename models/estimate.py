"""How right the newest predictions will turn out to be, before their labels come.

Of chances that are calibrated, the chances themselves say it: a tenth of those of 0.1 will come
true (CBPE: "confidence-based performance estimation", as NannyML has it). Of amounts, the errors of
earlier predictions of the same size say it, with as many of each size as there are now. Both see
a population that has changed; neither can see that outcomes follow other rules than before, which
only labels tell.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import numpy as np

from models.amount_metrics import Cells, evaluate_cells
from models.histograms import AmountHistogram, amount_bin
from models.metrics import Grouped, evaluate_grouped
from models.objective import AMOUNT, CHANCE, Figures, Histogram

#: An estimate needs so large a share of amounts of a size that was seen before.
_KNOWN = 0.95


def expected(
    kind: Literal["chance", "amount"], predictions: Sequence[float], judged: Histogram
) -> Figures:
    """Return the figures to be expected of predictions.

    Args:
        kind: of the objective.
        predictions: without labels yet.
        judged: labels of earlier predictions of the same model, and age.
    """
    if not len(predictions):
        return (CHANCE if kind == "chance" else AMOUNT).no_figures
    if kind == "chance":
        return expected_chances(predictions)
    assert isinstance(judged, AmountHistogram)  # noqa: S101 - narrows the type
    return expected_amounts(predictions, judged)


def expected_chances(predictions: Sequence[float]) -> Figures:
    """Return the figures of chances that are right.

    >>> expected_chances([0.1, 0.9]).base_rate
    0.5
    """
    values, counts = np.unique(np.asarray(predictions, dtype=np.float64), return_counts=True)
    return evaluate_grouped(Grouped(values, values * counts, counts.astype(np.float64)))


def expected_amounts(predictions: Sequence[float], judged: AmountHistogram) -> Figures:
    """Return the figures of amounts of which as much comes as of earlier ones of their size."""
    now = Counter(amount_bin(prediction) for prediction in predictions)
    before: Counter[int] = Counter()
    for (predicted, _), cell in judged.cells.items():
        before[predicted] += int(cell[0])
    known = sum(count for size, count in now.items() if before[size])
    if known < _KNOWN * len(predictions):
        return AMOUNT.no_figures
    rows = []
    for (predicted, _), (count, said, came, error) in judged.cells.items():
        if now[predicted]:
            weight = now[predicted] / before[predicted]
            rows.append((said / count, came / count, count * weight, error / count))
    table = np.array(rows)
    return evaluate_cells(Cells(table[:, 0], table[:, 1], table[:, 2], table[:, 3]))
