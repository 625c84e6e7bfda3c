"""Files as agencies have them: good ones, the same one again, and everything that can be wrong with one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from gada.engine.proof.ids import new_id
from gada.journal.models import LogEntry
from gada.people.importing import (
    Importer,
    Judge,
    Outcome,
    Reading,
    contents_of,
    families_of,
    import_families,
    import_table,
    plan_table,
    read_table,
)
from gada.people.models import Household, Person
from gada.people.queries import newest_answers
from gada.people.services import correct_person
from tests.world import AT, Role, a_node, an_operator, refused

HEADER = (
    "registration_ref,household_ref,relationship,given_name,family_name,sex,birth_date,birth_estimated,refuses_sharing"
)
GOOD = f"""{HEADER}
r1,h1,head,Amina,Diallo,F,1984-03-14,no,no
r2,h1,child,Moussa,Diallo,M,2010,yes,yes
r3,h2,head,Zeinabou,Issoufou,F,1985-01-01,no,no
""".encode()


def run(data: bytes, *, role: Role = Role.SUPERVISOR):
    site = a_node().site
    return import_table(operator=an_operator(role), site=site, rows=read_table(data), source="file of March", at=AT)


@pytest.mark.django_db
def test_a_clerk_may_not_import():
    with refused("not-permitted"):
        run(GOOD, role=Role.CLERK)


@pytest.mark.django_db
def test_a_good_file_becomes_households_with_their_answers():
    report = run(GOOD)
    assert (report.count(Outcome.NEW), Household.objects.count(), Person.objects.count()) == (3, 2, 3)
    moussa = Person.objects.get(given="Moussa")
    assert (moussa.birth_precision, str(moussa.birth_from)) == ("around", "2007-01-01")
    assert newest_answers([moussa.id], "sharing") == {moussa.id: "no"}
    assert Person.objects.get(given="Zeinabou").birth_precision == "year", "a bare 1 January is never a day"


@pytest.mark.django_db
def test_the_same_file_again_adds_nothing():
    run(GOOD)
    entries = LogEntry.objects.count()
    report = run(GOOD)
    assert report.count(Outcome.ALREADY) == 3
    assert (Person.objects.count(), set(report.people)) == (3, {"r1", "r2", "r3"})
    assert LogEntry.objects.filter(action="person.enrolled").count() == 3 and LogEntry.objects.count() >= entries


@pytest.mark.django_db
def test_after_a_kill_in_the_middle_the_rest_follows():
    rows = read_table(GOOD)
    run(b"\n".join(GOOD.splitlines()[:3]))
    assert Household.objects.count() == 1
    report = run(GOOD)
    assert (report.count(Outcome.ALREADY), report.count(Outcome.NEW), Household.objects.count()) == (2, 1, 2)
    assert len(rows) == 3


@pytest.mark.django_db
def test_a_dry_run_writes_nothing():
    a_node()
    report = plan_table(read_table(GOOD), source="file of March")
    assert report.count(Outcome.NEW) == 3 and not Person.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("line", "code", "column"), [
    ("r9,h9,head,=HYPERLINK(1),Diallo,F,1984,no,no", "import-cell", "given_name"),
    ("r9,h9,head,-cmd,Diallo,F,1984,no,no", "import-cell", "given_name"),
    ("r9,h9,head,Ali,Diallo,F,1984-02-31,no,no", "birth-date-impossible", "birth_date"),
    ("r9,h9,head,Ali,Diallo,F,hier,no,no", "birth-date-impossible", "birth_date"),
    ("r9,h9,head,,Diallo,F,1984,no,no", "name-missing", "given_name"),
    (",h9,head,Ali,Diallo,F,1984,no,no", "import-reference", "registration_ref"),
    ("r9,h9,child,Ali,Diallo,F,1984,no,no", "household-head", ""),
    (f"r9,h9,head,{'A' * 500},Diallo,F,1984,no,no", "import-cell", "given_name"),
    (f"r9,h9,head,{'A' * 81},Diallo,F,1984,no,no", "field-too-long", "given_name"),
    (f"r9,{'h' * 81},head,Ali,Diallo,F,1984,no,no", "field-too-long", "registration_ref"),
])
def test_a_bad_row_is_named_and_the_others_are_taken(line, code, column):
    report = run(GOOD + line.encode() + b"\n")
    (bad,) = [outcome for outcome in report.outcomes if outcome.outcome == Outcome.REFUSED]
    assert (bad.number, bad.code, bad.column) == (5, code, column)
    assert Person.objects.count() == 3


@pytest.mark.django_db
def test_a_reference_used_twice_is_refused_on_both_lines_and_the_family_waits_for_its_head():
    report = run(GOOD + b"r1,h5,head,Autre,Diallo,F,1984,no,no\n")
    codes = [outcome.code for outcome in report.outcomes if outcome.outcome == Outcome.REFUSED]
    assert codes == ["import-reference", "household-head", "import-reference"]
    assert Household.objects.count() == 1


@pytest.mark.parametrize(("data", "code"), [
    (b"pr\x81nom", "import-encoding"),
    (b"\x00\x01binary", "import-not-text"),
    (b"", "import-columns"),
    (b"given_name,household_ref\nAli,h1\n", "import-columns"),
    (HEADER.encode() + b",given_name\n", "import-columns-twice"),
    (HEADER.encode() + b'\nr1,h1,head,"Ali\n', "import-malformed"),
])
def test_a_bad_file_is_refused_whole(data, code):
    with refused(code):
        read_table(data)


def test_semicolons_and_a_byte_order_mark_are_fine():
    rows = read_table("\ufeff".encode() + GOOD.replace(b",", b";"))
    assert rows[0]["given_name"] == "Amina"


CORRECTED = GOOD.replace(b"r2,h1,child,Moussa,Diallo,M,2010,yes,yes", b"r2,h1,child,Moussa,Garba,M,2012,yes,yes")


@pytest.mark.django_db
def test_a_corrected_file_corrects_people_and_the_same_again_changes_nothing():
    run(GOOD)
    report = run(CORRECTED)
    assert (report.count(Outcome.CHANGED), report.count(Outcome.ALREADY), Person.objects.count()) == (1, 2, 3)
    moussa = Person.objects.get(source_key="r2")
    assert (moussa.surname, str(moussa.birth_from)) == ("Garba", "2009-01-01")
    entries = LogEntry.objects.filter(action="person.corrected").count()
    assert (run(CORRECTED).count(Outcome.ALREADY), entries) == (3, 1)
    assert LogEntry.objects.filter(action="person.corrected").count() == 1


@pytest.mark.django_db
def test_what_a_clerk_corrected_here_is_not_overwritten_by_the_old_file():
    run(GOOD)
    amina = Person.objects.get(source_key="r1")
    correct_person(
        operator=an_operator(Role.CLERK, name="Clerk"), person_id=amina.id, changes={"surname": "Maïga"}, saw={}, at=AT
    )
    report = run(GOOD)
    assert [(line.outcome, line.code) for line in report.outcomes if line.reference == "r1"] == [
        ("already", "import-kept")
    ]
    amina.refresh_from_db()
    assert amina.surname == "Maïga"


@pytest.mark.django_db
def test_a_newer_file_may_correct_what_a_file_corrected():
    site, operator = a_node().site, an_operator(Role.SUPERVISOR)
    importer = Importer(operator, site, "file of March", run=new_id())
    for data in (GOOD, CORRECTED, CORRECTED.replace(b"Moussa,Garba", b"Moussa,Issa")):
        rows = read_table(data)
        contents = contents_of(rows)
        import_families(
            list(families_of(rows, contents)),
            importer=importer,
            judge=Judge(Reading(), AT.date()),
            contents=contents,
            at=AT,
        )
    assert Person.objects.get(source_key="r2").surname == "Issa"


@pytest.mark.django_db
def test_somebody_new_in_a_family_that_is_here_joins_it_and_a_second_head_does_not():
    run(GOOD)
    report = run(GOOD + b"r8,h1,child,Nana,Diallo,F,2020,no,no\nr9,h2,head,Second,Issoufou,M,1980,no,no\n")
    assert (report.count(Outcome.NEW), report.count(Outcome.REFUSED)) == (1, 1)
    nana = Person.objects.get(given="Nana")
    assert (nana.source_key, nana.memberships.get().household.source_key, Household.objects.count()) == ("r8", "h1", 2)
    assert run(GOOD + b"r8,h1,child,Nana,Diallo,F,2020,no,no\n").count(Outcome.ALREADY) == 4


@pytest.mark.django_db
def test_forty_members_are_a_family_and_a_placeholder_for_everybody_is_not():
    lines = [f"m{n},h1,{'head' if n == 0 else 'child'},Ali{n},Diallo,M,2000,no,no" for n in range(40)]
    lines += [f"p{n},none,{'head' if n == 0 else 'child'},Issa{n},Diallo,M,2000,no,no" for n in range(61)]
    report = run("\n".join([HEADER, *lines]).encode())
    assert (report.count(Outcome.NEW), report.count(Outcome.REFUSED), Household.objects.count()) == (40, 61, 1)
    assert {line.code for line in report.outcomes if line.outcome == Outcome.REFUSED} == {"import-family-large"}


@pytest.mark.django_db
def test_two_heads_refuse_the_family_and_members_far_apart_in_the_file_find_each_other():
    report = run(
        f"{HEADER}\na1,h1,head,Ali,D,M,2000,no,no\nb1,h2,head,Issa,D,M,2000,no,no\nb2,h2,head,Sani,D,M,2000,no,no\n"
        "a2,h1,child,Fati,D,F,2010,no,no\n".encode()
    )
    assert [line.outcome for line in report.outcomes] == ["new", "refused", "refused", "new"]
    assert Household.objects.get().memberships.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_file_twice_at_once_registers_everybody_once(unlocked_vault):
    lines = [f"r{n}-{m},h{n},{'child' if m else 'head'},Ali{n},D{m},M,2000,no,no" for n in range(40) for m in range(2)]
    rows = read_table("\n".join([HEADER, *lines]).encode())
    site, operator = a_node().site, an_operator(Role.SUPERVISOR)

    def upload():
        try:
            return import_table(operator=operator, site=site, rows=rows, source="file", at=AT)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as both:
        reports = [job.result() for job in [both.submit(upload) for _ in range(2)]]
    assert (Household.objects.count(), Person.objects.count()) == (40, 80)
    assert sum(report.count(Outcome.NEW) for report in reports) == 80
    assert sum(report.count(Outcome.ALREADY) for report in reports) == 80
    assert reports[0].people == reports[1].people
