"""Plan and run an import: households in short transactions, so that a kill loses nothing and repeats nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator, Programme, Site
from gada.agencies.services import authorize
from gada.engine.refusal import Invalid, Refusal
from gada.people import rules
from gada.people.drafts import AnswerDraft, DocumentDraft, HouseholdDraft, PersonDraft
from gada.people.importing.reading import Row, cell_fault
from gada.people.models import Person
from gada.people.services import check_draft, enrol_households
from gada.people.words import (
    Answer,
    BirthSource,
    LegalBasis,
    Purpose,
    Recipient,
    Relationship,
    ResidenceStatus,
    Sex,
)

# About 50 people: on SQLite a bulk writer lets others write every 50 ms (design §5). On PostgreSQL nobody waits.
CHUNK_HOUSEHOLDS = {"sqlite": 10, "postgresql": 50}
YES = {"yes", "oui", "1", "true", "y", "o"}
SEXES = {"m": Sex.MALE, "h": Sex.MALE, "male": Sex.MALE, "f": Sex.FEMALE, "female": Sex.FEMALE, "femme": Sex.FEMALE}
RELATIONSHIPS, RECIPIENTS = frozenset(Relationship.values), frozenset(Recipient.values)
RESIDENCE_STATUSES = frozenset(ResidenceStatus.values)
# Field of a person → the column it came from.
OUR_COLUMNS = {
    "given": "given_name", "surname": "family_name", "father": "father_name", "mother": "mother_name", "phone": "phone",
    "kind": "document_type", "number": "document_number", "place": "place_pcode", "origin": "origin",
    "source_key": "registration_ref",
}


class Outcome(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    ALREADY = "already"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """One row: what becomes of it, and for a refusal its code and the column."""

    number: int
    reference: str
    outcome: Outcome
    code: str = ""
    column: str = ""


@dataclass(slots=True)
class ImportReport:
    """Outcomes in file order, and the people now known by their reference in the file."""

    outcomes: list[RowOutcome] = field(default_factory=list)
    people: dict[str, UUID] = field(default_factory=dict)
    households: int = 0

    def count(self, outcome: Outcome) -> int:
        return sum(line.outcome == outcome for line in self.outcomes)


def plan_table(rows: Sequence[Row], *, source: str) -> ImportReport:
    """The dry run: what would become of each row. Writes nothing."""
    return _plan(rows, source=source)[0]


def import_table(
    *,
    operator: Operator,
    site: Site,
    rows: Sequence[Row],
    source: str,
    at: datetime,
    programme: Programme | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Enrol every new household of the file. The same file again, or after a kill, adds only what is missing."""
    authorize(operator, "person.import", site=site, programme=programme)
    if not source.strip():
        raise Invalid("import-source", _("Say where this file comes from."))
    report, households = _plan(rows, source=source)
    size = CHUNK_HOUSEHOLDS[connection.vendor]
    for start in range(0, len(households), size):
        chunk = households[start : start + size]
        enrol_households(
            operator=operator, site=site, households=chunk, programme=programme, action="person.import",
            at=max(at, timezone.now()),
        )
        if progress:
            progress(start + len(chunk), len(households))
    report.households = len(households)
    report.people = _known(source, [row["registration_ref"] for row in rows])
    return report


def _plan(rows: Sequence[Row], *, source: str) -> tuple[ImportReport, list[HouseholdDraft]]:
    known = _known(source, [row["registration_ref"] for row in rows])
    twice = {ref for ref, count in Counter(row["registration_ref"] for row in rows).items() if count > 1}
    families: dict[str, list[tuple[Row, PersonDraft | RowOutcome]]] = {}
    for row in rows:
        families.setdefault(row["household_ref"] or f"alone-{row.number}", []).append((row, _judge(row, known, twice)))
    report, households = ImportReport(), []
    for key, members in families.items():
        drafts = [draft for _, draft in members if isinstance(draft, PersonDraft)]
        fault = _household_fault(drafts) if len(drafts) == len(members) or drafts else ""
        for row, draft in members:
            if isinstance(draft, RowOutcome):
                report.outcomes.append(draft)
            else:
                outcome = Outcome.REFUSED if fault else Outcome.NEW
                report.outcomes.append(RowOutcome(row.number, row["registration_ref"], outcome, fault))
        if drafts and not fault:
            households.append(_household(key, members[0][0], tuple(drafts), source))
    report.outcomes.sort(key=lambda line: line.number)
    return report, households


def _judge(row: Row, known: dict[str, UUID], twice: set[str]) -> PersonDraft | RowOutcome:
    reference = row["registration_ref"]
    if reference in known:
        return RowOutcome(row.number, reference, Outcome.ALREADY)
    if not reference or reference in twice:
        return RowOutcome(row.number, reference, Outcome.REFUSED, "import-reference", "registration_ref")
    if column := cell_fault(row):
        return RowOutcome(row.number, reference, Outcome.REFUSED, "import-cell", column)
    if not row["given_name"]:
        return RowOutcome(row.number, reference, Outcome.REFUSED, "name-missing", "given_name")
    try:
        draft = _person(row)
        check_draft(draft)
        rules.check_lengths({"place": row["place_pcode"] or row["place_name"], "origin": row["origin"]})
        rules.check_lengths({"source_key": row["household_ref"]})
    except Refusal as refusal:
        column = OUR_COLUMNS.get(str(refusal.facts.get("field", "")), "birth_date")
        return RowOutcome(row.number, reference, Outcome.REFUSED, refusal.code, column)
    return draft


def _person(row: Row) -> PersonDraft:
    relationship = row["relationship"] if row["relationship"] in RELATIONSHIPS else Relationship.OTHER_KIN
    estimated = row["birth_estimated"].casefold() in YES
    documents = (
        (DocumentDraft(row["document_type"] or "other", row["document_number"]),)
        if row["document_number"]
        else ()
    )
    return PersonDraft(
        given=row["given_name"],
        surname=row["family_name"],
        father=row["father_name"],
        mother=row["mother_name"],
        sex=SEXES.get(row["sex"].casefold(), Sex.UNKNOWN),
        birth=_birth(row["birth_date"], estimated=estimated),
        birth_source=BirthSource.ESTIMATED if estimated else BirthSource.DECLARED,
        relationship=relationship,
        recipient=Recipient.PRINCIPAL
        if relationship == Relationship.HEAD
        else row["recipient"]
        if row["recipient"] in RECIPIENTS
        else "",
        residence_status=row["residence_status"] if row["residence_status"] in RESIDENCE_STATUSES else "",
        phone=row["phone"],
        documents=documents,
        source_key=row["registration_ref"],
        answers=_answers(row),
    )


def _answers(row: Row) -> tuple[AnswerDraft, ...]:
    refused = {Purpose.PRINTS: row["refuses_prints"], Purpose.SHARING: row["refuses_sharing"]}
    return (AnswerDraft(Purpose.REGISTRATION, Answer.YES, LegalBasis.VITAL_INTEREST), *(
        AnswerDraft(purpose, Answer.NO if said.casefold() in YES else Answer.YES) for purpose, said in refused.items()
    ))


def _birth(text: str, *, estimated: bool) -> rules.Birth:
    if not text:
        return rules.birth_of()
    parts = text.split("-")
    try:
        numbers = [int(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) not in (1, 2, 3) or not 1900 <= numbers[0] <= 2100:
        raise Invalid("birth-date-impossible", _("This date does not exist. Check day and month."))
    return rules.birth_of(
        year=numbers[0], month=numbers[1] if len(numbers) > 1 else None, day=numbers[2] if len(numbers) > 2 else None,
        estimated=estimated,
    )


def _household_fault(drafts: Sequence[PersonDraft]) -> str:
    heads = sum(draft.relationship == Relationship.HEAD for draft in drafts)
    return "" if heads == 1 else "household-head"


def _household(key: str, row: Row, members: tuple[PersonDraft, ...], source: str) -> HouseholdDraft:
    return HouseholdDraft(
        members=members,
        place=row["place_pcode"] or row["place_name"],
        origin=row["origin"],
        source=source,
        source_key=key,
    )


def _known(source: str, references: Sequence[str]) -> dict[str, UUID]:
    known: dict[str, UUID] = {}
    for start in range(0, len(references), 500):
        part = references[start : start + 500]
        known.update(
            Person.objects.filter(source=source, source_key__in=part)
            .exclude(source_key="")
            .values_list("source_key", "id")
        )
    return known
