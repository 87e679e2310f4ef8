"""What learns from it: the models, and the watch over them."""

import pickle
import re
from itertools import product

from models.checks.trial import AnyDomain, data_of, finish, require, run, sample
from models.recipes import Model

#: Versions are made of such names (``models.origin``).
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def check_watch(domain: AnyDomain) -> None:
    """Drift is looked for in features that there are, and no outcome is counted twice for it."""
    categorical, trending = set(domain.categorical), set(domain.trending)
    unknown = sorted((categorical | trending) - set(domain.feature_names))
    require(not unknown, f"categorical or trending, but no features: {unknown}")
    both = sorted(categorical & trending)
    require(not both, f"categorical and trending at once: {both}")
    require(domain.settling > 0, "settling must be above 0")
    book = run(domain, sample(domain))
    finish(domain, book)
    known: dict[str, int] = {}
    for taken in book.taken:
        require(
            taken.at >= known.get(taken.user_id, 0),
            "overlap is too small: two snapshots of a user, both watched, share an outcome",
        )
        data = book.users[taken.user_id].state.data
        known[taken.user_id] = domain.windows(data, taken.at)[-1]


def check_recipes(domain: AnyDomain) -> None:
    """Models predict before they have learnt, learn, and go on the same after pickling."""
    recipes = (*domain.recipes, *domain.candidates)
    names = [recipe.name for recipe in recipes]
    there = bool(domain.recipes)
    require(there and len(names) == len(set(names)), "recipes need names of their own")
    for name in names:
        require(_NAME.fullmatch(name) is not None, f"{name!r} is no name like kalman_logistic")
    rows = [
        domain.features(user.state.data, user.state.last_ts + hours * 3_600_000)
        for hours in (0, 5, 50)
        for user in run(domain, sample(domain)).users.values()
    ]
    for recipe in recipes:
        model = recipe.build()
        _learn(domain, recipe.name, model, rows)
        copy = pickle.loads(pickle.dumps(model))  # noqa: S301 - our own bytes, just made
        same = _learn(domain, recipe.name, copy, rows) == _learn(domain, recipe.name, model, rows)
        require(same, f"{recipe.name} predicts otherwise after pickling")


def _learn(domain: AnyDomain, name: str, model: Model, rows: list[dict[str, float]]) -> list[float]:
    """Predict and learn in turn; return the predictions."""
    windows = len(domain.windows(data_of(domain), 0))
    predictions = []
    for row in rows:
        predictions.append(model.predict(row))
        said = domain.objective.valid(predictions[-1])
        require(said, f"{name} predicts {predictions[-1]}, no {domain.objective.kind}")
        for window, gain in product(range(windows), (0.0, 1.0, 0.0)):
            model.learn(row, gain, window)
    return predictions
