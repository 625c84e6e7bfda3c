"""The day of a site: what was registered, what waits, what needs somebody's eye."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from gada.agencies.models import Operator
from gada.agencies.queries import devices_of
from gada.biometrics.models import Capture, CaptureOutcome, Template
from gada.console import rules
from gada.console.queries.overdue import overdue_for
from gada.console.rules import Hour
from gada.journal.models import Countersignature, LogEntry
from gada.matching.queries import how_many_open_for, oldest_open_for
from gada.people.models import Consent
from gada.people.queries import households_here, people_in
from gada.people.words import Answer, Purpose
from gada.vault.node import expires_at

EXPIRES_SOON = timedelta(days=7)
CHILD_AGE = 15


@dataclass(frozen=True, slots=True)
class Day:
    """Figures of today at the viewer's sites. `refused` and `unable` are people without prints, by why."""

    families: int
    people: int
    children: int
    refused: int
    unable: int
    hours: tuple[Hour, ...]
    cases: int
    oldest_case: datetime | None


@dataclass(frozen=True, slots=True)
class Watched:
    """One thing to keep an eye on; `state` good, wait or bad."""

    title: str
    text: str
    state: str


def day_of(viewer: Operator, *, at: datetime) -> Day:
    """Today's figures, counted without a name."""
    morning = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    families = [timezone.localtime(moment) for moment in households_here(viewer).filter(
        enrolled_at__gte=morning, enrolled_at__lte=at
    ).order_by().values_list("enrolled_at", flat=True)]
    people = people_in(viewer).filter(enrolled_at__gte=morning, enrolled_at__lte=at)
    no = Consent.objects.filter(person=OuterRef("pk"), purpose=Purpose.PRINTS).exclude(answer=Answer.YES)
    failed = Capture.objects.filter(
        person=OuterRef("pk"), outcome__in=[CaptureOutcome.UNABLE, CaptureOutcome.EXCEPTION]
    )
    has_prints = Template.objects.filter(person=OuterRef("pk"))
    fifteen_years_ago = morning.date() - timedelta(days=int(CHILD_AGE * 365.2425))
    counted = people.order_by().aggregate(
        people=Count("pk"), children=Count("pk", filter=Q(birth_from__gt=fifteen_years_ago)),
        refused=Count("pk", filter=Exists(no)),
        unable=Count("pk", filter=Q(Exists(failed)) & ~Exists(has_prints) & ~Exists(no)),
    )
    return Day(
        families=len(families), **counted, hours=tuple(rules.hours_of(families)),
        cases=(cases := how_many_open_for(viewer)), oldest_case=oldest_open_for(viewer) if cases else None,
    )


def things_to_watch(viewer: Operator, *, at: datetime) -> list[Watched]:
    """What needs somebody, worst first; what is proven, last."""
    stopped = [*_late_entries(at), *_overdue(viewer), *_stopped_work()]
    return [*stopped, *_expiring(viewer, at), *_countersigned(at)]


def _late_entries(at: datetime) -> list[Watched]:
    oldest = (
        LogEntry.objects.filter(position=None).order_by("recorded_at").values_list("recorded_at", flat=True).first()
    )
    if oldest is None or at - oldest < rules.SEAL_LATE:
        return []
    return [Watched(
        _("Entries of the journal wait for their seal"),
        _("The background work of this node stands still. Ask whoever runs it to start it again."), "bad",
    )]


def _overdue(viewer: Operator) -> list[Watched]:
    """Data kept longer than they should be, and requests not answered in time: for whoever decides about them."""
    found, (people, late) = [], overdue_for(viewer)
    if people:
        title = ngettext(
            "Data of %(count)s person are kept too long", "Data of %(count)s people are kept too long", people
        )
        text = _("Decide on the page “What falls due”: nothing is erased by itself.")
        found.append(Watched(title % {"count": people}, text, "bad"))
    if late:
        title = ngettext("%(count)s request is overdue", "%(count)s requests are overdue", late)
        text = _("Somebody asked about their data and has no answer yet: see the page “Requests”.")
        found.append(Watched(title % {"count": late}, text, "bad"))
    return found


def _stopped_work() -> list[Watched]:
    failed = DBTaskResult.objects.filter(status=TaskResultStatus.FAILED).count()
    if not failed:
        return []
    return [
        Watched(
            ngettext("%(count)s task stopped with an error", "%(count)s tasks stopped with an error", failed)
            % {"count": failed},
            _("Ask whoever runs this node to look at its log."),
            "wait",
        )
    ]


def _expiring(viewer: Operator, at: datetime) -> list[Watched]:
    soon = [(device.name, device.expires_at) for device in devices_of(viewer).filter(
        expires_at__isnull=False, expires_at__lt=at + EXPIRES_SOON
    ).order_by("expires_at")[:3]]
    own = expires_at()
    if own is not None and own < at + EXPIRES_SOON:
        soon.insert(0, (_("this device"), own))
    return [_expiry(name, moment, at) for name, moment in soon if moment is not None]


def _expiry(name: str, moment: datetime, at: datetime) -> Watched:
    days = (moment - at).days
    if days < 0:
        return Watched(
            _("Key of %(name)s: expired") % {"name": name}, _("It opens again once headquarters renews it."), "bad"
        )
    title = ngettext("Key of %(name)s: expires in %(days)s day", "Key of %(name)s: expires in %(days)s days", days)
    return Watched(
        title % {"name": name, "days": days},
        _("Bring it near the network before %(day)s.") % {"day": date_format(timezone.localtime(moment), "l j F")},
        "wait",
    )


def _countersigned(at: datetime) -> list[Watched]:
    kept = Countersignature.objects.order_by("-signed_at").first()
    if kept is None:
        return [Watched(
            _("Nobody has countersigned this journal yet"),
            _("A partner who countersigns it makes it unchangeable, for us too."), "wait",
        )]
    local = timezone.localtime(kept.signed_at)
    when = (
        date_format(local, "j F, H:i") if local.date() != timezone.localtime(at).date() else date_format(local, "H:i")
    )
    return [Watched(
        _("Journal proven up to %(when)s") % {"when": when},
        _("Countersigned by %(name)s.") % {"name": kept.witness_name}, "good",
    )]
