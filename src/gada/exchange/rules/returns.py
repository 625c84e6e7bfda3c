"""What a partner says of each family of an extract: every row of their file judged, without I/O."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from gada.engine.refusal import Invalid
from gada.exchange.rules.extracts import read_code

YES: Final = frozenset({"oui", "yes", "o", "y", "1", "x", "vrai", "true", "servi", "servie", "served"})
NO: Final = frozenset({"non", "no", "n", "0", "faux", "false"})
MOST_QUANTITY: Final = 1_000_000
ANSWERS: Final = ("served", "on", "quantity", "reason")


class Reason(models.TextChoices):
    """Why a family was not served: a closed list, so that no file brings notes on people here."""

    ABSENT = "absent", _("absent")
    MOVED = "moved", _("moved away")
    DECLINED = "declined", _("did not want it")
    NOT_FOUND = "not-found", _("not found")
    NONE_LEFT = "none-left", _("nothing left to hand out")
    OTHER = "other", _("other reason")


VERDICTS: Final[Mapping[str, Any]] = {
    "new": _("will be noted"),
    "changed": _("differs from what was noted; the newer one counts"),
    "same": _("noted already"),
    "empty": _("no answer in this row"),
    "repeated": _("the same row once more"),
    "contradicts": _("stands twice with different answers: noted in neither"),
    "no-code": _("no code in this row"),
    "mistyped": _("the code has a typing error"),
    "elsewhere": _("the code belongs to another extract"),
    "unknown": _("no extract has this code"),
    "formula": _("a formula or an overlong text where an answer should be"),
    "served-unclear": _("served: write yes or no"),
    "date-missing": _("served without a date"),
    "date-unclear": _("the date is not readable: write it as 2026-03-14"),
    "date-future": _("the date is still to come"),
    "date-early": _("the date is before the extract was made"),
    "quantity-unclear": _("the quantity is not a number that can be"),
    "reason-with-yes": _("served, and yet a reason why not"),
}
TAKEN: Final = frozenset({"new", "changed"})
WELL: Final = TAKEN | {"same", "empty", "repeated"}


@dataclass(frozen=True, slots=True)
class Said:
    """What the partner says of one family. `quantity`: thousandths."""

    served: bool
    on: date | None = None
    quantity: int | None = None
    reason: str = ""

    @property
    def facts(self) -> dict[str, Any]:
        on = self.on.isoformat() if self.on else None
        return {"served": self.served, "on": on, "quantity": self.quantity, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the file: its number there, and its cells by what they answer."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    line: int
    code: str
    verdict: str
    said: Said | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What is known when a file is read: codes of this extract with what was noted, and codes of others."""

    noted: Mapping[str, Said | None]
    elsewhere: frozenset[str]
    made_on: date
    today: date


def codes_in(lines: Iterable[Line]) -> set[str]:
    """Every well-formed code of the file."""
    found = set()
    for line in lines:
        try:
            found.add(read_code(line.cells.get("code", "")))
        except Invalid:
            continue
    return found


def judge_lines(lines: Sequence[Line], held: Held) -> list[Outcome]:
    """An outcome for every row, in their order."""
    first = [_judge(line, held) for line in lines]
    answers: dict[str, set[Said]] = {}
    for each in first:
        if each.said is not None:
            answers.setdefault(each.code, set()).add(each.said)
    seen: set[str] = set()
    outcomes = []
    for each in first:
        verdict = each.verdict
        if each.said is not None and len(answers[each.code]) > 1:
            verdict = "contradicts"
        elif each.said is not None and each.code in seen:
            verdict = "repeated"
        seen.add(each.code)
        outcomes.append(Outcome(each.line, each.code, verdict, each.said if verdict in TAKEN else None))
    return outcomes


def counted(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """How many rows of each verdict."""
    return dict(sorted(Counter(each.verdict for each in outcomes).items()))


def _judge(line: Line, held: Held) -> Outcome:
    typed = line.cells.get("code", "").strip()
    if not typed:
        return Outcome(line.number, "", "no-code" if any(line.cells.values()) else "empty")
    try:
        code = read_code(typed)
    except Invalid:
        return Outcome(line.number, typed[:20], "mistyped")
    if code not in held.noted:
        return Outcome(line.number, code, "elsewhere" if code in held.elsewhere else "unknown")
    said = _said(line, held)
    if isinstance(said, str):
        return Outcome(line.number, code, said)
    before = held.noted[code]
    verdict = "new" if before is None else "same" if before == said else "changed"
    return Outcome(line.number, code, verdict, said)


def _said(line: Line, held: Held) -> Said | str:
    """The answers of a row, or the verdict that says why they cannot be taken."""
    cells = {name: line.cells.get(name, "").strip() for name in ANSWERS}
    if not any(cells.values()):
        return "empty"
    if any(len(cell) > 200 or cell[:1] in ("=", "@", "+") for cell in cells.values()):
        return "formula"
    word = _plain(cells["served"])
    if word not in YES and word not in NO:
        return "served-unclear"
    served, reason = word in YES, _reason(cells["reason"])
    if served and reason:
        return "reason-with-yes"
    on = _date(cells["on"])
    if isinstance(on, str):
        return on
    if on is None and served:
        return "date-missing"
    if on is not None and on > held.today:
        return "date-future"
    if on is not None and on < held.made_on:
        return "date-early"
    quantity = _quantity(cells["quantity"])
    return quantity if isinstance(quantity, str) else Said(served, on, quantity, reason)


def _date(text: str) -> date | str | None:
    if not text:
        return None
    parts = text.split(" ")[0].replace("/", "-").replace(".", "-").split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return "date-unclear"
    # 2026-03-14 as we ask for it; 14/03/2026 as people write it here. Nobody here writes the month first.
    year, month, day = parts if len(parts[0]) == 4 else reversed(parts)
    try:
        return date(int(year), int(month), int(day)) if len(year) == 4 else "date-unclear"
    except ValueError:
        return "date-unclear"


def _quantity(text: str) -> int | str | None:
    if not text:
        return None
    try:
        number = Decimal(text.replace("\u202f", "").replace("\xa0", "").replace(" ", "").replace(",", "."))
        thousandths = number * 1000
        fits = number.is_finite() and 0 <= number <= MOST_QUANTITY and thousandths == thousandths.to_integral_value()
    except InvalidOperation:
        return "quantity-unclear"
    return int(thousandths) if fits else "quantity-unclear"


def _reason(text: str) -> str:
    """The reason of the list that was meant; anything else is « other »: what was written is not kept."""
    word = _plain(text)
    if not word:
        return ""
    for each in Reason:
        if word in {each.value, *(_plain(label) for label in _labels(each))}:
            return str(each.value)
    return str(Reason.OTHER)


def _labels(reason: Reason) -> list[str]:
    said = []
    for language in ("fr", "en"):
        with translation.override(language):
            said.append(str(reason.label))
    return said


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFD", text.casefold().replace("’", "'"))
    return " ".join("".join(letter for letter in folded if not unicodedata.combining(letter)).split())
