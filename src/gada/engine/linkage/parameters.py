"""How often each agreement happens: among records of one person, of two of one household, of strangers.

Order of magnitude from a million synthetic West African records with households (research C, section 3b:
levels learned there in bits: precise day +14.5, same estimated year +4.5, within two +2.1, within five +0.5,
otherwise -5.4; phone +16, document +18, given exact +6.3, by key and spelling +4.9, by key alone 0). To be
learned again from a registry's own judgements. Names' strangers' column is replaced by the name's own share.
"""

from __future__ import annotations

from typing import Final

MODEL: Final = "gada-demographic-1"

# (one person, one household, strangers)
Chances = tuple[float, float, float]

SEX: Final[dict[str, Chances]] = {"same": (0.99, 0.5, 0.5), "differ": (0.01, 0.5, 0.5)}

GIVEN: Final[dict[str, Chances]] = {
    "exact": (0.55, 0.008, 0.5),
    "equivalent": (0.27, 0.005, 0.5),
    "close": (0.08, 0.015, 0.004),
    "near": (0.04, 0.05, 0.03),
    "differ": (0.06, 0.922, 0.95),
}
SURNAME: Final[dict[str, Chances]] = {
    "exact": (0.60, 0.50, 0.5),
    "equivalent": (0.25, 0.18, 0.5),
    "close": (0.06, 0.03, 0.004),
    "near": (0.03, 0.03, 0.03),
    "differ": (0.06, 0.26, 0.95),
}
PARENT: Final[dict[str, Chances]] = {
    "exact": (0.50, 0.40, 0.5),
    "equivalent": (0.28, 0.20, 0.5),
    "close": (0.09, 0.06, 0.006),
    "near": (0.04, 0.04, 0.04),
    "differ": (0.09, 0.30, 0.93),
}
SWAPPED_CHANCE: Final = 0.03

BIRTH_PRECISE: Final[dict[str, Chances]] = {
    "same-day": (0.74, 0.004, 0.00005),
    "part": (0.10, 0.012, 0.004),
    "same-year": (0.05, 0.06, 0.02),
    "within-2-years": (0.05, 0.20, 0.08),
    "within-5-years": (0.03, 0.25, 0.12),
    "within-10-years": (0.02, 0.20, 0.19),
    "conflict": (0.01, 0.274, 0.586),
}
BIRTH_ROUGH: Final[dict[str, Chances]] = {
    "same-year": (0.46, 0.08, 0.03),
    "within-2-years": (0.30, 0.18, 0.09),
    "within-5-years": (0.16, 0.25, 0.13),
    "within-10-years": (0.06, 0.20, 0.19),
    "conflict": (0.02, 0.29, 0.56),
}
# Two of one family bear the same name across generations or half-brothers, hardly ever born within two years.
NAMESAKES_BORN_TOGETHER: Final = 0.1
PLACE: Final[dict[str, Chances]] = {"same": (0.85, 0.97, 0.02), "differ": (0.15, 0.03, 0.98)}
ORIGIN: Final[dict[str, Chances]] = {"same": (0.85, 0.95, 0.05), "differ": (0.15, 0.05, 0.95)}
PHONE: Final[dict[str, Chances]] = {"same": (0.70, 0.60, 0.00001), "differ": (0.30, 0.40, 0.99999)}
DOCUMENT: Final[dict[str, Chances]] = {"same": (0.90, 0.001, 0.000003), "differ": (0.10, 0.999, 1.0)}
HOUSEHOLD: Final[dict[str, Chances]] = {
    "several-members": (0.55, 0.75, 0.004),
    "one-member": (0.20, 0.13, 0.05),
    "no-member": (0.25, 0.12, 0.946),
}
OTHER_MEMBER: Final[dict[str, Chances]] = {"another-member-fits-better": (0.01, 0.70, 0.01)}

KIN_PER_PERSON: Final = 6
REFERENCE_PEOPLE: Final = 10_000
SMALLEST_SHARE: Final = 0.0004
