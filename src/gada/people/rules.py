"""Decisions about people without I/O: numbers, intervals, who may be in a household, which answer counts."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _
from stdnum.iso7064 import mod_37_36

from gada.engine.refusal import Invalid, Refusal
from gada.people.words import Answer, BirthPrecision, LegalBasis, Purpose, Recipient, Relationship

# No I, L, O, U: a number is read aloud and typed in the sun.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER_LENGTH = 8  # 32^8 = 10^12: a clash among a million is one in two, so the writer still checks
AROUND_YEARS = 3  # half-width of « vers 1985 »
PURPOSES, ANSWERS, BASES = frozenset(Purpose.values), frozenset(Answer.values), frozenset(LegalBasis.values)
LONGEST = {
    "given": 80, "surname": 80, "father": 120, "mother": 120, "phone": 20, "nationality": 3, "place": 80, "origin": 80,
    "source": 80, "source_key": 80, "kind": 30, "number": 40, "country": 3, "reason": 200,
}


@dataclass(frozen=True, slots=True)
class Birth:
    """A birth date as an interval with how it is known."""

    earliest: date | None
    latest: date | None
    precision: BirthPrecision


def new_number() -> str:
    """A fresh public number `XXXX-XXXX-C`: random, with an ISO 7064 MOD 37,36 check character."""
    while True:
        drawn = secrets.randbits(5 * NUMBER_LENGTH)
        body = "".join(ALPHABET[drawn >> 5 * place & 31] for place in range(NUMBER_LENGTH))
        check = mod_37_36.calc_check_digit(body)
        if check in ALPHABET:  # one in nine would end in a letter that is read as another
            return f"{body[:4]}-{body[4:]}-{check}"


def read_number(text: str) -> str:
    """A typed number in its printed form. Raises Invalid when the check character does not fit."""
    plain = "".join(character for character in text.upper() if character.isalnum())
    plain = plain.replace("O", "0").replace("I", "1").replace("L", "1")
    if len(plain) != NUMBER_LENGTH + 1 or not mod_37_36.is_valid(plain):
        raise Invalid("number-mistyped", _("This number has a typing error: read it again from the card."))
    return f"{plain[:4]}-{plain[4:8]}-{plain[8]}"


def birth_of(
    *, year: int | None = None, month: int | None = None, day: int | None = None, estimated: bool = False
) -> Birth:
    """The interval for what was said. A bare 1 January said to be estimated is only a year."""
    if year is None:
        return Birth(None, None, BirthPrecision.UNKNOWN)
    if estimated:
        return Birth(date(year - AROUND_YEARS, 1, 1), date(year + AROUND_YEARS, 12, 31), BirthPrecision.AROUND)
    try:
        if month and day and not (month == 1 and day == 1):
            exact = date(year, month, day)
            return Birth(exact, exact, BirthPrecision.DAY)
        if month and day is None:
            following = date(year + month // 12, month % 12 + 1, 1)
            return Birth(date(year, month, 1), following - timedelta(days=1), BirthPrecision.MONTH)
        return Birth(date(year, 1, 1), date(year, 12, 31), BirthPrecision.YEAR)
    except ValueError:
        raise Invalid("birth-date-impossible", _("This date does not exist. Check day and month.")) from None


def check_household(members: Iterable[Mapping[str, object]]) -> None:
    """One head, at most one principal recipient, nobody nameless. Raises Invalid."""
    parts = list(members)
    if not parts:
        raise Invalid("household-empty", _("A household needs at least one person."))
    if sum(part["relationship"] == Relationship.HEAD for part in parts) != 1:
        raise Invalid("household-head", _("A household has exactly one head. Choose who it is."))
    if sum(part.get("recipient") == Recipient.PRINCIPAL for part in parts) > 1:
        raise Invalid("household-principal", _("A household has only one principal recipient."))
    if any(not str(part.get("given", "")).strip() for part in parts):
        raise Invalid("name-missing", _("Every person needs at least one name."))


def check_lengths(values: Mapping[str, str]) -> None:
    """No text longer than its place. Raises Invalid `field-too-long` with the field's name."""
    for name, value in values.items():
        if len(value) > LONGEST[name]:
            raise Invalid(
                "field-too-long", _("This is too long (at most %(most)s characters): %(field)s"), most=LONGEST[name],
                field=name,
            )


def check_answer(*, purpose: str, answer: str, basis: str, reason: str) -> None:
    """An answer is one of the lists. Raises Invalid `answer-invalid`."""
    known = purpose in PURPOSES and answer in ANSWERS and basis in BASES
    if not known or len(reason) > LONGEST["reason"]:
        raise Invalid(
            "answer-invalid", _("This answer cannot be recorded. Choose a purpose and an answer of the lists.")
        )


def check_interval(changes: Mapping[str, object]) -> None:
    """Both ends of a birth interval change together and stay in order, in whatever order changes arrive elsewhere."""
    if "birth_from" not in changes and "birth_to" not in changes:
        return
    first, last = changes.get("birth_from"), changes.get("birth_to")
    together = "birth_from" in changes and "birth_to" in changes and (first is None) == (last is None)
    if not together or (first is not None and str(first) > str(last)):
        raise Invalid("birth-interval", _("A birth date needs both its ends, the earlier one first."))


def check_death(died: Birth, *, born: date | None, today: date) -> None:
    """Nobody dies before their birth or tomorrow. Raises Invalid `death-impossible`."""
    if (died.earliest and died.earliest > today) or (born and died.latest and died.latest < born):
        raise Invalid("death-impossible", _("This date of death cannot be: check it against the birth and today."))


def must_be_newest(*, saw: str | None, current: str | None) -> None:
    """A change names the version it saw; if somebody changed the field since, the clerk looks again."""
    if saw is not None and current is not None and saw != current:
        raise Refusal("changed-meanwhile", _("Somebody changed this meanwhile. Look at the new value, then decide."))


def allows(answer: str | None, *, default: bool) -> bool:
    """Whether the newest answer to a purpose lets it go on; `default` when never asked."""
    if answer is None:
        return default
    return answer == Answer.YES
