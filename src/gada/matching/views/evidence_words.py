"""The evidence report in words, the same for the page and for paper."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from gada.matching.reports.content import Bar, Content, Table, Tile, Whisker, pieces_of
from gada.matching.reports.figures import SMALLEST_SHOWN, Answer, Figures, Kind, Share
from gada.matching.views.wording import capitalised, spaced

KINDS = {
    Kind.FINGERS: (
        gettext_lazy("Fingerprints only"),
        gettext_lazy("names and dates alone would not have found them"),
    ),
    Kind.BOTH: (gettext_lazy("Names and fingerprints"), gettext_lazy("each alone was reason enough to look")),
    Kind.TEXT: (gettext_lazy("Names only"), gettext_lazy("no usable fingerprints of both")),
    Kind.AGAINST: (
        gettext_lazy("Names against fingerprints"),
        gettext_lazy("alike in words, the fingers do not correspond"),
    ),
}
ANSWERS = {
    Answer.SAME: gettext_lazy("the same person"), Answer.DIFFERENT: gettext_lazy("two people: a false alarm"),
    Answer.UNSURE: gettext_lazy("not sure"), Answer.OPEN: gettext_lazy("not decided yet"),
}
HOUR = 3600


def evidence_content(figures: Figures) -> Content:
    """Everything the report says, in the language of the reader."""
    return Content(
        title=_("What the duplicate check brought"),
        lead=period_of(figures),
        finding=_finding(figures),
        tiles=_tiles(figures),
        bars_title=_("Cases by the evidence that raised them"),
        legend=tuple((str(answer), str(label)) for answer, label in ANSWERS.items()),
        bars=_bars(figures),
        alarms_title=_("How often an alarm was false"),
        alarms_lead=_(
            "Share of the decided cases that were two people; the line is the range that 95 % certainty leaves."
        ),
        alarms=tuple(_alarm(figures, kind) for kind in (*Kind, None)),
        tables=_tables(figures),
        notes=_notes(),
    )


def period_of(figures: Figures) -> str:
    """1 March to 30 May 2026: `until` is the morning after the last day."""
    last = timezone.localtime(figures.until) - timedelta(seconds=1)
    return _("%(first)s to %(last)s") % {"first": day(timezone.localtime(figures.since)), "last": day(last)}


def day(moment: object) -> str:
    return date_format(moment, "j F Y")


def percent(share: float, decimals: int = 0) -> str:
    text = f"{100 * share:.{decimals}f}"
    french = (get_language() or "fr").startswith("fr")
    return f"{text.replace('.', ',')}\u202f%" if french else f"{text}%"


def range_of(share: Share) -> str:
    low, high = share.interval
    return _("95 %% interval %(low)s to %(high)s") % {"low": percent(low), "high": percent(high)}


def few(count: int | None) -> str:
    """A count, or that it is too small to be shown."""
    return spaced(count) if count is not None else _("not shown")


def took(seconds: int) -> str:
    """45 s · 12 min · 3 h 10 min."""
    if seconds < 120:
        return f"{seconds}\u202fs"
    if seconds < HOUR:
        return f"{round(seconds / 60)}\u202fmin"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{spaced(hours)}\u202fh {minutes:02d}\u202fmin"


def _finding(figures: Figures) -> str:
    found = figures.count(kind=Kind.FINGERS, answer=Answer.SAME)
    if not figures.count(answer=Answer.SAME):
        return _("Nobody was found to be registered twice in this period.")
    if not found:
        return _("Everybody found to be registered twice would have been found by names and dates alone.")
    return ngettext(
        "Fingerprints found %(count)s person registered twice whom names and dates alone would have missed.",
        "Fingerprints found %(count)s people registered twice whom names and dates alone would have missed.", found,
    ) % {"count": spaced(found)}


def _tiles(figures: Figures) -> tuple[Tile, ...]:
    same = figures.count(answer=Answer.SAME)
    by_fingers = Share(figures.count(kind=Kind.FINGERS, answer=Answer.SAME), same)
    alarms = figures.false_alarms()
    waits, unsure = figures.count(answer=Answer.OPEN), figures.count(answer=Answer.UNSURE)
    return (
        Tile(
            _("Registered twice"),
            spaced(same),
            _("%(share)s by fingerprints only; %(range)s")
            % {"share": percent(by_fingers.value), "range": range_of(by_fingers)}
            if same
            else "",
        ),
        Tile(
            _("False alarms"),
            spaced(alarms.count),
            _("%(share)s of %(of)s decided; %(range)s")
            % {"share": percent(alarms.value), "of": spaced(alarms.of), "range": range_of(alarms)}
            if alarms.of
            else "",
        ),
        Tile(
            _("Waiting"),
            spaced(waits + unsure),
            _("%(open)s not decided, %(unsure)s not sure")
            % {"open": spaced(waits), "unsure": spaced(unsure)},
        ),
        Tile(
            _("Time spent deciding"),
            took(figures.time.total_seconds),
            _("half of the cases took less than %(median)s; %(count)s measured")
            % {"median": took(figures.time.median_seconds), "count": spaced(figures.time.measured)}
            if figures.time.measured
            else _("nothing measured yet"),
        ),
    )


def _bars(figures: Figures) -> tuple[Bar, ...]:
    longest = max((figures.count(kind=kind) for kind in Kind), default=0)
    return tuple(
        Bar(str(label), str(note), spaced(figures.count(kind=kind)),
            pieces_of([(str(answer), figures.table[kind][answer]) for answer in Answer], longest))
        for kind, (label, note) in KINDS.items()
    )


def _alarm(figures: Figures, kind: Kind | None) -> Whisker:
    share = figures.false_alarms(kind)
    label = str(KINDS[kind][0]) if kind else _("All together")
    if not share.of:
        return Whisker(label, "–", _("nothing decided yet"), 0, 0, 0, known=False)
    low, high = share.interval
    note = _("%(count)s of %(of)s; %(low)s to %(high)s") % {
        "count": spaced(share.count), "of": spaced(share.of), "low": percent(low), "high": percent(high)}
    return Whisker(label, percent(share.value), note, share.value, low, high)


def _tables(figures: Figures) -> tuple[Table, ...]:
    heads = (_("Evidence"), *(capitalised(str(label)) for label in ANSWERS.values()))
    rows = [(str(KINDS[kind][0]), *(spaced(figures.table[kind][answer]) for answer in Answer)) for kind in Kind]
    rows.append((_("Together"), *(spaced(figures.count(answer=answer)) for answer in Answer)))
    cases = Table(_("The cases in figures"), heads, tuple(rows), has_sum=True)
    return (cases, _others(figures), *([_places(figures)] if len(figures.by_site) > 1 else []))


def _others(figures: Figures) -> Table:
    undone = Share(figures.undone, figures.judged)
    refused = Share(figures.prints_refused or 0, figures.prints_asked)
    other_head = Share(figures.another_head, figures.families)
    rows = [
        (_("Cases opened"), spaced(figures.opened), ""),
        (_("Decisions taken"), spaced(figures.judged), ""),
        (_("of these undone"), spaced(undone.count), _with_range(undone)),
        (_("People asked for fingerprints"), spaced(figures.prints_asked), ""),
        (
            _("of these refused"),
            few(figures.prints_refused),
            _with_range(refused) if figures.prints_refused is not None else "",
        ),
        (_("Families found to be one"), spaced(figures.families), ""),
        (_("of these under another head"), spaced(figures.another_head), _with_range(other_head)),
    ]
    return Table(_("What else happened"), ("", _("How many"), _("Share")), tuple(rows))


def _with_range(share: Share) -> str:
    return f"{percent(share.value, 1)} · {range_of(share)}" if share.of else "–"


def _places(figures: Figures) -> Table:
    return Table(
        _("By site"), (_("Site"), _("Registered twice"), _("False alarms"), _("Waiting")),
        tuple((site.name, few(site.same), few(site.different), few(site.open)) for site in figures.by_site),
        lead=_("A case counts where the newer registration was made."),
    )


def _notes() -> tuple[str, ...]:
    return (
        _(
            "A case counts as found by fingerprints only when, without the lines of the fingers, the "
            "sum of its evidence lies below the bar from which a person looks."
        ),
        _(
            "Intervals are Wilson’s, at 95 %: with few cases they are wide, and that is what the "
            "figures allow to say."
        ),
        _(
            "Time is measured in the journal, from opening a case to deciding it, by the same person; "
            "more than a quarter of an hour does not count."
        ),
        _(
            "Counts below %(count)s are hidden where they could point at a person: by site, and for "
            "refusals. Nobody lost aid while a case waited."
        )
        % {"count": SMALLEST_SHOWN},
    )
