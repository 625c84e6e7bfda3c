"""Prints nobody has: `a_print(7)` is an image of finger 7, `a_record({2: 7})` a record; `touch`: another impression."""

from __future__ import annotations

from functools import cache

from gada.agencies.models import Operator, Site
from gada.biometrics.gallery import close_gallery
from gada.biometrics.rules import CaptureDraft
from gada.biometrics.services import take_captures
from gada.engine.fingerprint import Template
from gada.engine.fingerprint.synthetic import a_finger, minutiae_finger
from gada.engine.formats.fmr import FingerView, write_fmr
from gada.people.models import Household, Person
from tests.people.builders import a_household, a_member
from tests.world import AT, Role, a_node, a_programme, an_operator

__all__ = ["a_print", "a_record", "a_template", "close_gallery", "registered", "take_prints"]


@cache
def a_print(finger: int, touch: int = 1) -> bytes:
    """A PNG image at 500 dpi."""
    return a_finger(finger).impression_png(touch)


@cache
def a_template(finger: int, touch: int = 1) -> Template:
    return minutiae_finger(finger).impression(touch, noise=0.0, contact=1.0)


def a_record(fingers: dict[int, int], touch: int = 1) -> bytes:
    """An ISO record; `fingers` maps positions to finger numbers."""
    return write_fmr([FingerView(position, a_template(finger, touch)) for position, finger in fingers.items()])


def registered(*, site: Site | None = None, allowed: bool = True, **changes: object) -> Person:
    """Somebody alone in a household of a programme that takes prints (or not)."""
    return household(members=(a_member(head=True, **changes),), site=site, allowed=allowed).memberships.get().person


def household(*, site: Site | None = None, allowed: bool = True, **given: object) -> Household:
    programme = a_programme(biometrics_allowed=allowed, agency=site.agency if site else None)
    return a_household(site=site, programme=programme, **given)  # type: ignore[arg-type]


def take_prints(
    person: Person, fingers: dict[int, int], *, touch: int = 1, operator: Operator | None = None
) -> None:
    """Take these fingers (position → finger number) from records, as a scanner with its own extractor gives."""
    clerk = operator or an_operator(Role.CLERK, site=person.site)
    drafts = [CaptureDraft(position=p, record=a_record({p: finger}, touch)) for p, finger in fingers.items()]
    take_captures(operator=clerk, person=person, captures=drafts, at=AT)


def our_site() -> Site:
    return a_node().site
