"""Finding people, by what is typed or by a finger; every search leaves one line for everybody it showed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gada import journal
from gada.agencies.models import Operator, Site
from gada.agencies.services import authorize
from gada.biometrics.queries import identify
from gada.biometrics.services import read_fingers
from gada.console.rules import check_why
from gada.credentials.queries import person_of_number
from gada.people.models import Person
from gada.people.queries import people_in, search_people
from gada.people.services import scope_of

MOST = 20


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody found, and by fingers how rare such a likeness is (−10·log10 of the false-match rate)."""

    person: Person
    score: int | None = None


def find_people(*, operator: Operator, text: str, why: str, site: Site | None, at: datetime) -> list[Found]:
    """People by number, name, phone or document, at the operator's sites."""
    authorize(operator, "person.search")
    check_why(why)
    holder = person_of_number(operator, text)
    found = [Found(person) for person in ([holder] if holder else search_people(operator, text, most=MOST))]
    _note(operator, found, why=why, site=site, field="text", at=at)
    return found


def find_by_finger(
    *, operator: Operator, picture: bytes, position: int, why: str, site: Site | None, at: datetime
) -> list[Found]:
    """People this finger may belong to, at the operator's sites, most alike first. Raises Invalid `image-…`."""
    authorize(operator, "print.identify")
    check_why(why)
    fingers = read_fingers({position: picture})
    candidates = identify(fingers=fingers, limit=MOST)
    here = people_in(operator).select_related("site").in_bulk([candidate.subject for candidate in candidates])
    found = [Found(here[each.subject], each.score) for each in candidates if each.subject in here]
    _note(operator, found, why=why, site=site, field="finger", at=at)
    return found


def _note(operator: Operator, found: list[Found], *, why: str, site: Site | None, field: str, at: datetime) -> None:
    journal.record_read(
        by=operator, people=[each.person.id for each in found], purpose=why, page="search", at=at,
        criteria={"by": field}, **({"scope": scope_of(site)} if site else {}),
    )
