"""Lines of the comparison of two people, in the words of the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gada.matching.queries.showing import Shown, Side
from gada.matching.views.wording import KINDS, agreement_of
from gada.people.models import Person
from gada.people.words import DOCUMENT_KINDS, BirthPrecision, PersonStatus, Relationship

AGREEMENT = {
    "same": gettext_lazy("the same"), "close": gettext_lazy("nearly the same"), "differ": gettext_lazy("not the same"),
    "unknown": gettext_lazy("not known"),
}
LAST_DIGITS = 4
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


def comparison_rows(shown: Shown) -> list[dict[str, str]]:
    """One line per field, marked where the two agree, nearly agree or differ."""
    if shown.evidence is None:
        return []
    levels = {line.kind: str(line.facts.get("relation", "")) for line in shown.evidence.lines}
    tell: dict[str, Tell] = {
        "given": lambda side: side.person.given, "surname": lambda side: side.person.surname,
        "sex": lambda side: side.person.get_sex_display(), "birth": lambda side: birth_text(side.person),
        "father": lambda side: side.person.father, "mother": lambda side: side.person.mother,
        "origin": lambda side: _place(side, "origin"), "place": lambda side: _place(side, "place"),
        "household": _family, "phone": lambda side: masked(side.person.phone), "document": _papers,
    }
    return [_row(kind, say, levels, shown) for kind, say in tell.items()]


def household_card(side: Side) -> dict[str, Any]:
    """The first household of a side as the card component takes it."""
    household = side.members[0].household
    members = [
        {
            "name": name_of(m.person), "role": str(Relationship(m.relationship).label), "line": birth_text(m.person),
            "label": _("in this case") if m.person_id == side.person.id else "", "state": "wait",
        }
        for m in side.members if m.household_id == household.id
    ]
    return {"number": household.number, "place": household.place, "members": members}


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


def _row(kind: str, say: Tell, levels: Mapping[str, str], shown: Shown) -> dict[str, str]:
    agree = agreement_of(levels[kind]) if kind in levels else "unknown"
    texts = [say(side) if side.visible else str(AGREEMENT[agree]) for side in (shown.left, shown.right)]
    return {"label": str(KINDS[kind]), "left": texts[0], "right": texts[1], "agree": agree}


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
