"""Judging a case and undoing it: records are linked, never rewritten."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal, vault
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.linkage.linked import smallest_of_linked
from gada.engine.proof.canonical import normalise_text
from gada.engine.proof.ids import new_id
from gada.engine.refusal import NotFound, Refusal
from gada.journal.entry import stamp
from gada.matching import rules
from gada.matching.apply import (
    Said,
    Standing,
    households_linked_with,
    people_joined_with,
    reach,
    said_about,
    standing_of,
)
from gada.matching.models import Case, HouseholdLink, Judgement, Reading, Verdict
from gada.matching.queries.cases import seen_of
from gada.matching.queries.features import Weighed, weigh_now, weighed_people
from gada.matching.queries.joined import canonical_household_of, canonical_of
from gada.matching.rules import Link
from gada.matching.services.reading import seconds_spent
from gada.people.services import scope_of

NEWEST = "~"  # sorts after every version: what is being decided now

@transaction.atomic
def judge_case(
    *, operator: Operator, case_id: UUID, verdict: str, reason: str, at: datetime, batch: UUID | None = None
) -> Judgement:
    """Decide: the same person, two people, or not sure. Nothing in either registration changes.

    "Same" that changes what a family receives joins nothing yet: it waits for a second operator, who decides without
    seeing the first decision. Some others are drawn to be read twice, only to measure.

    Raises NotPermitted, NotFound `case-unknown`, Refusal `case-decided`, `read-already`, `same-household`,
    `person-not-active`, `contradicts-same`, `contradicts-different`, Invalid `verdict-unknown`, `reason-too-long`.
    """
    case = _locked(case_id)
    _authorize(operator, "case.judge", case)
    weighed = weighed_people([case.left_id, case.right_id])
    if len(weighed) < 2:
        raise Refusal(
            "person-not-active", _("One of the two is no longer registered: there is nothing left to decide.")
        )
    left, right = weighed[case.left_id], weighed[case.right_id]
    said = said_about(case.id)
    now = standing_of(said)
    rules.check_verdict(
        verdict, status=case.status, reading=now.reading, has_read=operator.id in now.readers,
        share_household=bool(left.households & right.households),
    )
    pair = (case.left_id, case.right_id)
    around, same = reach(set(pair), people_joined_with)
    different = Case.objects.filter(verdict=Verdict.DIFFERENT, left__in=around, right__in=around)
    if now.reading != Reading.SAMPLE:  # that one only measures: it joins nobody, and must not hear what stands
        rules.check_agrees(
            verdict, left=case.left_id, right=case.right_id, same=same,
            different=different.values_list("left_id", "right_id"),
        )
    links = rules.household_links(left.parts, right.parts) if verdict == Verdict.SAME else []
    second = now.first if now.reading else None
    percent = settings.SECOND_READING_PERCENT
    made = Said(
        new_id(), operator.id, verdict, NEWEST, second_of=second,
        waits=second is None and verdict == Verdict.SAME and _changes_aid(left, right, links),
        sampled=second is None and rules.is_sampled(case.id, percent=percent),
    )
    facts = {
        **_facts(case, made, _sealed(case, reason)),
        # Among as many people as the page weighed them: what is kept is what the reader saw.
        **rules.weighing_facts(
            weigh_now(left, right, people=rules.people_weighed_among(case.lines)), left=left.parts, right=right.parts
        ),
        "seconds": None if batch else seconds_spent(operator=operator, case_id=case.id, at=at),
        "batch": str(batch) if batch else None,
        "sample_percent": str(percent),
        "links": [
            {"id": str(new_id()), "left": str(link.left), "right": str(link.right), "needed": link.needed}
            for link in links
        ],
        **_consequences(pair, now=now, then=standing_of([*said, made]), same=same, made={made.id: links}),
    }
    return _record("case.judged", operator, case, facts, at=at)


@transaction.atomic
def undo_judgement(*, operator: Operator, judgement_id: UUID, reason: str, at: datetime) -> Judgement:
    """Take a decision back: everything it joined is apart again, and the case waits for another decision.

    With a first decision its second reading falls, too. Undoing a second reading waits for another second reader.

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
    said = said_about(case.id)
    pair = (case.left_id, case.right_id)
    _around, same = reach(set(pair), people_joined_with)
    taken_back = next(one for one in said if one.id == judgement.id)
    facts = {
        **_facts(case, taken_back, bytes(judgement.reason)),
        "seconds": judgement.seconds, "batch": str(judgement.batch) if judgement.batch else None,
        "judged": {"version": judgement.version, "by": str(judgement.by), "at": stamp(judgement.at)},
        "undone_reason": base64.b64encode(_sealed(case, reason)).decode(),
        "links": [
            {"id": str(link.id), "left": str(link.left_id), "right": str(link.right_id), "needed": link.needed}
            for link in judgement.household_links.order_by("id")
        ],
        **_consequences(
            pair, now=standing_of(said), then=standing_of(one for one in said if one is not taken_back), same=same
        ),
    }
    return _record("case.judgement_undone", operator, case, facts, at=at)


def _record(action: str, operator: Operator, case: Case, facts: dict[str, Any], *, at: datetime) -> Judgement:
    made: Judgement = journal.record(
        action, by=operator, about=("case", case.id), facts=facts, mentions=(case.left_id, case.right_id),
        scope=scope_of(case.right.site), purpose="adjudication", case=("case", case.id), at=at,
    )
    return made


def _facts(case: Case, said: Said, sealed_reason: bytes) -> dict[str, Any]:
    return {
        "case": str(case.id), "left": str(case.left_id), "right": str(case.right_id), "judgement": str(said.id),
        "verdict": str(said.verdict), "reason": base64.b64encode(sealed_reason).decode(),
        "second_of": str(said.second_of) if said.second_of else None, "waits": said.waits, "sampled": said.sampled,
    }


def _changes_aid(left: Weighed, right: Weighed, links: Sequence[Link]) -> bool:
    _before, after = _families(gained=links, lost=[], also=left.households | right.households)
    return rules.changes_aid(left.parts, right.parts, families=after)


def _consequences(
    pair: tuple[UUID, UUID], *, now: Standing, then: Standing, same: Sequence[tuple[UUID, UUID]],
    made: Mapping[UUID, Sequence[Link]] | None = None,
) -> dict[str, Any]:
    """Who and which households are one with others before and after: what assistance acts on.

    `made`: the links of a judgement that is not written yet.
    """
    before, after = (_links_of(each, made or {}) for each in (now, then))
    homes, homes_then = _families(gained=after, lost=before)
    joined = [*(each for each in same if each != pair), *([pair] if then.verdict == Verdict.SAME else [])]
    everybody = {id_ for each in (*same, pair) for id_ in each}
    everybody |= set(canonical_of(pair).values())
    return {
        "people": rules.canonical_facts(canonical_of(everybody), smallest_of_linked(joined), everybody),
        "households": rules.canonical_facts(homes, homes_then, homes),
    }


def _families(
    *, gained: Sequence[Link], lost: Sequence[Link], also: Iterable[UUID] = ()
) -> tuple[dict[UUID, UUID], dict[UUID, UUID]]:
    """Household to the one that stands for its family, of all those around these links: before and after."""
    touched = {id_ for link in (*gained, *lost) for id_ in (link.left, link.right)} | set(also)
    around, found = reach(touched | set(canonical_household_of(touched).values()), households_linked_with)
    links = [Link(*values) for values in found]
    for link in lost:
        links.remove(link)
    return canonical_household_of(around | touched), rules.joined_households([*links, *gained])


def _links_of(standing: Standing, made: Mapping[UUID, Sequence[Link]]) -> list[Link]:
    if standing.verdict != Verdict.SAME or standing.judgement is None:
        return []
    if standing.judgement in made:
        return list(made[standing.judgement])
    rows = HouseholdLink.objects.filter(judgement=standing.judgement).values_list("left_id", "right_id", "needed")
    return [Link(*row) for row in rows]


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
    """A role where either is, is enough: otherwise nobody could judge across sites."""
    seen = seen_of(operator, [case.left_id, case.right_id], action=action)
    authorize(operator, action, site=case.left.site if case.left_id in seen else case.right.site)
    if not seen:
        raise NotFound("case-unknown", _("There is no such case here."))
