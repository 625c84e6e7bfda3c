"""What the journal promises: nothing outside a transaction, nothing altered unseen, nothing that entries do not say."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import transaction

from gada import journal, vault
from gada.engine.proof.signing import new_signing_key, sign
from gada.journal import Item, Scope
from gada.journal.comparing import compare_state
from gada.journal.logs import own_log
from gada.journal.mentioning import people_mentioned
from gada.journal.models import Countersignature, Facts, Head, LogEntry, Mention
from gada.journal.verifying import Witnessed, verify_log
from gada.journal.witnessing import WITNESS_TYPE, keep_countersignature, witness_document
from gada.people.models import Person
from gada.people.services import erase_person
from tests.people.builders import a_household
from tests.world import AT, Role, a_node, an_operator

pytestmark = pytest.mark.django_db


def a_sealed_journal(entries: int = 12) -> Head:
    a_node()
    with transaction.atomic():
        for number in range(entries):
            journal.record(
                "note.made", by=("node", vault.identity().node_id), about=("note", vault.identity().node_id),
                facts={"number": number}, at=AT + timedelta(seconds=number),
            )
    head = journal.seal(at=AT)
    assert head is not None
    return head


def countersigned(head: Head) -> bytes:
    """Have a witness with keys of its own sign this head; its public key."""
    private, public = new_signing_key()
    signature = sign(private, typ=WITNESS_TYPE, payload=witness_document(bytes(head.document)), key_id="witness")
    keep_countersignature(
        head=head,
        witness=vault.identity().node_id,
        witness_name="Partner",
        public_key=public,
        signature=signature,
        at=AT,
    )
    return public


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_recorded():
    a_node()
    with pytest.raises(AssertionError, match="inside the transaction"):
        journal.record("note.made", by=("node", own_log().id), about=("note", own_log().id), facts={}, at=AT)


@pytest.mark.django_db(transaction=True)
def test_a_change_rolled_back_leaves_no_entry():
    a_node()
    before = LogEntry.objects.count()
    with pytest.raises(RuntimeError), transaction.atomic():
        journal.record("note.made", by=("node", own_log().id), about=("note", own_log().id), facts={}, at=AT)
        raise RuntimeError
    assert LogEntry.objects.count() == before


def test_changes_of_several_kinds_are_recorded_in_the_order_given():
    a_node()
    node = ("node", vault.identity().node_id)
    batches = [(action, [Item(about=node, facts={}) for _ in range(count)])
               for action, count in (("note.made", 2), ("note.unsaid", 0), ("note.read", 1))]
    with transaction.atomic():
        made = journal.record_each(batches, by=node, at=AT)
    kept = LogEntry.objects.filter(action__startswith="note.").order_by("lamport")
    assert [entry.action for entry in kept] == ["note.made", "note.made", "note.read"]
    assert [list(each) for each in made] == [[], [], []]


def test_sealing_twice_seals_once_and_positions_have_no_gap():
    head = a_sealed_journal()
    again = journal.seal(at=AT + timedelta(hours=1))
    assert again == head
    positions = list(LogEntry.objects.order_by("position").values_list("position", flat=True))
    assert positions == list(range(head.size))


def test_three_zones():
    head = a_sealed_journal()
    countersigned(head)
    a_sealed_journal(3)
    with transaction.atomic():
        journal.record("note.made", by=("node", own_log().id), about=("note", own_log().id), facts={}, at=AT)
    report = verify_log()
    assert report.sound
    assert (report.countersigned, report.sealed - report.countersigned, report.unsealed) == (head.size, 3, 1)
    assert report.witnesses == ("Partner",)


def rewritten(entry: LogEntry) -> None:
    """Alter an entry and everything that our own key can make consistent again."""
    header = json.loads(bytes(entry.header))
    header["action"] = "note.forged"
    from gada.engine.proof.canonical import canonical_bytes
    from gada.journal.entry import header_leaf

    entry.action, entry.header = "note.forged", canonical_bytes(header)
    entry.leaf = header_leaf(entry.header)
    entry.save()


def resealed() -> None:
    """Seal everything anew with the node's own key, as someone who holds it would."""
    Countersignature.objects.all().delete()
    Head.objects.all().delete()
    LogEntry.objects.update(position=None)
    journal.seal(at=AT)


def test_an_altered_header_is_named():
    head = a_sealed_journal()
    countersigned(head)
    entry = LogEntry.objects.get(position=5)
    rewritten(entry)
    faults = {fault.code for fault in verify_log().faults}
    assert faults == {"journal-rewritten"}


def test_altered_facts_are_named():
    a_sealed_journal()
    entry = LogEntry.objects.get(position=6)
    facts = Facts.objects.get(entry=entry)
    facts.body = bytes(facts.body).replace(b'"number"', b'"numbor"')
    facts.save()
    (fault,) = verify_log().faults
    assert (fault.code, fault.position, fault.entry) == ("facts-altered", 6, str(entry.id))


def test_facts_that_are_gone_without_an_erasure_are_named():
    a_sealed_journal()
    Facts.objects.filter(entry__position=6).delete()
    assert [(fault.code, fault.position) for fault in verify_log().faults] == [("facts-missing", 6)]


def test_a_header_that_cannot_be_read_any_more_is_named():
    a_sealed_journal()
    LogEntry.objects.filter(position=6).update(header=b"{}")
    assert {"header-altered", "columns-altered", "facts-altered"} <= {fault.code for fault in verify_log().faults}


def test_edited_columns_are_named():
    a_sealed_journal()
    LogEntry.objects.filter(position=4).update(purpose="something-else")
    (fault,) = verify_log().faults
    assert (fault.code, fault.position) == ("columns-altered", 4)


def test_a_deleted_entry_is_named():
    a_sealed_journal()
    gone = LogEntry.objects.get(position=7)
    Facts.objects.filter(entry=gone).delete()
    gone.delete()
    faults = [(fault.code, fault.position) for fault in verify_log().faults]
    assert ("entry-missing", 7) in faults


def test_two_entries_swapped_are_noticed():
    a_sealed_journal()
    one, other = LogEntry.objects.get(position=5), LogEntry.objects.get(position=6)
    for entry, position in ((one, None), (other, 5), (one, 6)):
        LogEntry.objects.filter(id=entry.id).update(position=position)
    assert {fault.code for fault in verify_log().faults} == {"journal-rewritten"}


def test_a_truncated_journal_is_noticed():
    a_sealed_journal()
    Facts.objects.filter(entry__position__gte=8).delete()
    LogEntry.objects.filter(position__gte=8).delete()
    assert "journal-truncated" in {fault.code for fault in verify_log().faults}


def test_resigned_with_our_own_key_the_partner_still_knows():
    head = a_sealed_journal()
    said = Witnessed("Partner", head.log_id, head.size, bytes(head.root))
    rewritten(LogEntry.objects.get(position=5))
    resealed()
    assert verify_log().sound, "with our own key the log alone can be made to look right"
    (fault,) = verify_log(witnessed=[said]).faults
    assert (fault.code, fault.position, fault.detail) == ("journal-rewritten", head.size, "Partner")


def test_a_forged_countersignature_does_not_count():
    head = a_sealed_journal()
    public = countersigned(head)
    Countersignature.objects.update(public_key=new_signing_key()[1])
    assert "countersignature-broken" in {fault.code for fault in verify_log().faults}
    assert verify_log(witness_keys={vault.identity().node_id: public}).sound


def test_the_state_is_what_the_entries_say():
    a_node()
    a_household(of=3)
    assert compare_state().differences == ()


def test_an_edited_row_is_named():
    a_node()
    a_household(of=2)
    person = Person.objects.first()
    Person.objects.filter(id=person.id).update(father="Somebody else")
    (difference,) = compare_state().differences
    assert (difference.kind, difference.model, difference.key, difference.fields) == (
        "edited", "people.Person", str(person.id), ("father",)
    )


def test_an_added_row_and_a_missing_row_are_named():
    a_node()
    household = a_household(of=2)
    membership = household.memberships.exclude(relationship="head").get()
    membership.delete()
    assert [(d.kind, d.model) for d in compare_state().differences] == [("missing", "people.Membership")]


def test_a_hidden_reading_and_an_invented_one_are_named():
    """Who looked at whom stands in an index beside the entries: it must say what they say, no less and no more."""
    first = a_node()
    people = [membership.person_id for membership in a_household(of=3).memberships.all()]
    read = {"by": first.admin, "purpose": "registration", "page": "search", "at": AT}
    journal.record_read(people=people[:2], **read)
    with transaction.atomic():
        node = ("node", vault.identity().node_id)
        journal.record("person.disclosed", by=node, about=node, facts={"people": 2}, mentions=people[1:], at=AT)
    assert compare_state().differences == ()
    hidden = Mention.objects.get(person_id=people[0])
    hidden.delete()
    assert _wrong_mentions() == {("missing", f"{hidden.entry_id} {people[0]}")}
    hidden.save()
    sent = Mention.objects.get(person_id=people[2])
    Mention.objects.filter(pk=sent.pk).update(person_id=people[0])
    assert _wrong_mentions() == {
        ("added", f"{sent.entry_id} {people[0]}"), ("missing", f"{sent.entry_id} {people[2]}")
    }
    sent.save()
    enrolled = LogEntry.objects.filter(action="person.enrolled").first()
    Mention.objects.create(entry=enrolled, person_id=people[1])
    Mention.objects.create(entry_id=sent.entry_id, person_id=people[2])
    assert _wrong_mentions() == {
        ("added", f"{enrolled.id} {people[1]}"), ("added", f"{sent.entry_id} {people[2]}")
    }, "a second line for the same reading is one too many"


def _wrong_mentions() -> set[tuple[str, str]]:
    found = compare_state().differences
    assert {each.model for each in found} == {"journal.Mention"}
    return {(each.kind, each.key) for each in found}


def test_an_entry_older_than_the_rule_accuses_nobody():
    assert people_mentioned("person.disclosed", {"people": 2}) is None
    assert people_mentioned("person.enrolled", {}) == set()


def test_erasure_keeps_the_place_of_every_entry():
    a_node()
    household = a_household(of=2)
    person = household.memberships.exclude(relationship="head").get().person
    erase_person(operator=an_operator(Role.DPO), person_id=person.id, ground="asked for it", at=AT)
    journal.seal(at=AT)
    report = verify_log()
    assert report.sound and report.erased == 1
    with pytest.raises(vault.Shredded):
        vault.seal_for(person.id, b"anything")
    person.refresh_from_db()
    assert (person.given, person.status) == ("", "erased")
    comparison = compare_state()
    assert (comparison.differences, comparison.erased) == ((), 1), "an erased person's rows are not told from entries"


def test_reads_leave_one_line_with_everybody_they_showed():
    first = a_node()
    people = [membership.person_id for membership in a_household(of=3).memberships.all()]
    journal.record_read(
        by=first.admin,
        people=people,
        purpose="registration",
        page="search",
        at=AT,
        scope=Scope(site=first.site.id),
    )
    entry = LogEntry.objects.get(action="person.read")
    assert set(entry.mentions.values_list("person_id", flat=True)) == set(people)
