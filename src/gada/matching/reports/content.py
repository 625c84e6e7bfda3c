"""What a report says, in words and positions, ready for the page and for paper alike."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure: what it counts, the figure, a line beneath."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a bar: which answer it stands for, where it begins and how long it is (0 to 1)."""

    answer: str
    start: float
    length: float

    @property
    def x(self) -> str:
        return f"{100 * self.start:.2f}%"

    @property
    def width(self) -> str:
        return f"{100 * self.length:.2f}%"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of pieces, with what it is about, a line beneath and its figure."""

    label: str
    note: str
    value: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Whisker:
    """A share with its interval, on a line from 0 to 1."""

    label: str
    value: str
    note: str
    share: float
    low: float
    high: float
    known: bool = True

    @property
    def x(self) -> str:
        return f"{100 * self.share:.2f}%"

    @property
    def x1(self) -> str:
        return f"{100 * self.low:.2f}%"

    @property
    def x2(self) -> str:
        return f"{100 * self.high:.2f}%"


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its title, the heads of its columns, its rows; the first column is words, the others figures."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lead: str = ""
    has_sum: bool = False  # the last row adds up the others

    @property
    def lines(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """Rows whose every cell knows the head of its column, as a narrow screen shows them."""
        return tuple(tuple(zip(self.heads, row, strict=True)) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Content:
    """A whole report."""

    title: str
    lead: str
    finding: str
    tiles: tuple[Tile, ...]
    bars_title: str
    legend: tuple[tuple[str, str], ...]  # answer, what it is called
    bars: tuple[Bar, ...]
    alarms_title: str
    alarms_lead: str
    alarms: tuple[Whisker, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What stands at the foot of every sheet: the number of the report and how to check it."""

    office: str
    node: str
    training: str  # empty: the node is not for training
    serial: str
    serial_label: str
    check: str
    facts: tuple[tuple[str, str], ...]  # made when, by whom, over which sites, as of which journal position
    page_of: str  # with {page} and {pages}
    notes_title: str


def pieces_of(counts: list[tuple[str, int]], longest: int) -> tuple[Piece, ...]:
    """Pieces laid end to end, on a scale where `longest` fills the line."""
    start, made = 0.0, []
    for answer, count in counts:
        length = count / longest if longest else 0.0
        if count:
            made.append(Piece(answer, start, length))
        start += length
    return tuple(made)
