"""What a viewer may see of agencies, sites, programmes, operators and devices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Exists, Manager, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from gada.agencies.models import Assignment, Device, Operator, Programme, QuestionSet, Site
from gada.agencies.questions import Question, read_questions, words_of_answer
from gada.agencies.rules import Held, is_valid
from gada.agencies.services.authorizing import device_sites, held_lately
from gada.agencies.services.known_actions import action_called, all_actions

Place = TypeVar("Place", Site, Programme)


def sites_of(viewer: Operator, *, action: str | None = None, at: datetime | None = None) -> QuerySet[Site]:
    """Sites where the viewer holds a role now; with `action`, a role that opens it. Usable as a subquery.

    A laptop knows all sites by name, and has only its own.
    """
    held, here = held_by(viewer, action=action, at=at), device_sites()
    sites = _limited(Site.objects, held, [each.site for each in held])
    return sites if here is None else sites.filter(pk__in=sorted(here))


def site_now(viewer: Operator, *, chosen: UUID | None, at: datetime | None = None) -> Site | None:
    """The site the viewer works at today: the one they chose if it is (still) theirs, else their first."""
    sites = sites_of(viewer, at=at).select_related("agency")
    return (sites.filter(pk=chosen).first() if chosen else None) or sites.first()


def programmes_of(
    viewer: Operator, *, action: str | None = None, at: datetime | None = None
) -> QuerySet[Programme]:
    """Programmes the viewer works for now; with `action`, in a role that opens it. Usable as a subquery."""
    held = held_by(viewer, action=action, at=at)
    return _limited(Programme.objects, held, [each.programme for each in held])


def held_by(viewer: Operator, *, action: str | None = None, at: datetime | None = None) -> list[Held]:
    """What the viewer holds now; with `action`, what opens it."""
    roles, now = action_called(action).roles if action else None, at or timezone.now()
    return [each for each in held_lately(viewer) if is_valid(each, now) and (roles is None or each.role in roles)]


def limits_of(viewer: Operator, *, action: str | None = None, at: datetime | None = None) -> list[Held]:
    """What the viewer holds (with `action`: what opens it), when some of it is for one programme only; nothing when
    sites say it all.
    """
    held = held_by(viewer, action=action, at=at)
    return held if any(each.programme for each in held) else []


def within(
    viewer: Operator, *, site: str = "site", programme: Callable[[UUID], Q] | str = "programme",
    action: str | None = None, at: datetime | None = None,
) -> Q:
    """What rows must fulfil to be the viewer's (with `action`: in a role that opens it): each role counts at its site
    and for its programme.

    `site`: the path to a row's site; `programme`: the path to its programme, or what a programme asks of the row.
    """
    here = Q(**{f"{site}__in": sites_of(viewer, action=action, at=at)})
    limits = limits_of(viewer, action=action, at=at)
    if not limits:
        return here
    belongs = (lambda id_: Q(**{programme: id_})) if isinstance(programme, str) else programme
    one_by_one = [
        (Q(**{site: held.site}) if held.site else Q(**{f"{site}__agency": held.agency}))
        & (belongs(held.programme) if held.programme else Q())
        for held in limits
    ]
    return here & reduce(or_, one_by_one)


def devices_of(viewer: Operator, *, at: datetime | None = None) -> QuerySet[Device]:
    """Devices at the viewer's sites."""
    return Device.objects.filter(site__in=sites_of(viewer, at=at)).select_related("site")


def operators_for(viewer: Operator, *, at: datetime | None = None) -> QuerySet[Operator]:
    """Colleagues with their running roles, for those who may read them; nobody for everybody else.

    A role at the whole agency shows all of its operators; a role at one site those who work there.
    """
    moment = at or timezone.now()
    reading = _rows_held_by(viewer, action="agencies.read", at=moment)
    running = Assignment.running(moment).select_related("site", "programme").order_by("role")
    everyone = Exists(reading.filter(site=None, operator__agency=OuterRef("agency_id")))
    at_my_sites = Exists(Assignment.running(moment).filter(
        operator=OuterRef("pk"), site__in=sites_of(viewer, action="agencies.read", at=moment)
    ))
    return (
        Operator.objects.filter(agency=viewer.agency_id).filter(everyone | at_my_sites)
        .prefetch_related(Prefetch("assignments", queryset=running, to_attr="running_assignments"))
    )


def roles_held_by(viewer: Operator, *, at: datetime | None = None) -> QuerySet[Assignment]:
    """The viewer's own running roles."""
    held = _rows_held_by(viewer, action=None, at=at)
    return held.select_related("site", "programme").order_by("role")


def permissions_of(viewer: Operator, *, at: datetime | None = None) -> frozenset[str]:
    """Names of the actions open to the viewer somewhere: what a menu may offer."""
    moment = at or timezone.now()
    held = [each for each in held_lately(viewer) if is_valid(each, moment)]
    return frozenset(
        action.name for action in all_actions()
        if any(each.role in action.roles and not (action.agency_wide and each.site) for each in held)
    )


def holders_of(role: Iterable[str], *, site: Site, at: datetime | None = None) -> QuerySet[Operator]:
    """Operators who hold one of these roles at this site now (who to ask, whom to tell)."""
    running = Assignment.running(at or timezone.now()).filter(operator=OuterRef("pk"))
    held = running.filter(Q(site=site) | Q(site=None, operator__agency=site.agency_id), role__in=list(role))
    return Operator.objects.filter(Exists(held))


def newest_questions(programme: Programme | None) -> QuestionSet | None:
    """The form a programme asks by now; None where it asks nothing of its own."""
    return programme.question_sets.last() if programme else None


def questions_of(programme: Programme | None, *, of: str = "") -> tuple[Question, ...]:
    """What a programme asks now (`of`: person or household only). Without an impact assessment nothing sensitive."""
    held = newest_questions(programme)
    if held is None or programme is None:
        return ()
    assessed = bool(programme.impact_assessment.strip())
    return tuple(
        question for question in read_questions(held.questions)
        if (not of or question.of == of) and (not question.sensitive or (assessed and question.allowed_by))
    )


def answers_shown(custom: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """Answers of a person or a household beside their questions, worded as they were asked."""
    answers = custom.get("answers") or {}
    held = QuestionSet.objects.filter(id=str(custom.get("form"))).first() if answers and custom.get("form") else None
    asked = {question.code: question for question in read_questions(held.questions)} if held else {}
    return [
        (asked[code].label(language), words_of_answer(asked[code], value, language)) if code in asked
        else (code, str(value))
        for code, value in answers.items()
    ]


def _limited(kind: Manager[Place], held: list[Held], ids: list[UUID | None]) -> QuerySet[Place]:
    """Of the viewer's agency: all where one assignment is limited to none, else those that assignments name."""
    if not held:
        return kind.none()
    ours = kind.filter(agency=held[0].agency)
    return ours if None in ids else ours.filter(pk__in=sorted(id_ for id_ in ids if id_))


def _rows_held_by(viewer: Operator, *, action: str | None, at: datetime | None) -> QuerySet[Assignment]:
    held = Assignment.running(at or timezone.now()).filter(operator=viewer.pk)
    return held.filter(role__in=sorted(action_called(action).roles)) if action else held
