"""What is tracked: retrainings, versions of models, and figures of the model that serves."""

import pickle
from collections.abc import Mapping
from typing import Literal

import msgspec

from models.checkpoint import ANY_DOMAIN, MODEL, RIVER_VERSION, python_version, sign
from models.errors import WeirError
from models.origin import Version
from models.predictors import Predictors
from models.training.report import Figures, RetrainingReport
from models.training.schema import schema_of

Role = Literal["champion", "challenger"]

#: The files of an entry: what it says, and a model in a signed envelope.
_SAYS, _MODEL = "entry.json", "model.weir"


class BadEntry(WeirError):
    """These files are no entry, or not a whole one; the message says why."""


class Retraining(msgspec.Struct, frozen=True, tag="retraining"):
    """A retraining.

    Attributes:
        report: what it has found. All numbers finite, but for figures, which may be None.
        model: the chosen one in a signed envelope, for an auditor; empty for none.
    """

    report: RetrainingReport
    model: bytes = b""


class Registration(msgspec.Struct, frozen=True, tag="registration"):
    """A version of a model, to be put into the registry; ``registration`` makes one.

    Attributes:
        domain: whose.
        version: as in ``kalman_logistic~20181102@15400``.
        recipe: its recipe's name.
        title: its recipe's, for people.
        position: examples taken in.
        next_offset: of the examples log: it has learnt those before.
        role: the alias that it gets.
        retraining: id of the retraining that made it; empty for none.
        features: in the model's order.
        example: of an average user: every feature.
        objective: what it predicts.
        schema: digest of the features.
        river: the version that its pickle is for.
        python: likewise.
        model: its ``Predictors`` in a signed envelope.
    """

    domain: str
    version: str
    recipe: str
    title: str
    position: int
    next_offset: int
    role: Role
    retraining: str
    features: tuple[str, ...]
    example: dict[str, float]
    objective: Literal["chance", "amount"]
    schema: str
    river: str
    python: str
    model: bytes = b""


class Live(msgspec.Struct, frozen=True, tag="live"):
    """How the model that serves does.

    Attributes:
        domain: whose.
        version: that serves.
        wall_ms: when this was so, wall clock.
        event_ms: the newest event time by then.
        position: examples taken in.
        figures: by age; the age's name is empty where the domain has but one.
        drift: gauges by name.
    """

    domain: str
    version: str
    wall_ms: int
    event_ms: int
    position: int
    figures: dict[str, Figures]
    drift: dict[str, float]


Entry = Retraining | Registration | Live

_decoder = msgspec.json.Decoder(Entry)


def registration(
    domain: str,
    predictors: Predictors,
    key: bytes,
    *,
    title: str,
    next_offset: int,
    role: Role,
    retraining: str = "",
) -> Registration:
    """Return the entry that registers the first of some models under their version.

    Args:
        domain: whose.
        predictors: the model first, to be called by its ``version``; others are left out.
        key: signs it.
        title: its recipe's, for people.
        next_offset: of the examples log: it has learnt those before.
        role: the alias that it gets.
        retraining: id of the retraining that made it.

    Raises:
        BadVersion: the models' version is none.
    """
    version = Version.parse(predictors.version)
    name, champion = next(iter(predictors.models.items()))
    alone = Predictors(predictors.version, {name: champion}, predictors.means, predictors.objective)
    return Registration(
        domain=domain,
        version=str(version),
        recipe=version.origin.recipe,
        title=title,
        position=version.position,
        next_offset=next_offset,
        role=role,
        retraining=retraining,
        features=tuple(predictors.means),
        example=dict(predictors.means),
        objective=predictors.objective.kind,
        schema=schema_of(predictors.means),
        river=RIVER_VERSION,
        python=python_version(),
        model=sign(pickle.dumps(alone), key, kind=MODEL, subject=ANY_DOMAIN),
    )


def kind_of(entry: Entry) -> str:
    """Return what an entry is, in a word."""
    return str(entry.__struct_config__.tag)


def to_files(entry: Entry) -> dict[str, bytes]:
    """Return an entry as files by name.

    Raises:
        BadEntry: it could not be read back: a number is not finite.
    """
    files = {}
    if not isinstance(entry, Live) and entry.model:
        files[_MODEL] = entry.model
        entry = msgspec.structs.replace(entry, model=b"")
    files[_SAYS] = msgspec.json.encode(entry)
    from_files(files)
    return files


def from_files(files: Mapping[str, bytes]) -> Entry:
    """Return an entry from its files.

    Raises:
        BadEntry: they are none.
    """
    try:
        entry: Entry = _decoder.decode(files[_SAYS])
    except KeyError:
        raise BadEntry(f"there is no {_SAYS}") from None
    except msgspec.DecodeError as error:
        raise BadEntry(f"{_SAYS} says no entry of this release: {error}") from error
    if isinstance(entry, Live):
        return entry
    model = files.get(_MODEL, b"")
    if isinstance(entry, Registration) and not model:
        raise BadEntry(f"there is no {_MODEL}, which is to be registered")
    return msgspec.structs.replace(entry, model=model)
