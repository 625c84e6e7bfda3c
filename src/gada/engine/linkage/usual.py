"""The model to begin with: chances of the right order, before a node has learned its own.

Levels of one person and of strangers from a million synthetic West African records with households (research C,
section 3b, in bits: precise day +14.5, same estimated year +4.5, within two +2.1, within five +0.5, otherwise -5.4;
phone +16, document +18, given exact +6.3, by key and spelling +4.9, by key alone 0).
"""

from __future__ import annotations

from typing import Final

from gada.engine.linkage.model import Kind, Model

# Levels in the order of levels.LEVELS: names differ, near, close, equivalent, exact.
_BIRTH_SAME: Final = (0.74, 0.10, 0.05, 0.05, 0.03, 0.02, 0.01, 0.46, 0.30, 0.16, 0.06, 0.02)
_BIRTH_STRANGERS: Final = (0.00005, 0.004, 0.02, 0.08, 0.12, 0.19, 0.586, 0.03, 0.09, 0.13, 0.19, 0.56)
_BIRTH_KIN: Final = (0.004, 0.012, 0.06, 0.20, 0.25, 0.20, 0.274, 0.08, 0.18, 0.25, 0.20, 0.29)
_GIVEN_KIN: Final = (0.98, 0.008, 0.004, 0.003, 0.005)
_NAMED_THE_SAME: Final = (0.09, 0.04, 0.09, 0.28, 0.50)
_NAMED_OTHERWISE: Final = (0.93, 0.04, 0.006, 0.012, 0.012)

SAME: Final = {
    "given": (0.06, 0.04, 0.08, 0.27, 0.55),
    "surname": (0.06, 0.03, 0.06, 0.25, 0.60),
    "father": _NAMED_THE_SAME,
    "mother": _NAMED_THE_SAME,
    "sex": (0.01, 0.99),
    "birth": _BIRTH_SAME,
    "place": (0.10, 0.05, 0.85),
    "phone": (0.28, 0.02, 0.70),
    "document": (0.10, 0.90),
}
STRANGERS: Final = {
    # Of two equal names the split into written alike and otherwise; how often is the share of the name.
    "given": (0.95, 0.03, 0.004, 0.5, 0.5),
    "surname": (0.95, 0.03, 0.004, 0.5, 0.5),
    "father": (0.93, 0.04, 0.006, 0.5, 0.5),
    "mother": (0.93, 0.04, 0.006, 0.5, 0.5),
    "sex": (0.5, 0.5),
    "birth": _BIRTH_STRANGERS,
    "place": (0.97, 0.01, 0.02),
    "phone": (0.99998, 0.00001, 0.00001),
    "document": (0.999997, 0.000003),
}


def _kin(share: float, surname: tuple[float, ...], parents: tuple[float, ...]) -> Kind:
    return Kind(
        share,
        {
            **SAME,
            "given": _GIVEN_KIN,
            "surname": surname,
            "father": parents,
            "mother": parents,
            "sex": (0.5, 0.5),
            "birth": _BIRTH_KIN,
            "phone": (0.40, 0.01, 0.59),
            "document": (0.999, 0.001),
        },
    )


USUAL: Final = Model(
    name="gada-usual-2",
    same=SAME,
    kin=(
        _kin(0.5, SAME["surname"], _NAMED_THE_SAME),  # brothers and sisters
        _kin(0.25, SAME["surname"], _NAMED_OTHERWISE),  # father and child
        _kin(0.25, _NAMED_OTHERWISE, _NAMED_OTHERWISE),  # mother and child, husband and wife
    ),
    strangers=STRANGERS,
    swapped=0.03,
    namesakes_born_together=0.1,
    repeats=0.1,
    kin_pairs=0.5,
    trained={"people": 0, "source": "orders of magnitude, not a population"},
)
