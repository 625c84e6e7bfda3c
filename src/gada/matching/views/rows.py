"""Lines of the comparison of two people, in the words of the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gada.matching.queries.showing import Shown, Side
from gada.matching.rules import differing_letters, paired_members
from gada.matching.views.wording import KINDS, agreement_of
from gada.people.features import features_of
from gada.people.models import Membership, Person
from gada.people.words import DOCUMENT_KINDS, BirthPrecision, PersonStatus, Relationship

AGREEMENT = {
    "same": gettext_lazy("the same"), "close": gettext_lazy("nearly the same"), "differ": gettext_lazy("not the same"),
    "unknown": gettext_lazy("not known"),
}
LAST_DIGITS = 4
SPELLED = frozenset({"given", "surname", "father", "mother", "birth", "origin", "place"})
Tell = Callable[[Side], str]


def side_head(side: Side, photo: str) -> dict[str, str]:
    """Name, photo, and when and where they were registered; of somebody else's person only that there is one."""
    when = date_format(timezone.localtime(side.person.enrolled_at), "j F Y")
    if not side.visible:
        gone = side.person.status != PersonStatus.ACTIVE
        name = _("No longer registered") if gone else _("Registered at another office")
        return {"name": name, "meta": _("Registered on %(date)s") % {"date": when}, "photo": ""}
    meta = _("Registered on %(date)s · %(site)s") % {"date": when, "site": side.person.site.name}
    return {"name": name_of(side.person), "meta": meta, "photo": photo}


def comparison_rows(shown: Shown) -> list[dict[str, Any]]:
    """One line per field, marked where the two agree, nearly agree or differ."""
    if shown.evidence is None:
        return []
    levels = {
        line.kind: "close" if line.facts.get("swapped") else str(line.facts.get("relation", ""))
        for line in shown.evidence.lines
    }
    tell: dict[str, Tell] = {
        "given": lambda side: side.person.given, "surname": lambda side: side.person.surname,
        "sex": lambda side: side.person.get_sex_display(), "birth": lambda side: birth_text(side.person),
        "father": lambda side: side.person.father, "mother": lambda side: side.person.mother,
        "origin": lambda side: _place(side, "origin"), "place": lambda side: _place(side, "place"),
        "household": _family, "phone": lambda side: masked(side.person.phone), "document": _papers,
    }
    return [_row(kind, say, levels, shown) for kind, say in tell.items()]


def members_side_by_side(shown: Shown) -> dict[str, Any] | None:
    """The two households member by member: who stands beside whom, and whether they agree.

    None when they may not both be seen, or when both are alone.
    """
    left, right = _household(shown.left), _household(shown.right)
    if not left or not right or len(left) + len(right) == 2:
        return None
    first = tuple(
        next(i for i, m in enumerate(members) if m.person_id == side.person.id)
        for members, side in ((left, shown.left), (right, shown.right))
    )
    mine, theirs = ([features_of(m.person, documents=()) for m in members] for members in (left, right))
    pairs = paired_members(mine, theirs, first=(first[0], first[1]))
    rows = [_member_row(left, right, a, b, in_case=(a, b) == first) for a, b in pairs]
    return {
        "rows": rows, "alike": sum(row["agree"] != "alone" and not row["in_case"] for row in rows),
        "heads": [
            {"number": members[0].household.number, "place": members[0].household.place, "count": len(members)}
            for members in (left, right)
        ],
    }


def _household(side: Side) -> list[Membership]:
    own = next((m.household_id for m in side.members if m.person_id == side.person.id), None)
    return [m for m in side.members if m.household_id == own]


def _member_row(
    left: list[Membership], right: list[Membership], a: int | None, b: int | None, *, in_case: bool
) -> dict[str, Any]:
    one, other = left[a] if a is not None else None, right[b] if b is not None else None
    names = marked(name_of(one.person) if one else "", name_of(other.person) if other else "")
    births = [birth_text(m.person) if m else "" for m in (one, other)]
    cells = [
        {"name": name, "role": str(Relationship(m.relationship).label), "birth": birth} if m else None
        for m, name, birth in zip((one, other), names, births, strict=True)
    ]
    alike = cells[0] and cells[1] and str(names[0]).casefold() == str(names[1]).casefold() and births[0] == births[1]
    return {
        "cells": cells, "in_case": in_case,
        "agree": "alone" if one is None or other is None else "same" if alike else "close",
    }


def marked(one: str, other: str) -> tuple[SafeString | str, SafeString | str]:
    """Both texts with the letters that differ marked."""
    pieces = differing_letters(one, other)
    if not any(differs for piece in pieces for _text, differs in piece):
        return one, other
    left, right = (
        format_html_join("", "{}", ((format_html("<mark>{}</mark>", t) if differs else t,) for t, differs in piece))
        for piece in pieces
    )
    return left, right


def birth_text(person: Person) -> str:
    """A birth date as well as it is known."""
    if person.birth_from is None or person.birth_to is None:
        return ""
    if person.birth_precision == BirthPrecision.DAY:
        return date_format(person.birth_from, "j F Y")
    if person.birth_precision == BirthPrecision.MONTH:
        return date_format(person.birth_from, "F Y")
    return _("about %(year)s") % {"year": (person.birth_from.year + person.birth_to.year) // 2}


def name_of(person: Person) -> str:
    return f"{person.given} {person.surname}".strip()


def masked(text: str) -> str:
    """Enough to compare, too little to call: « ·· 41 08 »."""
    return f"·· {text[-LAST_DIGITS:]}" if text else ""


def _row(kind: str, say: Tell, levels: Mapping[str, str], shown: Shown) -> dict[str, Any]:
    agree = agreement_of(levels[kind]) if kind in levels else "unknown"
    texts = [say(side) if side.visible else str(AGREEMENT[agree]) for side in (shown.left, shown.right)]
    spelled = shown.left.visible and shown.right.visible and kind in SPELLED
    # « vers 1961 » beside « 27 janvier 1989 » are two ways to say a date: letters that differ would say nothing.
    alike = kind != "birth" or len(texts[0].split()) == len(texts[1].split())
    left, right = marked(*texts) if spelled and alike else texts
    return {"label": str(KINDS[kind]), "left": left, "right": right, "agree": agree}


def _place(side: Side, which: str) -> str:
    return next((getattr(m.household, which) for m in side.members if m.person_id == side.person.id), "")


def _family(side: Side) -> str:
    others = [m.person.given for m in side.members if m.person_id != side.person.id]
    return ", ".join(others) if others else _("alone")


def _papers(side: Side) -> str:
    return ", ".join(
        f"{DOCUMENT_KINDS.get(document.kind, document.kind)} {masked(document.number)}"
        for document in side.person.documents.all()
    )
