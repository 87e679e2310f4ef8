"""Predictors: a score is the same with its reasons and without."""

import random

import pytest

from models import domains
from tests.tracking_parts import learnt, row


@pytest.mark.parametrize(("name", "known"), [("churn", 0.0), ("revenue", 0.0), ("revenue", 12.5)])
def test_what_is_expected_is_what_is_judged(name: str, known: float) -> None:
    domain = domains.load(name)
    models, rng = learnt(name, f"{domain.recipes[0].name}@300"), random.Random(3)
    data = domain.new_data(next(e for r in domain.sample_events() if (e := domain.parse(r))))
    for _ in range(50):
        features = row(domain, rng)
        judged = models.judge(domain, features, data, known)
        assert models.expect(features, known) == (judged.score, judged.chance)
