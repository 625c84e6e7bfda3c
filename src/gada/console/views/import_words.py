"""What became of a row, and why, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from gada.biometrics.rules import REFUSALS
from gada.console.models import ImportLine
from gada.people.importing import COLUMNS, Outcome

OUTCOMES = {
    Outcome.NEW: _("New"), Outcome.ALREADY: _("Already known"), Outcome.CHANGED: _("Corrected by this file"),
    Outcome.REFUSED: _("Not taken"),
}
ALIKE = _("Perhaps already registered")
STATES = {Outcome.NEW: "good", Outcome.ALREADY: "neutral", Outcome.CHANGED: "info", Outcome.REFUSED: "wait"}
REASONS = {
    **REFUSALS,
    "import-reference": _("The reference is missing, or stands there twice. Give each person their own."),
    "import-cell": _("This cell holds a formula, or far too much. Write what it should say."),
    "name-missing": _("The name is missing."),
    "birth-date-impossible": _("This date does not exist. Check day and month."),
    "birth-in-future": _("This date is still to come. Check the year."),
    "household-head": _("The family has no head, or several. Mark exactly one."),
    "household-principal": _("A household has only one principal recipient."),
    "field-too-long": _("This is too long for its place. Shorten it."),
    "answer-invalid": _("This answer cannot be recorded. Choose a purpose and an answer of the lists."),
    "import-family-large": _("More than 60 people have this family reference: it is probably a placeholder."),
    "import-kept": _("Somebody corrected this person here since: their word stands."),
    "import-moved": _("In this file the person is in another family. Move them on their own page."),
    "import-elsewhere": _("This person is registered at another site, or was erased: nothing is changed."),
    "not-permitted": _("You may register people but not correct them. Ask a supervisor."),
    "import-malformed": _("A line cannot be read: quotes or separators are broken."),
    "import-columns": _("A column that is needed was not chosen."),
    "import-columns-twice": _("Two columns are chosen to be the same."),
    "import-encoding": _(
        "The letters of this file cannot be read. In your spreadsheet choose “CSV UTF-8” when saving."
    ),
}
HEADINGS = (
    "line", "reference", "outcome_fr", "outcome_en", "reason_fr", "reason_en", "column", "looks_like",
)


def column_words(column: str) -> str:
    """Our columns as the screen says them."""
    return ", ".join(str(COLUMNS[name][0]) if name in COLUMNS else name for name in filter(None, column.split(", ")))


def shown(line: ImportLine) -> dict[str, Any]:
    """One line as the page shows it."""
    others = [
        {"line": other, "share": share / 1000} if isinstance(other, int) else {"person": other, "share": share / 1000}
        for other, share in line.likely
    ]
    return {
        "number": line.number, "reference": line.reference, "state": STATES.get(line.outcome, "neutral"),
        "outcome": OUTCOMES.get(line.outcome, line.outcome), "reason": REASONS.get(line.code, line.code),
        "column": column_words(line.column), "others": others,
    }


def rows_in_both_languages(lines: Any, numbers: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    """Every line for a spreadsheet; `numbers`: id of a person here → their number."""
    for line in lines:
        said = []
        for words, key in ((OUTCOMES, line.outcome), (REASONS, line.code)):
            for language in ("fr", "en"):
                with translation.override(language):
                    said.append(str(words.get(key, key)))
        likely = "; ".join(
            f"line {other} ({share // 10} %)" if isinstance(other, int)
            else f"{numbers.get(other, 'registered elsewhere')} ({share // 10} %)"
            for other, share in line.likely
        )
        yield line.number, line.reference, *said, column_words(line.column), likely
