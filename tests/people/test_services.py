"""Writers of people: the outsider is refused first; then what each does, and what never happens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gada import vault
from gada.engine.proof.ids import new_id
from gada.journal import Entry, Scope, registry
from gada.journal.comparing import compare_state
from gada.journal.models import LogEntry
from gada.people import apply, rules
from gada.people.drafts import AnswerDraft, HouseholdDraft
from gada.people.features import features_of
from gada.people.models import Consent, Document, Household, Membership, Person, SearchKey
from gada.people.queries import (
    candidate_ids,
    household_for,
    households_in,
    may_use,
    newest_answers,
    people_in,
    person_for,
    registered_since,
    search_people,
)
from gada.people.services import (
    add_member,
    answer_purpose,
    correct_person,
    end_membership,
    enrol_household,
    enrol_households,
    erase_person,
    finish_erasures,
)
from tests.people.builders import a_household, a_member, a_person
from tests.world import AT, Role, a_node, a_site, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


def chen():
    """A clerk, supervisor and data-protection officer of another agency: everything here must refuse them."""
    return an_operator(Role.CLERK, Role.SUPERVISOR, Role.DPO, name="Chen", agency=an_agency())


def the_other(household: Household) -> Membership:
    return household.memberships.exclude(relationship="head").first()


def the_head(household: Household) -> Person:
    return household.memberships.get(relationship="head").person


# The outsider


def a_draft() -> HouseholdDraft:
    return HouseholdDraft(members=(a_member(head=True),))


OUTSIDER = {
    "enrol_household": lambda who, h: enrol_household(operator=who, site=h.site, household=a_draft(), at=AT),
    "enrol_households": lambda who, h: enrol_households(operator=who, site=h.site, households=[a_draft()], at=AT),
    "add_member": lambda who, h: add_member(operator=who, household=h, member=a_member(), at=AT),
    "correct_person": lambda who, h: correct_person(
        operator=who, person_id=the_other(h).person_id, changes={"given": "X"}, saw={}, at=AT
    ),
    "answer_purpose": lambda who, h: answer_purpose(
        operator=who, person_id=the_other(h).person_id, answer=AnswerDraft("sharing", "no"), at=AT
    ),
    "end_membership": lambda who, h: end_membership(
        operator=who, membership_id=the_other(h).id, reason="left", at=AT
    ),
    "erase_person": lambda who, h: erase_person(
        operator=who, person_id=the_other(h).person_id, ground="asked", at=AT
    ),
}


@pytest.mark.parametrize("service", OUTSIDER)
def test_the_outsider_is_refused_and_nothing_is_written(service):
    household, stranger = a_household(), chen()
    before = LogEntry.objects.count(), Person.objects.count()
    with refused("not-permitted"):
        OUTSIDER[service](stranger, household)
    assert (LogEntry.objects.count(), Person.objects.count()) == before


@pytest.mark.parametrize("service", OUTSIDER)
def test_whoever_only_audits_changes_nothing(service):
    household, auditor = a_household(), an_operator(Role.AUDITOR)
    with refused("not-permitted"):
        OUTSIDER[service](auditor, household)


def test_a_clerk_of_one_site_is_an_outsider_at_the_next():
    here, there = a_site(), a_site()
    household = a_household(site=here)
    clerk = an_operator(Role.CLERK, site=there)
    with refused("not-permitted"):
        OUTSIDER["add_member"](clerk, household)
    assert not people_in(clerk).exists() and not households_in(clerk).exists()


def test_chen_sees_nothing():
    household, stranger = a_household(), chen()
    member = the_other(household).person
    assert not people_in(stranger).exists() and not households_in(stranger).exists()
    for text in (member.number, household.number, member.given, member.surname):
        assert search_people(stranger, text) == []
    with refused("person-unknown"):
        person_for(stranger, member.id)
    with refused("household-unknown"):
        household_for(stranger, household.id)
    assert registered_since(stranger, AT - timedelta(days=1)) == {"households": 0, "people": 0, "refused_prints": 0}


# Enrolment


def test_a_household_is_registered_whole_with_one_entry_each():
    household = a_household(of=4)
    assert Person.objects.count() == 4 and household.memberships.filter(relationship="head").count() == 1
    assert LogEntry.objects.filter(action="person.enrolled").count() == 4
    assert LogEntry.objects.filter(action="household.enrolled").count() == 1
    assert {len(person.number) for person in Person.objects.all()} == {11}
    assert set(may_use(Person.objects.values_list("id", flat=True), "sharing")) == set(
        Person.objects.values_list("id", flat=True)
    )


@pytest.mark.parametrize(("members", "code"), [
    ((), "household-empty"),
    ((a_member(),), "household-head"),
    ((a_member(head=True), a_member(head=True)), "household-head"),
    ((a_member(head=True), a_member(recipient="principal")), "household-principal"),
    ((a_member(head=True, given="  "),), "name-missing"),
])
def test_an_impossible_household_leaves_nothing(members, code):
    site = a_node().site
    clerk = an_operator(Role.CLERK)
    good = HouseholdDraft(members=(a_member(head=True),))
    with refused(code):
        enrol_households(operator=clerk, site=site, households=[good, HouseholdDraft(members=members)], at=AT)
    assert not Household.objects.exists() and not Person.objects.exists()


def test_names_are_tidied_and_numbers_typed_again_are_found():
    person = a_person(given="  Aïcha   Fatou ", phone="+227 90 00 11 22")
    assert (person.given, person.phone) == ("Aïcha Fatou", "+22790001122")
    clerk = an_operator(Role.CLERK)
    typed = person.number.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    for text in (person.number, typed, "9000 1122", "aicha"):
        assert person in search_people(clerk, text), text


def test_a_number_never_ends_in_a_letter_that_is_read_as_another():
    numbers = {rules.new_number() for _ in range(2000)}
    assert len(numbers) == 2000
    for number in numbers:
        assert rules.read_number(number) == number


@pytest.mark.parametrize("change", [
    lambda n: n[:-1] + ("2" if n[-1] != "2" else "3"), lambda n: n[1] + n[0] + n[2:], lambda n: n[:-1],
])
def test_a_mistyped_number_is_noticed(change):
    number = next(n for n in iter(rules.new_number, None) if n[0] != n[1])
    with refused("number-mistyped"):
        rules.read_number(change(number))


# Corrections


def test_a_correction_names_the_version_it_saw_and_a_conflict_is_refused():
    person, clerk = a_person(given="Amina"), an_operator(Role.CLERK)
    change = {"operator": clerk, "person_id": person.id}
    fixed = correct_person(**change, changes={"given": "Aminatou"}, saw={"given": ""}, at=AT)
    assert fixed.given == "Aminatou" and fixed.versions["given"]
    with refused("changed-meanwhile"):
        correct_person(operator=clerk, person_id=person.id, changes={"given": "Ami"}, saw={"given": ""}, at=LATER)
    other = correct_person(**change, changes={"father": "Issa"}, saw={"father": ""}, at=LATER)
    assert (other.given, other.father) == ("Aminatou", "Issa"), "another field is no conflict"
    again = correct_person(
        operator=clerk, person_id=person.id, changes={"given": "Ami"}, saw={"given": fixed.versions["given"]}, at=LATER
    )
    assert again.given == "Ami"
    assert compare_state().differences == ()


def test_a_corrected_name_is_found_and_the_old_one_no_more():
    person, clerk = a_person(given="Zeinabou"), an_operator(Role.CLERK)
    correct_person(operator=clerk, person_id=person.id, changes={"given": "Ramatou"}, saw={}, at=AT)
    assert search_people(clerk, "Ramatou") and not search_people(clerk, "Zeinabou")


@pytest.mark.parametrize(("changes", "code"), [
    ({"number": "1234"}, "field-unknown"), ({"site": "x"}, "field-unknown"),
    ({"sex": "Q"}, "field-invalid"), ({"given": ""}, "field-invalid"), ({"given": "x" * 81}, "field-invalid"),
    ({"phone": "9" * 30}, "field-invalid"), ({"birth_from": "2001-02-31"}, "field-invalid"),
    ({"birth_from": "2001-02-03"}, "birth-interval"),
    ({"birth_from": "2002-01-01", "birth_to": "2001-01-01"}, "birth-interval"),
    ({"photo": "not an id"}, "field-invalid"), ({"needs_protection": "perhaps"}, "field-invalid"),
    ({"status": "erased"}, "field-unknown"), ({"father": 7.5}, "field-invalid"),
])
def test_an_impossible_correction_is_refused(changes, code):
    person, clerk = a_person(), an_operator(Role.SUPERVISOR, Role.CLERK)
    with refused(code):
        correct_person(operator=clerk, person_id=person.id, changes=changes, saw={}, at=AT)
    assert Person.objects.get(id=person.id).versions == {}


def test_protection_is_for_supervisors():
    person = a_person()
    with refused("not-permitted"):
        correct_person(
            operator=an_operator(Role.CLERK), person_id=person.id, changes={"needs_protection": True}, saw={}, at=AT
        )
    done = correct_person(
        operator=an_operator(Role.SUPERVISOR), person_id=person.id, changes={"needs_protection": True}, saw={}, at=AT
    )
    assert done.needs_protection


def a_correction(person: Person, changes: dict, *, lamport: int, author: int = 1) -> Entry:
    node = new_id()
    author_id = type(node)(int=author)
    return Entry(
        id=new_id(), log=node, author=author_id, action="person.corrected", schema=1, about=("person", person.id),
        by=("operator", node), scope=Scope(), purpose="registration", case=None, lamport=lamport, happened_at=AT,
        recorded_at=AT, facts={"schema": 1, "changes": changes, "saw": {}}, subject=person.id,
    )


CHANGES = st.lists(
    st.tuples(
        st.dictionaries(
            st.sampled_from(["given", "surname", "father", "sex", "phone"]), st.sampled_from(["A", "B", "C", "F", "M"]),
            min_size=1, max_size=3,
        ),
        st.integers(1, 6), st.integers(1, 3),
    ),
    min_size=2, max_size=4, unique_by=lambda change: change[1:],
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_corrections_give_the_same_person_in_any_order_however_often(changes):
    with transaction.atomic():
        person = a_person()
        entries = [
            a_correction(person, values, lamport=lamport, author=author) for values, lamport, author in changes
        ]
        seen = set()
        for order in permutations(entries):
            Person.objects.filter(id=person.id).update(versions={}, **{
                name: getattr(person, name) for name in ("given", "surname", "father", "sex", "phone")
            })
            for entry in (*order, order[0]):
                apply.people_corrected([entry])
            row = Person.objects.get(id=person.id)
            keys = tuple(sorted(SearchKey.objects.filter(person=person).values_list("key", flat=True)))
            fields = tuple(getattr(row, name) for name in ("given", "surname", "father", "sex", "phone"))
            seen.add((fields, tuple(sorted(row.versions.items())), keys))
        assert len(seen) == 1
        transaction.set_rollback(True)


def test_applying_an_enrolment_twice_is_applying_it_once():
    from gada.journal.reading import entry_of, open_entries

    a_household(of=3)
    counts = [model.objects.count() for model in (Household, Person, Membership, Document, Consent, SearchKey)]
    for action in ("household.enrolled", "person.enrolled"):
        rows = LogEntry.objects.filter(action=action).order_by("-lamport")
        entries = [entry_of(opened) for opened in open_entries(rows)]
        made = registry.APPLY[action](entries)
        assert [row.id for row in made] == [entry.about[1] for entry in entries]
    assert counts == [model.objects.count() for model in (Household, Person, Membership, Document, Consent, SearchKey)]


# Answers


def test_the_newest_answer_counts_and_none_is_lost():
    person, clerk = a_person(), an_operator(Role.CLERK)
    for answer in ("no", "yes", "objected", "withdrawn"):
        answer_purpose(operator=clerk, person_id=person.id, answer=AnswerDraft("sharing", answer), at=AT)
        assert newest_answers([person.id], "sharing") == {person.id: answer}
        assert may_use([person.id], "sharing", default=True) == ({person.id} if answer == "yes" else set())
    assert Consent.objects.filter(person=person, purpose="sharing").count() == 5
    assert may_use([person.id], "prints") == {person.id}, "one purpose says nothing about another"


@pytest.mark.parametrize("answer", [
    AnswerDraft("everything", "yes"), AnswerDraft("sharing", "perhaps"), AnswerDraft("sharing", "no", basis="because"),
    AnswerDraft("sharing", "no", reason="x" * 201),
])
def test_an_answer_is_one_of_the_list(answer):
    person = a_person()
    with refused("answer-invalid"):
        answer_purpose(operator=an_operator(Role.CLERK), person_id=person.id, answer=answer, at=AT)


def test_an_officer_for_data_protection_records_an_objection():
    person = a_person()
    objection = AnswerDraft("sharing", "objected")
    answer_purpose(operator=an_operator(Role.DPO), person_id=person.id, answer=objection, at=AT)
    assert may_use([person.id], "sharing") == set()


# Membership


def test_a_newborn_joins_with_an_entry_of_their_own():
    household, clerk = a_household(of=2), an_operator(Role.CLERK)
    child = add_member(operator=clerk, household=household, member=a_member(given="Nana"), at=LATER)
    assert household_for(clerk, household.id).open_memberships[-1].person == child
    assert person_for(clerk, child.id).memberships.get().since == LATER


@pytest.mark.parametrize(("member", "code"), [
    (a_member(head=True), "household-head"), (a_member(recipient="principal"), "household-principal"),
    (a_member(given=" "), "name-missing"), (a_member(father="x" * 121), "field-too-long"),
])
def test_a_second_head_a_second_principal_and_the_nameless_are_refused(member, code):
    household = a_household(of=2)
    with refused(code):
        add_member(operator=an_operator(Role.CLERK), household=household, member=member, at=LATER)
    assert household.memberships.count() == 2


def test_who_leaves_keeps_their_history():
    household, clerk = a_household(of=3), an_operator(Role.CLERK)
    leaving = the_other(household)
    ended = end_membership(operator=clerk, membership_id=leaving.id, reason="moved away", at=LATER)
    assert ended.until == LATER
    assert leaving.person_id not in {m.person_id for m in household_for(clerk, household.id).open_memberships}
    assert person_for(clerk, leaving.person_id).memberships.count() == 1
    assert household_for(clerk, household.id).member_count == 2
    with refused("membership-ended"):
        end_membership(operator=clerk, membership_id=leaving.id, reason="again", at=LATER)


# Erasure


def test_an_erased_person_leaves_an_id_a_number_and_the_fact():
    household = a_household(of=2, members=(a_member(head=True), a_member(given="Balkissa", phone="+22791112233")))
    person, dpo = the_other(household).person, an_operator(Role.DPO)
    sealed = vault.seal_for(person.id, b"something kept elsewhere")
    erase_person(operator=dpo, person_id=person.id, ground="asked", at=LATER)
    person.refresh_from_db()
    assert (person.given, person.phone, person.birth_from, person.custom, person.status) == ("", "", None, {}, "erased")
    assert not SearchKey.objects.filter(person=person).exists() and not Document.objects.filter(person=person).exists()
    assert search_people(dpo, "Balkissa") == [] and search_people(dpo, person.number) == []
    with refused("data-erased"):
        vault.open_for(person.id, sealed)
    with refused("person-unknown"):
        person_for(dpo, person.id)
    assert compare_state().differences == ()


def test_nothing_is_written_about_somebody_erased():
    person, everybody = a_person(), an_operator(Role.DPO, Role.CLERK)
    erase_person(operator=everybody, person_id=person.id, ground="asked", at=LATER)
    for write in (
        lambda: correct_person(operator=everybody, person_id=person.id, changes={"given": "X"}, saw={}, at=LATER),
        lambda: answer_purpose(operator=everybody, person_id=person.id, answer=AnswerDraft("sharing", "no"), at=LATER),
        lambda: erase_person(operator=everybody, person_id=person.id, ground="twice", at=LATER),
    ):
        with refused("person-unknown"):
            write()


def test_an_erasure_cut_off_before_the_key_went_is_finished(monkeypatch):
    person = a_person()
    with monkeypatch.context() as power:
        power.setattr(vault, "shred", lambda people: 0)  # it went here
        erase_person(operator=an_operator(Role.DPO), person_id=person.id, ground="asked", at=LATER)
    assert vault.data_keys([person.id])
    assert finish_erasures() == 1 and not vault.data_keys([person.id])
    assert finish_erasures() == 0


# The database itself


@pytest.mark.parametrize("breach", [
    lambda h: Membership.objects.filter(id=the_other(h).id).update(relationship="head"),
    lambda h: Membership.objects.filter(id=the_other(h).id).update(recipient="principal"),
    lambda h: Person.objects.filter(id=the_other(h).person_id).update(birth_from="2020-01-01", birth_to="2019-01-01"),
    lambda h: Person.objects.filter(id=the_other(h).person_id).update(number=the_head(h).number),
    lambda h: Membership.objects.create(
        id=new_id(), person_id=the_other(h).person_id, household=h, relationship="child", since=datetime.now(UTC)
    ),
])
def test_the_database_refuses_what_no_service_would_do(breach):
    household = a_household()
    with pytest.raises(IntegrityError), transaction.atomic():
        breach(household)


def test_a_reference_of_a_file_belongs_to_one_person():
    members = (a_member(head=True, source_key="r1"),)
    a_household(members=members, source_key="h1")
    with pytest.raises(IntegrityError), transaction.atomic():
        a_household(members=(a_member(head=True, source_key="r1"),), source_key="h2")


# Finding


def test_the_same_person_again_is_a_candidate_and_most_shared_keys_come_first():
    person = a_person(given="Hadiza", surname="Maïga", father="Moussa Maïga", mother="Rakia Garba")
    a_household(of=5)
    found = candidate_ids(features_of(person, place="NE003"))
    assert found[0] == person.id


def test_figures_of_the_day():
    no_prints = (AnswerDraft("prints", "no"),)
    household = a_household(members=(a_member(head=True), a_member(answers=no_prints), a_member(answers=no_prints)))
    clerk = an_operator(Role.CLERK)
    answer_purpose(operator=clerk, person_id=the_head(household).id, answer=AnswerDraft("sharing", "no"), at=AT)
    assert registered_since(clerk, AT - timedelta(hours=1)) == {"households": 1, "people": 3, "refused_prints": 2}
    assert registered_since(clerk, AT + timedelta(hours=1)) == {"households": 0, "people": 0, "refused_prints": 0}
