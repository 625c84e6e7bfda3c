"""The sheets of an extract and of what comes back: headings in both languages, and the words a partner reads first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from gada.engine.formats.spreadsheet import Dress
from gada.exchange.rules.extracts import FIELDS

CODE: Final = "Code"
# What the partner fills in. A heading is known again by its first word, whichever language a person kept.
ANSWERS: Final[Mapping[str, tuple[str, int]]] = {
    "served": ("Servi oui/non / Served yes/no", 14), "on": ("Date AAAA-MM-JJ / YYYY-MM-DD", 16),
    "quantity": ("Quantité / Quantity", 12), "reason": ("Raison / Reason", 24),
}
FIRST_WORDS: Final[Mapping[str, str]] = {
    "code": "code", "servi": "served", "served": "served", "date": "on", "quantité": "quantity", "quantite": "quantity",
    "quantity": "quantity", "raison": "reason", "reason": "reason",
}
READ_FIRST, FAMILIES = "Lire d’abord - Read first", "Familles - Families"
LONGEST_MARK: Final = 200  # a header of more than 255 characters makes Excel repair the file


@dataclass(frozen=True, slots=True)
class Cover:
    """What the first sheet says."""

    number: str
    organisation: str
    asked_by: str
    agency: str
    contact: str
    purpose_fr: str
    purpose_en: str
    made_on: date
    last_day: date
    families: int
    reasons_fr: str
    reasons_en: str


def sheets_of(
    cover: Cover, fields: Iterable[str], rows: Iterable[tuple[str, Mapping[str, Any]]]
) -> list[tuple[str, Iterable[Sequence[object]]]]:
    """Both sheets: what to read first, and one row a family, to be filled in and sent back."""
    chosen = list(fields)
    head = [CODE, *(FIELDS[name].heading for name in chosen), *(heading for heading, _width in ANSWERS.values())]
    body = ([code, *(values[name] for name in chosen)] for code, values in rows)
    return [(READ_FIRST, _read_first(cover)), (FAMILIES, [head, *body])]


def dress_of(cover: Cover, fields: Iterable[str]) -> Dress:
    """The watermark: who got it and under which number, in the properties and on every printed page."""
    mark = f"{cover.number} · {cover.organisation}"
    columns = (16, *(FIELDS[name].width for name in fields), *(width for _heading, width in ANSWERS.values()))
    return Dress(
        title=mark, subject=f"{cover.purpose_fr} / {cover.purpose_en} · {cover.last_day.isoformat()}",
        creator=cover.agency,
        header=f"{mark} · à détruire après le / destroy after {cover.last_day.isoformat()}"[-LONGEST_MARK:],
        footer=f"{mark} · ne pas transmettre / do not pass on"[:LONGEST_MARK], widths=((42, 90), columns),
    )


def _read_first(cover: Cover) -> list[tuple[object, ...]]:
    day = cover.last_day.isoformat()
    return [
        (f"{cover.number}", f"{cover.agency} → {cover.organisation}"),
        (),
        ("FRANÇAIS",),
        ("Remis à", f"{cover.organisation}, {cover.asked_by}"),
        ("Pour", cover.purpose_fr),
        ("Fait le", cover.made_on.isoformat()),
        ("Familles", cover.families),
        ("À utiliser jusqu’au", day),
        (
            "Seulement pour cela",
            "Aucun autre usage, aucune autre personne, aucune autre copie que nécessaire.",
        ),
        (
            "Chaque ligne a son code",
            "Il ne vaut que dans ce fichier. Une ligne qui circule ailleurs se reconnaît à son code.",
        ),
        (
            "Ce que vous nous renvoyez",
            "La feuille « Familles » de ce même fichier, avec pour chaque famille : servi (oui ou non), la date, la "
            "quantité, et la raison si elle n’a pas été servie.",
        ),
        ("Raisons", cover.reasons_fr),
        (
            "À la fin",
            f"Après le {day}, détruisez ce fichier, ses copies et ses impressions, puis confirmez-le-nous : "
            f"{cover.contact}.",
        ),
        (
            "Une famille n’est pas dans la liste",
            "Cela ne dit rien d’elle. Envoyez-la-nous, sans noter son nom ici.",
        ),
        (),
        ("ENGLISH",),
        ("Given to", f"{cover.organisation}, {cover.asked_by}"),
        ("For", cover.purpose_en),
        ("Made on", cover.made_on.isoformat()),
        ("Families", cover.families),
        ("To be used until", day),
        ("For this only", "No other use, nobody else, no more copies than needed."),
        (
            "Each row has its code",
            "It is valid in this file only. A row that turns up elsewhere is known by its code.",
        ),
        (
            "What you send back",
            "The sheet “Families” of this very file, with for each family: served (yes or no), the date, the quantity, "
            "and the reason if it was not served.",
        ),
        ("Reasons", cover.reasons_en),
        (
            "At the end",
            f"After {day} destroy this file, its copies and prints, then confirm it to us: {cover.contact}.",
        ),
        (
            "A family is not in the list",
            "That says nothing about them. Send them to us, without writing their name here.",
        ),
    ]


def columns_of(headings: Sequence[str]) -> dict[str, int]:
    """Which column answers what, by the first word of its heading; the first of two counts."""
    found: dict[str, int] = {}
    for place, heading in enumerate(headings):
        words = heading.casefold().replace("/", " ").split()
        if words and (name := FIRST_WORDS.get(words[0])) is not None:
            found.setdefault(name, place)
    return found
