"""Judging a case and undoing it: records are linked, never rewritten."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal, vault
from gada.agencies.models import Operator
from gada.agencies.queries import sites_of
from gada.agencies.services import authorize
from gada.engine.linkage.linked import smallest_of_linked
from gada.engine.proof.canonical import normalise_text
from gada.engine.proof.ids import new_id
from gada.engine.refusal import NotFound, Refusal
from gada.journal.entry import stamp
from gada.matching import rules
from gada.matching.apply import households_linked_with, people_joined_with, reach
from gada.matching.models import Case, Judgement, Verdict
from gada.matching.queries.features import weigh_now, weighed_people
from gada.matching.queries.joined import canonical_household_of, canonical_of
from gada.matching.rules import Link
from gada.people.services import scope_of


@transaction.atomic
def judge_case(*, operator: Operator, case_id: UUID, verdict: str, reason: str, at: datetime) -> Judgement:
    """Decide: the same person, two people, or not sure. Nothing in either registration changes.

    Raises NotPermitted, NotFound `case-unknown`, Refusal `case-decided`, `same-household`, `person-not-active`,
    `contradicts-same`, `contradicts-different`, Invalid `verdict-unknown`, `reason-too-long`.
    """
    case = _locked(case_id)
    _authorize(operator, "case.judge", case)
    weighed = weighed_people([case.left_id, case.right_id])
    if len(weighed) < 2:
        raise Refusal(
            "person-not-active", _("One of the two is no longer registered: there is nothing left to decide.")
        )
    left, right = weighed[case.left_id], weighed[case.right_id]
    rules.check_verdict(
        verdict, status=case.status, share_household=bool(left.households & right.households)
    )
    pair = (case.left_id, case.right_id)
    around, same = reach(set(pair), people_joined_with)
    different = Case.objects.filter(verdict=Verdict.DIFFERENT, left__in=around, right__in=around)
    rules.check_agrees(
        verdict, left=case.left_id, right=case.right_id, same=same,
        different=different.values_list("left_id", "right_id"),
    )
    links = rules.household_links(left.parts, right.parts) if verdict == Verdict.SAME else []
    facts = {
        **_facts(case, new_id(), verdict, _sealed(case, reason)),
        **rules.weighing_facts(weigh_now(left, right), left=left.parts, right=right.parts),
        "links": [
            {"id": str(new_id()), "left": str(link.left), "right": str(link.right), "needed": link.needed}
            for link in links
        ],
        **_consequences(
            set(pair), same=[*same, pair] if verdict == Verdict.SAME else same, gained=links, lost=[]
        ),
    }
    return _record("case.judged", operator, case, facts, at=at)


@transaction.atomic
def undo_judgement(*, operator: Operator, judgement_id: UUID, reason: str, at: datetime) -> Judgement:
    """Take a decision back: everything it joined is apart again, and the case waits for another decision.

    Raises NotPermitted, NotFound `judgement-unknown`, Refusal `judgement-undone`, Invalid `reason-too-long`.
    """
    judgement = Judgement.objects.filter(id=judgement_id).first()
    if judgement is None:
        raise NotFound("judgement-unknown", _("There is no such decision here."))
    case = _locked(judgement.case_id)
    _authorize(operator, "case.undo", case)
    judgement.refresh_from_db()  # somebody may have undone it while we waited for the lock
    if judgement.undone_at is not None:
        raise Refusal("judgement-undone", _("This decision was already undone."))
    next_one = Judgement.objects.filter(case=case, undone_at=None).exclude(id=judgement.id).order_by("-version").first()
    stands = case.standing == judgement.id
    pair = (case.left_id, case.right_id)
    _around, same = reach(set(pair), people_joined_with)
    if stands and not (next_one and next_one.verdict == Verdict.SAME):
        same = [each for each in same if each != pair]
    facts = {
        **_facts(case, judgement.id, judgement.verdict, bytes(judgement.reason)),
        "judged": {"version": judgement.version, "by": str(judgement.by), "at": stamp(judgement.at)},
        "undone_reason": base64.b64encode(_sealed(case, reason)).decode(),
        "links": [
            {"id": str(link.id), "left": str(link.left_id), "right": str(link.right_id), "needed": link.needed}
            for link in judgement.household_links.order_by("id")
        ],
        **_consequences(
            set(pair), same=same, gained=_links_of(next_one) if stands and next_one else [],
            lost=_links_of(judgement) if stands else [],
        ),
    }
    return _record("case.judgement_undone", operator, case, facts, at=at)


def _record(action: str, operator: Operator, case: Case, facts: dict[str, Any], *, at: datetime) -> Judgement:
    made: Judgement = journal.record(
        action, by=operator, about=("case", case.id), facts=facts, mentions=(case.left_id, case.right_id),
        scope=scope_of(case.right.site), purpose="adjudication", case=("case", case.id), at=at,
    )
    return made


def _facts(case: Case, judgement_id: UUID, verdict: str, sealed_reason: bytes) -> dict[str, Any]:
    return {
        "case": str(case.id), "left": str(case.left_id), "right": str(case.right_id), "judgement": str(judgement_id),
        "verdict": str(verdict), "reason": base64.b64encode(sealed_reason).decode(),
    }


def _consequences(
    people: set[UUID], *, same: Sequence[tuple[UUID, UUID]], gained: Sequence[Link], lost: Sequence[Link]
) -> dict[str, Any]:
    """Who and which households are one with others before and after: what assistance acts on."""
    touched = {id_ for link in (*gained, *lost) for id_ in (link.left, link.right)}
    around, found = reach(touched | set(canonical_household_of(touched).values()), households_linked_with)
    links = [Link(*values) for values in found]
    for link in lost:
        links.remove(link)
    around |= touched
    everybody = {id_ for pair in same for id_ in pair} | people
    everybody |= set(canonical_of(people).values())
    return {
        "people": rules.canonical_facts(canonical_of(everybody), smallest_of_linked(same), everybody),
        "households": rules.canonical_facts(
            canonical_household_of(around), rules.joined_households([*links, *gained]), around
        ),
    }


def _links_of(judgement: Judgement) -> list[Link]:
    rows = judgement.household_links.values_list("left_id", "right_id", "needed")
    return [Link(*row) for row in rows] if judgement.verdict == Verdict.SAME else []


def _sealed(case: Case, reason: str) -> bytes:
    """The reason under the left person's data key: their erasure erases it, and the link itself remains."""
    text = normalise_text(rules.clean_reason(reason))
    key = vault.data_keys([case.left_id])
    return vault.seal_for(case.left_id, text.encode(), keys=key) if text and key else b""


def _locked(case_id: UUID) -> Case:
    case = Case.objects.select_for_update(of=("self",)).select_related("left__site", "right__site").filter(id=case_id)
    found = case.first()
    if found is None:
        raise NotFound("case-unknown", _("There is no such case here."))
    return found


def _authorize(operator: Operator, action: str, case: Case) -> None:
    """A role at the site of either is enough: otherwise nobody could judge across sites."""
    sites = [case.left.site_id, case.right.site_id]
    here = sites_of(operator, action=action).filter(id__in=sites).first()
    authorize(operator, action, site=here or case.right.site)
