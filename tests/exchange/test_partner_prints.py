"""Prints that a partner delivered serve the desk: only where ours do not suffice, only while it is agreed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from gada.assistance.models import DistributionList, Entitlement, Redemption, Verification
from gada.biometrics.queries import identify_lent, prints_lent
from gada.exchange import services
from gada.exchange.models import Agreement, Link, Peer
from gada.exchange.queries import partner_prints_of
from gada.journal.comparing import compare_state
from gada.journal.models import LogEntry
from gada.journal.reading import open_entries
from gada.journal.registry import upcast
from gada.people.drafts import AnswerDraft
from gada.people.models import Person
from gada.people.services import answer_purpose, correct_person, erase_person
from tests.assistance.desk_world import a_desk, a_family, a_finger, at_the_page
from tests.assistance.test_pages import handed, seen
from tests.biometrics.builders import a_template
from tests.exchange.cast import Cast
from tests.exchange.foreign import Partner
from tests.exchange.lent import PRINTS, agreed, delivered, linked, next_version
from tests.world import Role, a_browser, an_operator

pytestmark = pytest.mark.usefixtures("fresh_gallery")
THEIRS = 7  # the finger of which only the partner has a print


@pytest.fixture
def ours(cast: Cast, partner: Partner) -> Agreement:
    return agreed(cast, partner)


def at_the_desk(
    cast: Cast, partner: Partner, agreement: Agreement, folder: Path, *, finger: int | None = None
) -> tuple[DistributionList, Entitlement, Link]:
    """A family on an open list, of whose head we have this finger or none, and the partner finger 7."""
    made, entitlement = a_desk(finger=finger)
    link = linked(agreement, head_of(entitlement))
    delivered(cast, partner, link, folder, finger=THEIRS)
    return made, entitlement, link


def head_of(entitlement: Entitlement) -> Person:
    return entitlement.household.memberships.get(relationship="head").person


def shown(made: DistributionList, entitlement: Entitlement, *, finger: int = THEIRS) -> Verification:
    """A finger on the reader of this family's page; the step it left."""
    distributor = a_browser(an_operator(Role.DISTRIBUTOR))
    distributor.post(at_the_page("verify", made, entitlement), {"finger": a_finger(finger, 2)})
    return Verification.objects.filter(entitlement=entitlement).latest("at")


def lines_of(person: Person) -> list[dict[str, Any]]:
    """What the lines say that opening a lent print left about this person."""
    rows = LogEntry.objects.filter(action="person.read", mentions__person_id=person.id)
    return [each.facts for each in open_entries(rows) if each.facts and each.facts["page"] == "partner-print"]


def test_whoever_we_have_no_print_of_is_recognised_by_the_partners_and_it_is_said(
    cast: Cast, partner: Partner, ours: Agreement, tmp_path: Path
) -> None:
    made, entitlement, _link = at_the_desk(cast, partner, ours, tmp_path)
    browser = a_browser(an_operator(Role.DISTRIBUTOR))
    assert "Doigt sur le lecteur" in seen(browser.get(at_the_page("family", made, entitlement)))
    browser.post(at_the_page("verify", made, entitlement), {"finger": a_finger(THEIRS, 2)})
    step = Verification.objects.get()
    assert step.recognised and step.source["name"] == "Vivres" and step.source["lender"] == ["peer", str(partner.id)]
    assert "Vivres" in seen(browser.get(at_the_page("family", made, entitlement)))
    handed(browser, made, entitlement)
    redemption = Redemption.objects.get()
    assert redemption.source == step.source
    receipt = seen(browser.get(reverse("assistance:receipt", args=[redemption.pk])))
    assert "L’empreinte venait de Vivres" in receipt
    (entry,) = open_entries(LogEntry.objects.filter(action="entitlement.redeemed"))
    assert entry.facts and entry.facts["source"] == step.source
    (line,) = lines_of(head_of(entitlement))
    assert line["criteria"] == {"fields": ["prints"], "lenders": [str(partner.id)]}
    assert compare_state().differences == ()


def test_a_partners_print_is_not_opened_where_ours_suffices(
    cast: Cast, partner: Partner, ours: Agreement, tmp_path: Path
) -> None:
    made, entitlement, _link = at_the_desk(cast, partner, ours, tmp_path, finger=THEIRS)
    step = shown(made, entitlement)
    assert step.recognised and step.source is None and lines_of(head_of(entitlement)) == []


def test_it_is_looked_at_where_ours_is_of_another_finger(
    cast: Cast, partner: Partner, ours: Agreement, tmp_path: Path
) -> None:
    made, entitlement, _link = at_the_desk(cast, partner, ours, tmp_path, finger=8)
    step = shown(made, entitlement)
    assert step.recognised and step.source["name"] == "Vivres"


def test_somebody_elses_finger_is_not_recognised_and_the_opening_leaves_its_line(
    cast: Cast, partner: Partner, ours: Agreement, tmp_path: Path
) -> None:
    made, entitlement, _link = at_the_desk(cast, partner, ours, tmp_path)
    step = shown(made, entitlement, finger=99)
    assert not step.recognised and step.source is None and len(lines_of(head_of(entitlement))) == 1


def test_a_family_is_found_by_a_partners_print(
    cast: Cast, partner: Partner, ours: Agreement, tmp_path: Path
) -> None:
    for finger in (21, 22):
        a_family(finger=finger)
    made, entitlement, link = at_the_desk(cast, partner, ours, tmp_path)
    browser = a_browser(an_operator(Role.DISTRIBUTOR))
    find = reverse("assistance:find", args=[made.pk])
    answer = browser.post(find, {"finger": a_finger(THEIRS, 3)})
    assert answer["Location"].startswith(at_the_page("family", made, entitlement))
    assert Verification.objects.get().source["name"] == "Vivres"
    assert "trouvé personne" in seen(browser.post(find, {"finger": a_finger(98)}))
    # What was opened a moment ago is forgotten with the link.
    services.withdraw_link(operator=cast.guardian, link_id=link.id, reason="x", at=timezone.now())
    assert "trouvé personne" in seen(browser.post(find, {"finger": a_finger(THEIRS, 3)}))


def test_suspended_nothing_of_theirs_is_compared_and_lifted_it_is_again(
    cast: Cast, partner: Partner, ours: Agreement, tmp_path: Path
) -> None:
    made, entitlement, _link = at_the_desk(cast, partner, ours, tmp_path)
    stop = {"agreement_id": ours.agreement_id, "reason": "x", "at": timezone.now()}
    services.suspend_agreement(operator=cast.guardian, **stop)
    page = seen(a_browser(an_operator(Role.DISTRIBUTOR)).get(at_the_page("family", made, entitlement)))
    assert "Doigt sur le lecteur" not in page
    step = shown(made, entitlement)
    assert not step.recognised and step.score is None and lines_of(head_of(entitlement)) == []
    services.lift_agreement(operator=cast.guardian, **stop)
    assert shown(made, entitlement).recognised


def _by_a_version_that_only_confirms(cast: Cast, partner: Partner, agreement: Agreement, link: Link) -> None:
    next_version(cast, partner, agreement, biometrics=PRINTS | {"use": "confirm", "retain_days": 0})


def _by_a_partner_revoked(cast: Cast, partner: Partner, agreement: Agreement, link: Link) -> None:
    services.revoke_peer(operator=cast.guardian, peer_id=partner.id, reason="x", at=timezone.now())


def _by_the_link_undone(cast: Cast, partner: Partner, agreement: Agreement, link: Link) -> None:
    services.withdraw_link(operator=cast.guardian, link_id=link.id, reason="x", at=timezone.now())


def _by_a_person_erased(cast: Cast, partner: Partner, agreement: Agreement, link: Link) -> None:
    erase_person(operator=cast.guardian, person_id=link.person_id, ground="x", at=timezone.now())


def _by_a_person_protected(cast: Cast, partner: Partner, agreement: Agreement, link: Link) -> None:
    changes = {"needs_protection": True}
    correct_person(operator=cast.guardian, person_id=link.person_id, changes=changes, saw={}, at=timezone.now())


def _by_prints_refused(cast: Cast, partner: Partner, agreement: Agreement, link: Link) -> None:
    no = AnswerDraft("prints", "withdrawn")
    answer_purpose(operator=cast.clerk, person_id=link.person_id, answer=no, at=timezone.now())


ENDS = [
    _by_a_version_that_only_confirms,
    _by_a_partner_revoked,
    _by_the_link_undone,
    _by_a_person_erased,
    _by_a_person_protected,
    _by_prints_refused,
]


@pytest.mark.parametrize("ended", ENDS, ids=lambda ended: ended.__name__)
def test_a_print_is_never_compared_once_it_ended(
    cast: Cast, partner: Partner, ours: Agreement, tmp_path: Path, ended: Any
) -> None:
    _made, _entitlement, link = at_the_desk(cast, partner, ours, tmp_path)
    probe, people = {0: a_template(THEIRS, 2)}, {link.person_id}
    found, records = identify_lent(fingers=probe, among=people, at=timezone.now())
    assert [each.person_id for each in found] == [link.person_id] and records == 1
    with transaction.atomic():
        ended(cast, partner, ours, link)
    assert prints_lent(people, at=timezone.now()) == []
    assert identify_lent(fingers=probe, among=people, at=timezone.now()) == ([], 0)


def test_it_is_compared_no_longer_than_was_agreed(
    cast: Cast, partner: Partner, ours: Agreement, tmp_path: Path
) -> None:
    link = linked(ours, cast.enrol())
    delivered(cast, partner, link, tmp_path, finger=THEIRS)
    now = timezone.now()
    people = {link.person_id}
    assert len(partner_prints_of(people, at=now + timedelta(days=4, hours=23))) == 1
    assert partner_prints_of(people, at=now + timedelta(days=5)) == []


def test_it_is_compared_never_past_the_end_of_the_agreement(cast: Cast, partner: Partner, tmp_path: Path) -> None:
    link = linked(agreed(cast, partner, valid_until=timezone.now().date().isoformat()), cast.enrol())
    delivered(cast, partner, link, tmp_path, finger=THEIRS)
    later = timezone.now() + timedelta(days=1, hours=1)
    Peer.objects.update(last_contact=later)
    assert len(partner_prints_of({link.person_id}, at=timezone.now())) == 1
    assert partner_prints_of({link.person_id}, at=later) == []


def test_after_too_long_a_silence_nothing_is_compared(cast: Cast, partner: Partner, tmp_path: Path) -> None:
    link = linked(agreed(cast, partner, biometrics=PRINTS | {"retain_days": 90}), cast.enrol())
    delivered(cast, partner, link, tmp_path, finger=THEIRS)
    later = timezone.now() + timedelta(days=15)
    assert partner_prints_of({link.person_id}, at=later) == []
    Peer.objects.update(last_contact=later)
    assert len(partner_prints_of({link.person_id}, at=later)) == 1


def test_entries_of_the_release_before_say_that_the_print_was_ours() -> None:
    for action in ("collector.verified", "entitlement.redeemed"):
        assert upcast(action, {"schema": 1, "method": "finger"}) == {"schema": 2, "method": "finger", "source": None}
