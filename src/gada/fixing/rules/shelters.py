"""Lists of shelters as teams write them, and the list of a whole team as a file of lines."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from gada.engine.refusal import Invalid, Refusal
from gada.fixing.rules.numbers import check_span, read_number

MOST_SHELTERS, LONGEST_SHELTER, LONGEST_NAME = 500, 20, 40
MOST_LINES, LARGEST_FILE = 5_000, 2 * 1024 * 1024
SPAN = re.compile(r"(\d{1,6})\s*[-–—]\s*(\d{1,6})")
COLUMNS = ("team", "block", "shelters", "first", "last", "empty", "round")
IN_FRENCH = ("équipe", "bloc", "abris", "premier", "dernier", "vides", "tour")
HEADINGS = {
    "team": "team", "equipe": "team", "équipe": "team", "block": "block", "bloc": "block", "shelters": "shelters",
    "abris": "shelters", "first": "first", "from": "first", "de": "first", "premier": "first", "last": "last",
    "to": "last", "a": "last", "à": "last", "dernier": "last", "empty": "empty", "vides": "empty", "round": "round",
    "tour": "round", "visit": "round",
}


@dataclass(frozen=True, slots=True)
class VisitDraft:
    """One line of a team's list: where it went, what it handed out, where nobody was."""

    team: str
    block: str = ""
    shelters: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    first: int | None = None
    last: int | None = None
    round: int = 1


def read_shelters(text: str) -> tuple[str, ...]:
    """`12-15, 20; B7` → 12, 13, 14, 15, 20, B7, each once. Raises Invalid `shelters-malformed`."""
    found: list[str] = []
    for part in re.split(r"[,;\n]", text):
        said = " ".join(part.split())
        span = SPAN.fullmatch(said)
        if span and 0 <= int(span[2]) - int(span[1]) < MOST_SHELTERS:
            found += [str(number) for number in range(int(span[1]), int(span[2]) + 1)]
        elif span or len(said) > LONGEST_SHELTER:
            raise _malformed(said)
        elif said:
            found.append(said.upper())
    once = tuple(dict.fromkeys(found))
    if len(once) > MOST_SHELTERS:
        raise _malformed(text)
    return once


def shelters_in_words(shelters: Iterable[str]) -> str:
    """12, 13, 14, 20 → `12–14, 20`."""
    parts: list[list[str]] = []
    for each in shelters:
        following = parts and parts[-1][-1].isdigit() and each.isdigit() and int(each) == int(parts[-1][-1]) + 1
        if following:
            parts[-1] = [parts[-1][0], each]
        else:
            parts.append([each])
    return ", ".join("–".join(dict.fromkeys(part)) for part in parts)


def visit_of(
    *, prefix: str, team: str, block: str = "", shelters: str = "", first: str = "", last: str = "", empty: str = "",
    round_: str = "",
) -> VisitDraft:
    """A line as it was written, read. Raises Invalid `token-…`, `shelters-malformed`, `visit-…`."""
    numbers: tuple[int | None, int | None] = (None, None)
    if first.strip() or last.strip():
        start = read_number(first or last, prefix=prefix)
        numbers = (start, read_number(last or first, prefix=prefix))
    draft = VisitDraft(
        team=" ".join(team.split()), block=" ".join(block.split()), shelters=read_shelters(shelters),
        empty=read_shelters(empty), first=numbers[0], last=numbers[1], round=2 if round_.strip() == "2" else 1,
    )
    check_visit(draft)
    return draft


def check_visit(draft: VisitDraft) -> None:
    """Raises Invalid when a line cannot be: no team, nothing said, an empty shelter outside those visited."""
    if not draft.team or len(draft.team) > LONGEST_NAME or len(draft.block) > LONGEST_NAME:
        raise Invalid("visit-team", _("Say which team it was, in at most 40 characters (the block as well)."))
    if draft.first is None and not draft.empty:
        raise Invalid("visit-nothing", _("Say which tokens were handed out, or which shelters were empty."))
    if draft.first is not None and draft.last is not None:
        check_span(draft.first, draft.last)
    strange = [each for each in draft.empty if draft.shelters and each not in draft.shelters]
    if strange:
        raise Invalid(
            "visit-empty-elsewhere", _("These empty shelters are not among those visited: %(shelters)s."),
            shelters=shelters_in_words(strange),
        )
    if draft.first is not None and draft.shelters and set(draft.shelters) == set(draft.empty):
        raise Invalid("visit-all-empty", _("Tokens were handed out, and yet every shelter of this line was empty."))


def read_list(content: bytes, *, prefix: str) -> list[VisitDraft]:
    """The list of the teams as a CSV file. Raises Invalid `visits-unreadable`, or `visits-lines` naming the lines."""
    rows = _rows(content)
    headings = [HEADINGS.get(cell.strip().lower(), "") for cell in rows[0]] if rows else []
    if "team" not in headings or not rows[1:] or len(rows) > MOST_LINES:
        raise Invalid(
            "visits-unreadable",
            _("This is no list of a sweep. The first line must be: %(columns)s. At most %(most)s lines."),
            columns=", ".join(COLUMNS), most=MOST_LINES,
        )
    drafts, wrong = list[VisitDraft](), list[str]()
    for line, row in enumerate(rows[1:], start=2):
        said = {name: cell for name, cell in zip(headings, row, strict=False) if name}
        if not any(cell.strip() for cell in said.values()):
            continue
        try:
            drafts.append(visit_of(prefix=prefix, round_=said.pop("round", ""), **{"team": "", **said}))
        except Refusal as refusal:
            wrong.append(f"{line}: {refusal}")
    if wrong:
        raise Invalid(
            "visits-lines", _("Nothing was taken in. Correct these lines, then give the file again: %(lines)s"),
            lines=" · ".join(wrong[:8]) + (" …" if len(wrong) > 8 else ""),
        )
    return drafts


def _rows(content: bytes) -> list[list[str]]:
    if len(content) > LARGEST_FILE:
        return []
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    first = text.split("\n", 1)[0]
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=max(";,\t", key=first.count)))
    except csv.Error:
        return []


def _malformed(text: str) -> Invalid:
    return Invalid(
        "shelters-malformed", _("Write shelters like 12-37, 40, B7 (at most %(most)s at a time): “%(text)s”."),
        most=MOST_SHELTERS, text=text[:40],
    )
