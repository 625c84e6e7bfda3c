"""Cases, for those who may see one of the two people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from gada.agencies.models import Operator
from gada.agencies.queries import holders_of, limits_of, permissions_of, sites_of
from gada.agencies.rules import Role
from gada.engine.refusal import NotFound
from gada.matching.models import Case, CaseStatus, Judgement, Opening, Reading
from gada.people.models import Person
from gada.people.queries import seen_by
from gada.people.words import PersonStatus

OPEN_FOR = timedelta(minutes=10)  # so long a case opened by one adjudicator is not offered to another
MOST_COUNTED = 1001
FEW = 2000
ORDER = ("-place", "opened_at", "id")
ACTIVE = Q(left__status=PersonStatus.ACTIVE, right__status=PersonStatus.ACTIVE)

def cases_for(viewer: Operator) -> QuerySet[Case]:
    """Every case of which the viewer may see at least one of the two people."""
    cases = Case.objects.filter(_either(viewer), opened_at__isnull=False)
    return cases.select_related("left__site", "right__site")


def open_cases_for(viewer: Operator) -> QuerySet[Case]:
    """Cases that wait for a decision: what may change aid first, then what the sum leaves open.

    Those two readers disagree about come before all others, those somebody was not sure about after all others.
    Cases of people no longer registered do not wait.
    """
    return _waiting(cases_for(viewer)).filter(status=CaseStatus.OPEN).order_by(*ORDER)


def cases_waiting_for(viewer: Operator) -> QuerySet[Case]:
    """Cases that this viewer may still read, in the order of the queue: decided ones that are read twice to measure
    among them, those the viewer has already read not.
    """
    return _not_read_by(viewer, _waiting(cases_for(viewer))).order_by(*ORDER)


def not_open_elsewhere(cases: QuerySet[Case], *, viewer: Operator, at: datetime) -> QuerySet[Case]:
    """Those of these cases that nobody else opened in the last minutes."""
    elsewhere = Opening.objects.filter(case=OuterRef("pk"), at__gt=at - OPEN_FOR, at__lte=at).exclude(by=viewer.id)
    return cases.exclude(Exists(elsewhere))


def beside(cases: QuerySet[Case], one: Case | None, *, back: bool) -> QuerySet[Case]:
    """Those of a queue that come after this case; `back`: before it, the nearest first."""
    if one is None or one.place is None:
        return cases
    if not back:
        return cases.filter(place__lte=one.place).filter(
            Q(place__lt=one.place) | Q(opened_at__gt=one.opened_at) | Q(opened_at=one.opened_at, id__gt=one.id)
        )
    return cases.filter(place__gte=one.place).filter(
        Q(place__gt=one.place) | Q(opened_at__lt=one.opened_at) | Q(opened_at=one.opened_at, id__lt=one.id)
    ).order_by("place", "-opened_at", "-id")


def how_many_wait_for(viewer: Operator) -> int:
    """How many cases this viewer may still read, counted up to a thousand and one."""
    return _counted(viewer, _not_read_by(viewer, _waiting(Case.objects.all())))


def how_many_open_for(viewer: Operator) -> int:
    """How many cases wait for a decision, counted up to a thousand and one."""
    return _counted(viewer, _waiting(Case.objects.filter(status=CaseStatus.OPEN)))


def oldest_open_for(viewer: Operator) -> datetime | None:
    """When the case was opened that has waited longest for a decision."""
    waiting = cases_for(viewer).filter(ACTIVE, status=CaseStatus.OPEN).order_by("opened_at", "id")
    return waiting.values_list("opened_at", flat=True).first()


def _counted(viewer: Operator, cases: QuerySet[Case]) -> int:
    """At most a thousand and one. While few wait on the whole node they are gone through in the order of the queue.
    Else side by side, so that a database goes from the few people of a small site to their cases: asked for either
    side at once it would go through every case of the node.
    """
    if limits_of(viewer, action="case.see"):
        return cases.filter(_either(viewer)).values("pk")[:MOST_COUNTED].count()
    sites = list(sites_of(viewer, action="case.see").values_list("id", flat=True))
    if Case.objects.filter(place__isnull=False).values("pk")[:FEW].count() < FEW:
        # An expression has no index: a database does not go through everybody of the site to find no case.
        near = cases.annotate(here=Coalesce("left__site", "left__site"), there=Coalesce("right__site", "right__site"))
        return near.filter(Q(here__in=sites) | Q(there__in=sites)).values("pk")[:MOST_COUNTED].count()
    count = cases.filter(left__site__in=sites).values("pk")[:MOST_COUNTED].count()
    if count < MOST_COUNTED:
        others = cases.filter(right__site__in=sites).exclude(left__site__in=sites)
        count += others.values("pk")[: MOST_COUNTED - count].count()
    return count


def cases_decided_for(viewer: Operator) -> QuerySet[Case]:
    """Decided cases, newest opening first; without those this viewer may still be asked to read."""
    decided = cases_for(viewer).filter(status=CaseStatus.DECIDED).order_by("-opened_at", "-id")
    if not may_judge(viewer):
        return decided
    read = Judgement.objects.filter(case=OuterRef("pk"), by=viewer.id, undone_at=None)
    return decided.exclude(~Exists(read), reading=Reading.SAMPLE)


def may_judge(viewer: Operator) -> bool:
    """Whether this viewer may be asked to read a case, and so must not see what another reader said."""
    return "case.judge" in permissions_of(viewer)


def is_read_by_nobody_else(viewer: Operator, case: Case) -> bool:
    """Whether this case waits for a second reader and there is nobody but the viewer to read it."""
    if case.reading != Reading.SECOND:
        return False
    sites = {case.left.site, case.right.site}
    return not any(holders_of([Role.ADJUDICATOR], site=site).exclude(id=viewer.id).exists() for site in sites)


def is_blind(viewer: Operator, case: Case) -> bool:
    """Whether another reader decided this case and this viewer, who may be the second, must not see how."""
    if case.reading not in (Reading.SECOND, Reading.SAMPLE) or not may_judge(viewer):
        return False
    return not judgements_of(case).filter(by=viewer.id, undone_at=None).exists()


def as_undecided(case: Case) -> Case:
    """The case as a second reader may know it: as if nobody had decided. Not to be saved."""
    case.status, case.verdict, case.reading, case.standing = CaseStatus.OPEN, "", Reading.NONE, None
    return case


def _waiting(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.filter(ACTIVE, place__isnull=False, opened_at__isnull=False)


def _not_read_by(viewer: Operator, cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.exclude(Exists(Judgement.objects.filter(case=OuterRef("pk"), by=viewer.id, undone_at=None)))


def _either(viewer: Operator) -> Q:
    return seen_by(viewer, "left__", action="case.see") | seen_by(viewer, "right__", action="case.see")


def seen_of(viewer: Operator, people: Iterable[UUID], *, action: str = "case.see") -> set[UUID]:
    """Those of these people whom the viewer may see, in a role that opens this."""
    here = Person.objects.filter(seen_by(viewer, action=action), id__in=list(people))
    return set(here.values_list("id", flat=True))


def case_for(viewer: Operator, case_id: UUID) -> Case:
    """One case. Raises NotFound when neither person is at a site where the viewer may see cases."""
    case = cases_for(viewer).filter(id=case_id).first()
    if case is None:
        raise NotFound("case-unknown", "There is no such case here.")
    return case


def judgements_of(case: Case, *, blind: bool = False) -> QuerySet[Judgement]:
    """Every decision about this case, undone ones too, newest first; for a second reader only those undone."""
    found = Judgement.objects.filter(case=case).order_by("-version", "-id")
    return found.exclude(undone_at=None) if blind else found




def name_of_operator(operator_id: UUID) -> str:
    """Who decided: operators answer by name for what they do."""
    return Operator.objects.filter(id=operator_id).values_list("name", flat=True).first() or ""
