"""Labels counted by what was predicted, in bounded memory; and what that lets expect of others."""

from collections import Counter
from collections.abc import Sequence
from math import log10

import msgspec
import numpy as np

from models.amount_metrics import AmountMetrics, Cells, evaluate, evaluate_cells
from models.calibrate import log_odds
from models.logistic import MAX_LOG_ODDS, sigmoid
from models.metrics import BinaryMetrics, Grouped, evaluate_grouped

#: Bins of a histogram over the log-odds.
BINS = 512

_WIDTH = 2.0 * MAX_LOG_ODDS / BINS
_CENTRES = np.array([sigmoid((index + 0.5) * _WIDTH - MAX_LOG_ODDS) for index in range(BINS)])

#: Bins of amounts: so many a power of ten, between these powers; 0 has one of its own.
_BINS_A_POWER, _LEAST, _MOST = 16, -4, 9

#: An expectation needs so large a share of amounts of a size that was seen before.
_KNOWN = 0.95


class ChanceHistogram:
    """Labels counted by the log-odds that were predicted.

    Attributes:
        counts: how many, by bin and label.
    """

    def __init__(self) -> None:
        self.counts: dict[tuple[int, bool], int] = {}

    def add(self, prediction: float, label: float) -> None:
        """Count a label."""
        index = min(BINS - 1, int((log_odds(prediction) + MAX_LOG_ODDS) / _WIDTH))
        key = (index, bool(label))
        self.counts[key] = self.counts.get(key, 0) + 1

    def expected(self, predictions: Sequence[float]) -> BinaryMetrics:
        """Return the figures of chances that are right: a tenth of those of 0.1 will come true.

        Confidence-based performance estimation, as NannyML has it; labels are not asked.

        >>> round(ChanceHistogram().expected([0.1, 0.2, 0.3]).base_rate, 3)
        0.2
        """
        values, counts = np.unique(np.asarray(predictions, dtype=np.float64), return_counts=True)
        found = evaluate_grouped(Grouped(values, values * counts, counts.astype(np.float64)))
        # a part of a positive is no positive, and still a part of the rate
        return msgspec.structs.replace(found, base_rate=found.mean_prediction)

    def merge(self, other: "ChanceHistogram") -> None:
        """Add another one's counts."""
        for key, count in other.counts.items():
            self.counts[key] = self.counts.get(key, 0) + count

    def metrics(self) -> BinaryMetrics:
        """Return the figures, as if every prediction were its bin's middle."""
        both = sorted({index for index, _ in self.counts})
        positives = np.array([self.counts.get((index, True), 0) for index in both], dtype=float)
        negatives = np.array([self.counts.get((index, False), 0) for index in both], dtype=float)
        return evaluate_grouped(Grouped(_CENTRES[both], positives, positives + negatives))


class AmountHistogram:
    """Amounts counted by what was predicted and what came, on a log scale.

    Attributes:
        cells: by both bins: how many, and the sums of predictions, labels and absolute errors.
    """

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], list[float]] = {}

    def add(self, prediction: float, label: float) -> None:
        """Count a label."""
        self._add(
            (amount_bin(prediction), amount_bin(label)),
            [1.0, prediction, label, abs(prediction - label)],
        )

    def expected(self, predictions: Sequence[float]) -> AmountMetrics:
        """Return the figures of amounts of which as much comes as of earlier ones of their size.

        The counts of each size are weighted to as many as there are now. No figures, when more than
        one in twenty is of a size never seen.
        """
        now = Counter(amount_bin(prediction) for prediction in predictions)
        before: Counter[int] = Counter()
        for (predicted, _), cell in self.cells.items():
            before[predicted] += int(cell[0])
        known = sum(count for size, count in now.items() if before[size])
        if not known or known < _KNOWN * len(predictions):
            return evaluate([], [])
        rows = [
            (said / count, came / count, count * now[size] / before[size], error / count)
            for (size, _), (count, said, came, error) in self.cells.items()
            if now[size]
        ]
        return evaluate_cells(Cells(*np.array(rows).T))

    def merge(self, other: "AmountHistogram") -> None:
        """Add another one's counts."""
        for key, cell in other.cells.items():
            self._add(key, cell)

    def metrics(self) -> AmountMetrics:
        """Return the figures, as if all amounts of a cell were its mean."""
        table = np.array(list(self.cells.values())).reshape(-1, 4)
        counts = table[:, 0]
        return evaluate_cells(
            Cells(table[:, 1] / counts, table[:, 2] / counts, counts, table[:, 3] / counts)
        )

    def _add(self, key: tuple[int, int], more: list[float]) -> None:
        cell = self.cells.get(key)
        if cell is None:
            self.cells[key] = list(more)
        else:
            for place, value in enumerate(more):
                cell[place] += value


def amount_bin(amount: float) -> int:
    """Return the number of the bin that an amount is in."""
    if amount <= 10.0**_LEAST:
        return 0
    return 1 + int((min(float(_MOST), log10(amount)) - _LEAST) * _BINS_A_POWER)
