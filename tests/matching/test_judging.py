"""A judgement links and is undone; everything follows, nothing is lost."""

from __future__ import annotations

import random
from uuid import UUID

import pytest
from django.db import transaction

from gada.engine.linkage.linked import smallest_of_linked
from gada.journal import registry
from gada.journal.models import LogEntry
from gada.journal.reading import entry_of, open_entries
from gada.matching.models import CanonicalHousehold, CanonicalPerson, Case, HouseholdLink, Judgement
from gada.matching.queries import (
    canonical_household_of,
    canonical_of,
    case_for,
    cases_decided_for,
    judgements_of,
    linked_people,
    open_cases_for,
)
from gada.matching.rules import Part, household_links, joined_households
from gada.matching.services import check_person, judge_case, undo_judgement
from gada.people.models import Membership, Person
from gada.people.services import erase_person
from tests.biometrics.builders import household
from tests.matching.builders import MOUSSA, first_moussa, moussa_twice, second_moussa, the_case
from tests.people.builders import a_member
from tests.world import AT, Role, a_site, an_agency, an_operator, refused

pytestmark = pytest.mark.django_db


def home(person: Person) -> UUID:
    return person.memberships.get().household_id


def said(case: UUID, verdict: str = "same") -> Judgement:
    return judge_case(operator=an_operator(Role.ADJUDICATOR), case_id=case, verdict=verdict, reason="vu", at=AT)


def same(case: UUID, verdict: str = "same") -> Judgement:
    """Decided for good: by a second reader, too, where that is needed. Returns the first judgement."""
    judgement = said(case, verdict)
    if judgement.waits and judgement.second_of is None:
        said(case, verdict)
    judgement.refresh_from_db()
    return judgement


def undo(judgement: Judgement) -> Judgement:
    return undo_judgement(operator=an_operator(Role.ADJUDICATOR), judgement_id=judgement.id, reason="erreur", at=AT)


def test_outsiders_neither_see_nor_judge_nor_undo() -> None:
    _first, second, result = moussa_twice()
    case = result.findings[0].case
    chen = an_operator(Role.ADJUDICATOR, Role.SUPERVISOR, name="Chen", agency=an_agency())
    elsewhere = an_operator(Role.ADJUDICATOR, site=a_site())
    amina, bakr = an_operator(Role.CLERK, name="Amina"), an_operator(Role.SUPERVISOR, name="Bakr")
    for outsider in (chen, elsewhere, amina, bakr):
        with refused("not-permitted"):
            judge_case(operator=outsider, case_id=case, verdict="same", reason="", at=AT)
    for outsider in (chen, elsewhere, amina):
        with refused("case-unknown"):
            case_for(outsider, case)
        assert not open_cases_for(outsider).exists() and not cases_decided_for(outsider).exists()
    assert case_for(bakr, case).right == second  # a supervisor sees, an adjudicator decides
    judgement = same(case)
    for outsider in (chen, elsewhere, amina, bakr):
        with refused("not-permitted"):
            undo_judgement(operator=outsider, judgement_id=judgement.id, reason="", at=AT)


def test_judged_undone_judged_again() -> None:
    first, second, _result = moussa_twice()
    case, homes = the_case(), [home(first), home(second)]
    before = list(Person.objects.order_by("id").values()), list(Membership.objects.order_by("id").values())
    assert canonical_of([first.id, second.id]) == {first.id: first.id, second.id: second.id}
    for _round in range(2):
        judgement = same(case.id)
        case.refresh_from_db()
        agreed = judgements_of(case).get(second_of=judgement.id)
        assert (case.status, case.verdict, case.standing) == ("decided", "same", agreed.id)
        assert canonical_of([first.id, second.id]) == {first.id: first.id, second.id: first.id}
        assert linked_people(second) == linked_people(first.id) == [first.id, second.id]
        assert canonical_household_of(homes) == {homes[0]: homes[0], homes[1]: homes[0]}
        with refused("case-decided"):
            same(case.id)
        undo(judgement)
        case.refresh_from_db()
        assert (case.status, case.verdict, case.standing) == ("open", "", None)
        assert canonical_household_of(homes) == {id_: id_ for id_ in homes}
        assert linked_people(second) == [second.id]
        with refused("judgement-undone"):
            undo(judgement)
    assert judgements_of(case).count() == 4
    after = list(Person.objects.order_by("id").values()), list(Membership.objects.order_by("id").values())
    assert after == before  # a judgement links records, it never rewrites them


def facts_of(action: str) -> dict:
    row = LogEntry.objects.filter(action=action).latest("lamport")
    (opened,) = open_entries([row])
    return opened.facts


def test_entries_say_which_households_change_hands() -> None:
    first, second, _result = moussa_twice()
    older, younger = str(home(first)), str(home(second))
    judgement = same(the_case().id)
    facts = facts_of("case.judged")
    assert facts["households"] == [{"id": younger, "before": younger, "after": older}]
    assert facts["people"] == [{"id": str(second.id), "before": str(second.id), "after": str(first.id)}]
    undo(judgement)
    facts = facts_of("case.judgement_undone")
    assert facts["households"] == [{"id": younger, "before": older, "after": younger}]
    assert facts["people"] == [{"id": str(second.id), "before": str(first.id), "after": str(second.id)}]


def test_different_is_remembered() -> None:
    first, second, _result = moussa_twice()
    same(the_case().id, "different")
    again = check_person(person=second, at=AT)
    assert again.outcome == "unique" and again.findings[0].status == "decided" and not again.findings[0].is_new
    assert not open_cases_for(an_operator(Role.ADJUDICATOR)).exists()
    assert cases_decided_for(an_operator(Role.ADJUDICATOR)).count() == 1
    assert canonical_of([first.id, second.id]) == {first.id: first.id, second.id: second.id}


def test_not_sure_waits_for_somebody_else() -> None:
    _first, _second, _result = moussa_twice()
    case = the_case()
    same(case.id, "unsure")
    case.refresh_from_db()
    assert (case.status, case.verdict) == ("open", "unsure")
    assert open_cases_for(an_operator(Role.ADJUDICATOR)).get() == case
    same(case.id)
    case.refresh_from_db()
    assert case.status == "decided"


def test_nonsense_is_refused() -> None:
    _first, second, _result = moussa_twice()
    case = the_case()
    with refused("verdict-unknown"):
        same(case.id, "maybe")
    with refused("case-unknown"):
        same(second.id)
    with refused("judgement-unknown"):
        undo_judgement(operator=an_operator(Role.ADJUDICATOR), judgement_id=case.id, reason="", at=AT)
    with refused("reason-too-long"):
        judge_case(operator=an_operator(Role.ADJUDICATOR), case_id=case.id, verdict="same", reason="x" * 501, at=AT)
    erase_person(operator=an_operator(Role.DPO), person_id=second.id, ground="demande", at=AT)
    assert not open_cases_for(an_operator(Role.ADJUDICATOR)).exists()
    with refused("person-not-active"):
        same(case.id)


def three_moussas() -> dict[frozenset[UUID], UUID]:
    """Cases by pair, for three registrations."""
    people = [first_moussa(), second_moussa(), first_moussa(given="Mamadou", others=0)]
    for person in people:
        check_person(person=person, at=AT)
    return {frozenset((case.left_id, case.right_id)): case.id for case in Case.objects.all()}


def test_three_are_one_over_the_middle_and_apart_again() -> None:
    cases = three_moussas()
    a, b, c = sorted({id_ for pair in cases for id_ in pair})
    ab, bc = same(cases[frozenset((a, b))]), same(cases[frozenset((b, c))])
    assert linked_people(c) == [a, b, c]
    with refused("contradicts-same"):
        same(cases[frozenset((a, c))], "different")
    undo(ab)
    assert linked_people(c) == [b, c] and linked_people(a) == [a]
    same(cases[frozenset((a, c))], "different")
    with refused("contradicts-different"):
        same(cases[frozenset((a, b))])
    undo(bc)
    assert not CanonicalPerson.objects.exists() and not CanonicalHousehold.objects.exists()


def test_entries_in_any_order_give_the_same_rows() -> None:
    cases = list(three_moussas().values())
    first = same(cases[0])
    undo(first)
    same(cases[0])
    undo(same(cases[1]))
    said(cases[1])
    undo(said(cases[1], "different"))
    said(cases[1], "unsure")
    said(cases[2], "unsure")
    models = (Case, Judgement, HouseholdLink, CanonicalPerson, CanonicalHousehold)

    def rows() -> list:
        return [list(model.objects.order_by("pk").values()) for model in models]

    expected = rows()
    actions = ("case.opened", "case.weighed", "case.judged", "case.judgement_undone")
    logged = LogEntry.objects.filter(action__in=actions).order_by("lamport")
    entries = [entry_of(opened) for opened in open_entries(logged)]
    for seed in range(12):
        shuffled = [*entries, *entries[:3]]  # any repetition, too
        random.Random(seed).shuffle(shuffled)
        for model in reversed(models):
            model.objects.all().delete()
        for entry in shuffled:
            registry.APPLY[entry.action]([entry])
        assert rows() == expected, seed


def test_a_judgement_rolled_back_leaves_nothing() -> None:
    moussa_twice()
    with pytest.raises(RuntimeError), transaction.atomic():
        same(the_case().id)
        raise RuntimeError("killed here")
    assert the_case().status == "open" and not Judgement.objects.exists() and not CanonicalPerson.objects.exists()
    assert not LogEntry.objects.filter(action="case.judged").exists()


def test_members_of_one_household_are_two_people() -> None:
    """Linked by a case opened before they came to live together."""
    first, second, _result = moussa_twice()
    case = the_case().id
    here = {"household": home(first), "relationship": "child", "recipient": ""}
    Membership.objects.filter(person=second).update(**here)
    with refused("same-household"):
        same(case)


def test_a_child_counted_twice_does_not_join_two_families() -> None:
    ids = sorted(UUID(int=n) for n in range(1, 5))
    child_here, child_there = Part(ids[0], False, 5), Part(ids[1], False, 3)
    (link,) = household_links([child_here], [child_there])
    assert link.needed == 2 and joined_households([link]) == {}
    assert joined_households([link, link]) == {ids[0]: ids[0], ids[1]: ids[0]}
    (alone,) = household_links([child_here], [Part(ids[1], True, 1)])
    assert alone.needed == 1  # spouse there, alone here: the same mouth twice
    (heads,) = household_links([Part(ids[3], True, 5)], [Part(ids[2], True, 6)])
    assert (heads.needed, heads.left, heads.right) == (1, ids[2], ids[3])
    assert household_links([child_here], [child_here]) == []


def test_linked_sets_do_not_depend_on_order() -> None:
    pairs = [(1, 2), (5, 4), (2, 3), (9, 9)]
    assert smallest_of_linked(pairs) == smallest_of_linked(reversed(pairs)) == {1: 1, 2: 1, 3: 1, 4: 4, 5: 4, 9: 9}


def test_the_queue_puts_first_what_may_change_aid() -> None:
    first_moussa()
    head = second_moussa()
    check_person(person=head, at=AT)
    child = household(members=(a_member(head=True), a_member(**MOUSSA | {"given": "Mahamadou"}))).memberships.get(
        relationship="child"
    ).person
    check_person(person=child, at=AT)
    cases = list(open_cases_for(an_operator(Role.ADJUDICATOR)))
    assert len(cases) == 3
    assert [case.priority // 1000 for case in cases] == [2, 1, 1]
