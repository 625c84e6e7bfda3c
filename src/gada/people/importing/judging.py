"""A row of a file as the draft of a person: sexes, relationships, dates and ages as agencies write them."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from gada.engine.refusal import Invalid
from gada.people import rules
from gada.people.births import OLDEST
from gada.people.drafts import AnswerDraft, DocumentDraft, PersonDraft
from gada.people.importing.columns import Reading, fold, known_words
from gada.people.importing.reading import Row
from gada.people.words import (
    Answer,
    BirthPrecision,
    BirthSource,
    LegalBasis,
    Purpose,
    Recipient,
    Relationship,
)

MOST_WORDS: Final = 50  # unknown words of a column that are remembered to be shown
MONTHS: Final = {
    name: number
    for number, names in enumerate((
        "jan janv janvier january", "feb fev fevr fevrier february", "mar mars march", "apr avr avril april",
        "may mai", "jun juin june", "jul juil juillet july", "aug aou aout august", "sep sept septembre september",
        "oct octobre october", "nov novembre november", "dec decembre december",
    ), start=1)
    for name in names.split()
}
TYPED_DOCUMENTS: Final = tuple(
    (f"document_type{end}", f"document_number{end}") for end in ("", "_2", "_3")
)
ONE_KIND: Final = tuple(
    f"document:{kind}"
    for kind in ("national-id", "voter-card", "passport", "birth-certificate", "refugee-card", "other")
)
IMPOSSIBLE: Final = _("This date does not exist. Check day and month.")


@dataclass(slots=True)
class Judge:
    """Reads rows as `reading` says, on `today`; collects the words of closed lists that it does not know."""

    reading: Reading
    today: date
    unknown: dict[str, Counter[str]] = field(default_factory=dict)

    def person(self, row: Row) -> PersonDraft:
        """Raises Invalid for what cannot be a person."""
        estimated = self._yes(row["birth_estimated"])
        birth, source = self._born(row, estimated=estimated)
        relationship = self._word("relationship", row["relationship"]) or Relationship.OTHER_KIN
        given, surname = _names(row)
        return PersonDraft(
            given=given, surname=surname, father=row["father_name"], mother=row["mother_name"],
            sex=self._word("sex", row["sex"]), birth=birth, birth_source=source, relationship=relationship,
            recipient=self._recipient(row, relationship), nationality=_country(row["nationality"]),
            residence_status=self._word("residence_status", row["residence_status"]), phone=row["phone"],
            phone_is_safe=not row["phone_is_safe"] or self._yes(row["phone_is_safe"]),
            needs_protection=self._yes(row["needs_protection"]), unaccompanied=self._yes(row["unaccompanied"]),
            documents=self._documents(row), source_key=row["registration_ref"], answers=self._answers(row),
            custom={**_exported(row["person_custom"]), **row.custom},
        )

    def _word(self, column: str, said: str) -> str:
        """Our word for theirs; empty, and remembered, where there is none."""
        if not said:
            return ""
        own = self.reading.words.get(column)
        folded = fold(said)
        found = own.get(folded) if own else None
        if found is None:
            found = known_words()[column].get(folded)
        if found is None:
            seen = self.unknown.setdefault(column, Counter())
            if said in seen or len(seen) < MOST_WORDS:
                seen[said] += 1
            return ""
        return found

    def _yes(self, said: str) -> bool:
        return bool(said) and known_words()["yes"].get(fold(said)) == "yes"

    def _recipient(self, row: Row, relationship: str) -> str:
        said = self._word("recipient", row["recipient"])
        if "recipient" in row.places and (said or relationship != Relationship.HEAD):
            return said
        return Recipient.PRINCIPAL if relationship == Relationship.HEAD else ""

    def _documents(self, row: Row) -> tuple[DocumentDraft, ...]:
        typed = [
            DocumentDraft(self._word("document_type", row[kind]) or row[kind] or "other", row[number])
            for kind, number in TYPED_DOCUMENTS if number in row.places and row[number]
        ]
        named = [
            DocumentDraft(column.partition(":")[2], row[column])
            for column in ONE_KIND if column in row.places and row[column]
        ]
        return (*typed, *named)

    def _answers(self, row: Row) -> tuple[AnswerDraft, ...]:
        if row["answers"]:
            said = _exported(row["answers"])
            return tuple(AnswerDraft(purpose, *map(str, rest)) for purpose, rest in said.items())
        refused = {Purpose.PRINTS: row["refuses_prints"], Purpose.SHARING: row["refuses_sharing"]}
        if "refuses_photo" in row.places:
            refused[Purpose.PHOTO] = row["refuses_photo"]
        return (AnswerDraft(Purpose.REGISTRATION, Answer.YES, LegalBasis.VITAL_INTEREST), *(
            AnswerDraft(purpose, Answer.NO if self._yes(said) else Answer.YES) for purpose, said in refused.items()
        ))

    def _born(self, row: Row, *, estimated: bool) -> tuple[rules.Birth, str]:
        if row["birth_from"] and row["birth_to"]:
            known = "birth_source" in row.places and row["birth_source"] in ("", *BirthSource.values)
            source = row["birth_source"] if known else _source(estimated=estimated)
            return _interval(row["birth_from"], row["birth_to"]), source
        if row["birth_date"]:
            birth = date_of(row["birth_date"], day_first=self.reading.day_first, estimated=estimated)
            self._check(birth)
            return birth, _source(estimated=estimated)
        if row["age"]:
            return self._aged(row["age"]), BirthSource.ESTIMATED
        return rules.birth_of(), BirthSource.DECLARED

    def _aged(self, text: str) -> rules.Birth:
        years = re.match(r"\d+", text)
        if years is None or int(years[0]) > OLDEST:
            raise Invalid("birth-date-impossible", IMPOSSIBLE, field="age")
        return rules.birth_of(year=self.today.year - int(years[0]), estimated=True)

    def _check(self, birth: rules.Birth) -> None:
        """Nobody is born tomorrow, nor older than anybody."""
        if birth.earliest and birth.earliest > self.today:
            raise Invalid("birth-in-future", _("This date is still to come. Check the year."), field="birth_date")
        if birth.latest and birth.latest.year < self.today.year - OLDEST:
            raise Invalid("birth-date-impossible", IMPOSSIBLE, field="birth_date")


def date_of(text: str, *, day_first: bool = True, estimated: bool = False) -> rules.Birth:
    """A birth from `1984-03-14`, `14/03/1984`, `14 mars 1984`, `03/1984`, `1984`. Raises Invalid."""
    parts = [part for part in re.split(r"[\s/.\-,]+", _day_alone(text)) if part]
    numbers = [MONTHS.get(fold(part), 0) if part[0].isalpha() else int(part) if part.isdigit() else 0 for part in parts]
    if not 1 <= len(numbers) <= 3 or 0 in numbers:
        raise Invalid("birth-date-impossible", IMPOSSIBLE, field="birth_date")
    if len(parts[0]) == 4 and parts[0].isdigit():
        year, month, day = (*numbers, None, None)[:3]
    elif len(numbers) == 3 and len(parts[2]) == 4:
        year = numbers[2]
        named = next((place for place in (0, 1) if parts[place][0].isalpha()), None)
        swapped = named == 0 or (named is None and not day_first)
        month, day = (numbers[0], numbers[1]) if swapped else (numbers[1], numbers[0])
    elif len(numbers) == 2 and len(parts[1]) == 4:
        year, month, day = numbers[1], numbers[0], None
    else:
        raise Invalid("birth-date-impossible", IMPOSSIBLE, field="birth_date")
    if year is None or not 1800 <= year <= 2200:
        raise Invalid("birth-date-impossible", IMPOSSIBLE, field="birth_date")
    return rules.birth_of(year=year, month=month, day=day, estimated=estimated)


def _day_alone(text: str) -> str:
    """Without the hour that some exports add: `1984-03-14T00:00:00`, `14/03/1984 00:00`."""
    return re.split(r"[T ](?=\d{1,2}:)", text.strip(), maxsplit=1)[0]


def _source(*, estimated: bool) -> str:
    return BirthSource.ESTIMATED if estimated else BirthSource.DECLARED


def _interval(first: str, last: str) -> rules.Birth:
    """What an export of ours says of a birth."""
    try:
        earliest, latest = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise Invalid("birth-date-impossible", IMPOSSIBLE, field="birth_date") from None
    days = (latest - earliest).days
    if days < 0:
        raise Invalid("birth-date-impossible", IMPOSSIBLE, field="birth_date")
    precision = (
        BirthPrecision.DAY if days == 0 else BirthPrecision.MONTH if days < 31
        else BirthPrecision.YEAR if days < 366 else BirthPrecision.AROUND
    )
    return rules.Birth(earliest, latest, precision)


def _names(row: Row) -> tuple[str, str]:
    if row["full_name"] and not row["given_name"]:
        given, _space, rest = row["full_name"].partition(" ")
        return given, row["family_name"] or rest.strip()
    return " ".join(filter(None, (row["given_name"], row["middle_name"]))), row["family_name"]


def _country(said: str) -> str:
    """A code of three letters; what is none is not guessed."""
    return said.upper() if len(said) == 3 and said.isalpha() else ""


def _exported(text: str) -> dict[str, Any]:
    """JSON of an export of ours. Raises Invalid `import-cell`."""
    if not text:
        return {}
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise Invalid("import-cell", _("This cell holds a formula, or far too much."), field="custom")
    return said


