"""The model: how often each level of agreement happens in the three stories, as one file with where it came from.

The same person; two of one household, a mixture of a few kinds of kin, because brothers share father and mother
together and husband and wife neither; strangers. Several models can lie side by side: each decision names its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gada.engine.linkage.features import NAME_FIELDS
from gada.engine.linkage.levels import FIELDS, LEVELS, MOST_LEVELS
from gada.engine.linkage.names import share_of
from gada.engine.refusal import Invalid

FORM: Final = 1  # of the file
SMALLEST_CHANCE: Final = 1e-6
SMALLEST_SHARE: Final = 0.0002  # a name nobody else bears is taken for this common: it may be a slip of the pen
Table = Mapping[str, tuple[float, ...]]
"""Chances by field, one for each of its levels."""


class Weights(NamedTuple):
    """A model as kernels take it: log2 of chances, rows in the order of FIELDS."""

    same: NDArray[np.float64]  # [fields, levels]
    kin: NDArray[np.float64]  # [kinds, fields, levels]
    kin_share: NDArray[np.float64]  # [kinds]
    strangers: NDArray[np.float64]  # [fields, levels]
    swapped: float
    namesakes: float


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of two people of a household: how many such pairs are of it, and its chances."""

    share: float
    chances: Table


@dataclass(frozen=True, slots=True)
class Model:
    """Chances by story, and how many such pairs a population holds.

    Of strangers' chances for an equal name only its split into written alike and spelled otherwise stands in the
    table: how often two strangers bear it is the share of the name itself. `repeats` and `kin_pairs` count, for
    each person, pairs with another registration of the same person, and with kin of another registration.
    """

    name: str
    same: Table
    kin: tuple[Kind, ...]
    strangers: Table
    swapped: float
    namesakes_born_together: float
    repeats: float
    kin_pairs: float
    shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    trained: Mapping[str, Any] = field(default_factory=dict)

    def share(self, name_field: str, family: str) -> float:
        """The share of people whose given name, surname, father or mother bears this name."""
        known = self.shares.get(name_field)
        found = known.get(family, 0.0) if known else share_of(family) / 10_000
        return max(found, SMALLEST_SHARE)

    def weights(self) -> Weights:
        return Weights(
            same=_logs(self.same),
            kin=np.stack([_logs(kind.chances) for kind in self.kin]),
            kin_share=np.log2([kind.share for kind in self.kin]),
            strangers=_logs(self.strangers),
            swapped=float(np.log2(self.swapped)),
            namesakes=float(np.log2(self.namesakes_born_together)),
        )

    def priors(self, people: int) -> NDArray[np.float64]:
        """log2 of how likely two of so many people drawn at random are one, are kin registered apart, are strangers."""
        pairs_each = max(people - 1, 2) / 2
        return np.array([np.log2(self.repeats / pairs_each), np.log2(self.kin_pairs / pairs_each), 0.0])

    def named(self, name: str, **changes: Any) -> Model:
        return replace(self, name=name, **changes)


def _logs(table: Table) -> NDArray[np.float64]:
    rows = np.zeros((len(FIELDS), MOST_LEVELS))
    for i, name in enumerate(FIELDS):
        rows[i, : len(LEVELS[name])] = np.log2(np.maximum(table[name], SMALLEST_CHANCE))
    return rows


def write_model(model: Model, path: Path) -> None:
    """Keep a model as JSON, one line for each field of each table."""
    path.write_text(json.dumps(as_json(model), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def as_json(model: Model) -> dict[str, Any]:
    def table(chances: Table) -> dict[str, dict[str, float]]:
        return {f: dict(zip(LEVELS[f], map(_short, chances[f]), strict=True)) for f in FIELDS}

    return {
        "form": FORM,
        "name": model.name,
        "trained": dict(model.trained),
        "repeats": _short(model.repeats),
        "kin_pairs": _short(model.kin_pairs),
        "swapped": _short(model.swapped),
        "namesakes_born_together": _short(model.namesakes_born_together),
        "same": table(model.same),
        "kin": [{"share": _short(kind.share), **table(kind.chances)} for kind in model.kin],
        "strangers": table(model.strangers),
        "shares": {f: {k: _short(v) for k, v in sorted(s.items())} for f, s in model.shares.items()},
    }


def digest_of(model: Model) -> bytes:
    """SHA-256 of everything the model says: two nodes that compute with it compute the same."""
    return hashlib.sha256(json.dumps(as_json(model), sort_keys=True).encode()).digest()


def read_model(path: Path) -> Model:
    """Read a model file. Raises Invalid `model-unreadable` when it is none, or of a form of another release."""
    try:
        return model_from(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise Invalid("model-unreadable", "This is no model file that this program can read.") from problem


def model_from(held: Mapping[str, Any]) -> Model:
    """A model from its JSON. Raises ValueError, KeyError or TypeError when something is missing or impossible."""
    if held["form"] != FORM:
        raise ValueError("another form of model file")
    if not held["kin"]:
        raise ValueError("no kind of kin")
    return Model(
        name=str(held["name"]),
        same=_table(held["same"]),
        kin=tuple(Kind(_some(_chance(kind["share"])), _table(kind)) for kind in held["kin"]),
        strangers=_table(held["strangers"]),
        swapped=_some(_chance(held["swapped"])),
        namesakes_born_together=_some(_chance(held["namesakes_born_together"])),
        repeats=_some(float(held["repeats"])),
        kin_pairs=_some(float(held["kin_pairs"])),
        shares={f: {str(k): _chance(v) for k, v in s.items()} for f, s in held["shares"].items() if f in NAME_FIELDS},
        trained=dict(held["trained"]),
    )


def _table(held: Mapping[str, Mapping[str, float]]) -> dict[str, tuple[float, ...]]:
    return {f: tuple(_chance(held[f][level]) for level in LEVELS[f]) for f in FIELDS}


def _chance(value: Any) -> float:
    number = float(value)
    if not 0 <= number <= 1:
        raise ValueError("a chance lies between 0 and 1")
    return number


def _some(number: float) -> float:
    """What must be more than nothing: its logarithm is taken."""
    if not 0 < number < float("inf"):
        raise ValueError("more than nothing, and not without end")
    return number


def _short(value: float) -> float:
    return float(f"{value:.4g}")

