"""Files as agencies have them: good ones, the same one again, and everything that can be wrong with one."""

from __future__ import annotations

import pytest

from gada.journal.models import LogEntry
from gada.people.importing import Outcome, import_table, plan_table, read_table
from gada.people.models import Household, Person
from gada.people.queries import newest_answers
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
    ("prénom".encode("latin-1"), "import-encoding"),
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
