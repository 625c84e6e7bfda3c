"""How a person's page says what is held: fields with their origin, answers, fingers, readers."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gada.agencies.views.saying import words_of
from gada.biometrics.models import CaptureOutcome
from gada.console import queries
from gada.console.rules import PURPOSES
from gada.exchange.queries import Ground
from gada.people.words import Answer, PersonStatus, Purpose, ResidenceStatus


def known(sheet: queries.PersonSheet) -> list[dict[str, Any]]:
    """Each field with its value and where it came from."""
    held, rows = sheet.person, []
    values = (
        ("given", _("Given names"), held.given),
        ("surname", _("Family name"), held.surname),
        ("birth_from", _("Birth"), held),
        ("sex", _("Sex"), held.get_sex_display()),
        ("father", _("Father"), held.father),
        ("mother", _("Mother"), held.mother),
        (
            "residence_status",
            _("Situation"),
            ResidenceStatus(held.residence_status).label if held.residence_status else "",
        ),
        ("phone", _("Phone"), held.phone),
    )
    for name, label, value in values:
        rows.append({"name": name, "label": label, "value": value, "origin": sheet.origins.get(name, sheet.enrolled)})
    return rows


def answers(sheet: queries.PersonSheet) -> list[dict[str, Any]]:
    """What the person said to each purpose; never asked is said too."""
    states = {Answer.YES: "good", Answer.NO: "neutral", Answer.WITHDRAWN: "neutral", Answer.OBJECTED: "wait"}
    return [
        {
            "purpose": Purpose(purpose).label,
            "code": purpose,
            "consent": given,
            "state": states.get(given.answer, "neutral") if given else "neutral",
        }
        for purpose, given in sheet.answers
    ]


def captures(sheet: queries.PersonSheet, *, may_see: bool) -> list[dict[str, Any]]:
    """Fingers by finger: what was taken (from a capture or an import), and why there is none."""
    lines = [
        {
            "at": each.taken_at,
            "label": each.get_position_display() if each.position else _("all fingers"),
            "outcome": each.get_outcome_display(),
            "taken": each.outcome == CaptureOutcome.TAKEN,
            "quality": each.quality,
            "reason": each.reason,
            "source": "",
            "picture": reverse("console:print", args=[sheet.person.id, each.sample])
            if may_see and each.sample
            else "",
        }
        for each in sheet.captures
    ]
    lines += [
        {
            "at": each.taken_at,
            "label": each.get_position_display(),
            "outcome": CaptureOutcome.TAKEN.label,
            "taken": True,
            "quality": each.quality,
            "reason": "",
            "source": each.get_source_display(),
            "picture": "",
        }
        for each in sheet.fingers
        if each.capture_id is None
    ]
    return lines


def refused_prints(sheet: queries.PersonSheet) -> bool:
    given = dict(sheet.answers)[Purpose.PRINTS]
    return given is not None and given.answer != Answer.YES


def partners(sheet: queries.PersonSheet) -> list[dict[str, Any]]:
    """Who knows this person too, why, and what they delivered, as the page says it."""
    return [
        {
            "name": known.link.peer.name,
            "since": known.link.made_at,
            "agreement": known.agreement,
            "version": known.agreement.version,
            "purpose": known.agreement.terms.purpose,
            "state": known.state,
            "ground": _ground(known.ground),
            "total": known.ground.total,
            "rows": [
                {
                    "label": each.label,
                    "prints": each.is_prints,
                    "theirs": each.theirs,
                    "ours": each.ours,
                    "differs": each.differs,
                    "received": each.received_at,
                    "until": each.kept_until,
                    "shut": words_of(each.shut) if each.shut else "",
                    "proposal": each.proposal,
                }
                for each in known.delivered
            ],
        }
        for known in sheet.partners
    ]


def _ground(ground: Ground) -> str:
    """By what it was decided that two registrations are one person."""
    words = [
        _("Adjudicators of both sides judged them the same person.")
        if ground.by_people
        else _("Found by the comparison that both sides agreed on.")
    ]
    if ground.version is not None:
        words.append(_("Compared under version %(version)s.") % {"version": ground.version})
    if ground.fingers:
        words.append(
            ngettext("%(count)s finger was compared.", "%(count)s fingers were compared.", ground.fingers)
            % {"count": ground.fingers}
        )
    return " ".join(words)


def spoken(reading: queries.Reading) -> dict[str, Any]:
    """A reading as the page says it."""
    pages = {
        "person": _("sheet"),
        "search": _("search"),
        "home": _("newest families"),
        "registered": _("registration"),
        "receipt": _("receipt"),
        "correction": _("correction"),
        "disclosure": _("report for the person"),
        "case": _("possible duplicate"),
        "erasure": _("erasure"),
        "household": _("household"),
        "desk": _("desk"),
        "list": _("list"),
        "desk-find": _("search at the desk"),
        "partner-print": _("comparison with a partner’s fingerprint"),
        "pair": _("possible person in common"),
        "proposal": _("difference with a partner"),
        "proposals": _("differences with partners"),
        "equality": _("proof of equality with a partner"),
        "captures": _("fingerprints"),
        "identify": _("search by fingerprint"),
        "verify": _("comparison of fingerprints"),
        "people": _("search"),
        "check": _("check of duplicates"),
        "due": _("what falls due"),
        "requests": _("request of the person"),
    }
    _before, by_program, page = reading.page.rpartition("api:")
    page = pages.get(page, page)
    titles = {
        "read": _("Read"), "opened": _("Recognised, report opened"), "disclosed": _("Went to %(partner)s"),
        "received": _("Came from %(partner)s"),
    }
    return {
        "kind": reading.kind,
        "at": reading.at,
        "office": reading.office,
        "role": _("%(roles)s (today’s role)") % {"roles": reading.role} if reading.role_is_todays else reading.role,
        "case": reading.case,
        "title": titles[reading.kind] % {"partner": reading.partner},
        "purpose": str(PURPOSES.get(reading.purpose, reading.purpose)),
        "page": _("%(page)s, by a program") % {"page": page} if by_program else page,
        "fields": ", ".join(_field(name) for name in reading.fields),
    }


def _field(name: str) -> str:
    words = {
        "given": _("Given names"),
        "surname": _("Family name"),
        "birth": _("Birth"),
        "sex": _("Sex"),
        "father": _("Father"),
        "mother": _("Mother"),
        "phone": _("Phone"),
        "place": _("Place"),
        "documents": _("Documents"),
        "photo": _("Photo"),
        "prints": _("Fingerprints"),
        "number": _("Number"),
        "household": _("Household"),
        "aid": _("Aid received"),
        "templates": _("Fingerprints"),
        "status": PersonStatus.ACTIVE.label,
    }
    return str(words.get(name, name))
