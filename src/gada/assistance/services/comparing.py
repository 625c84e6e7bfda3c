"""Whose finger is this? First against the prints we took; only where they do not suffice, against lent ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gada import journal
from gada.agencies.models import Operator
from gada.assistance import rules
from gada.biometrics import queries as biometrics
from gada.journal import Scope

PARTNER_PRINT = "partner-print"  # the page of the line that opening a lent print leaves


@dataclass(frozen=True, slots=True)
class Likeness:
    """The best comparison; `score` is lowered for how many were compared. `lent`: the print was not ours."""

    found: biometrics.Verification
    score: int
    lent: biometrics.Lent | None = None

    @property
    def recognised(self) -> bool:
        return self.score >= rules.RECOGNISED_SCORE

    @property
    def source(self) -> dict[str, Any] | None:
        """Whose print it was, as the entry says it; None when it was ours."""
        if self.lent is None:
            return None
        kind, lender = self.lent.lender
        return {"record": str(self.lent.id), "lender": [kind, str(lender)], "name": self.lent.lender_name}


def likeness_of(
    people: Sequence[UUID],
    *,
    fingers: Mapping[int, Any],
    searched: int,
    operator: Operator,
    scope: Scope,
    at: datetime,
) -> Likeness | None:
    """Whom of these people the fingers resemble most. None: nothing to compare.

    Every comparison gives chance one more occasion: the score is lowered by 10·log10 of how many there were,
    lent prints included once they are opened.
    """
    ours = [found for id_ in people if (found := biometrics.verify(person_id=id_, fingers=fingers))]
    doubt = rules.doubt_of(max(len(ours), searched))
    likeness = [Likeness(found, found.score - doubt) for found in ours]
    if not any(each.recognised for each in likeness):
        lent = biometrics.prints_lent(people, at=at)
        _leave_a_line(lent, operator=operator, scope=scope, at=at)
        theirs = [(found, each) for each in lent if (found := biometrics.verify_lent(each, fingers))]
        doubt = rules.doubt_of(max(len(ours) + len(theirs), searched))
        likeness += [Likeness(found, found.score - doubt, each) for found, each in theirs]
    return max(likeness, key=lambda each: each.score, default=None)


def _leave_a_line(
    lent: Sequence[biometrics.Lent], *, operator: Operator, scope: Scope, at: datetime
) -> None:
    """Whose lent prints were opened, whatever came of it, and who had lent them."""
    journal.record_read(
        by=operator,
        people=[each.person_id for each in lent],
        purpose="assistance",
        page=PARTNER_PRINT,
        at=at,
        scope=scope,
        criteria={"fields": ["prints"], "lenders": sorted({str(each.lender[1]) for each in lent})},
    )
