"""One case side by side: judged by one key, undone as easily."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from gada import journal, vault
from gada.agencies.queries import permissions_of
from gada.biometrics.queries import sample_for, sample_of_finger
from gada.engine.refusal import NotFound
from gada.matching import queries, services
from gada.matching.models import Case, CaseStatus, Judgement, Reading, Verdict
from gada.matching.queries.history import Event, history_of
from gada.matching.queries.showing import Prints, Shown, Side, case_shown, reason_of, side_for
from gada.matching.rules import hints_of
from gada.matching.views import wording
from gada.matching.views.rows import comparison_rows, members_side_by_side, name_of, side_head
from gada.people.services import scope_of

KEYS = {Verdict.SAME: "m", Verdict.DIFFERENT: "d", Verdict.UNSURE: "p"}  # même, deux, pas sûr
DRAWN = 2  # fingers, the best; the others are told in a line, and drawn when asked for
READY_MADE = tuple(str(number) for number in range(len(wording.REASONS)))
PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}


@require_GET
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Both people, their prints, what speaks for and against, and what was decided."""
    found, now = queries.case_for(request.user, case_id), timezone.now()
    blind = queries.is_blind(request.user, found)
    if blind:
        queries.as_undecided(found)
    shown = case_shown(request.user, found)
    may = permissions_of(request.user)
    if "case.judge" in may and found.status == CaseStatus.OPEN:
        services.open_case(operator=request.user, case_id=found.id, at=now)
    journal.record_read(
        by=request.user, people=shown.people, purpose="adjudication", case=("case", found.id), page="case",
        scope=scope_of(found.right.site), at=now,
    )
    return render(request, "matching/case.html", _context(request, shown, may, blind=blind))


@require_POST
def judge(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Keep the decision and go on to the next case."""
    queries.case_for(request.user, case_id)
    judgement = services.judge_case(
        operator=request.user, case_id=case_id, verdict=request.POST.get("verdict", ""),
        reason=_reason(request), at=timezone.now(),
    )
    messages.success(request, _said(judgement))
    following = services.take_next_case(operator=request.user, at=timezone.now(), after=case_id)
    return redirect("matching:case", following.id) if following else redirect("matching:cases")


@require_POST
def undo(request: HttpRequest, case_id: UUID, judgement_id: UUID) -> HttpResponse:
    """Take a decision back; the case stays on the screen, open again."""
    found = queries.case_for(request.user, case_id)
    if not queries.judgements_of(found).filter(id=judgement_id).exists():
        raise NotFound("judgement-unknown", "There is no such decision here.")
    services.undo_judgement(
        operator=request.user, judgement_id=judgement_id, reason=request.POST.get("reason", ""), at=timezone.now()
    )
    messages.success(request, _("The decision is undone. Everything is as it was before."))
    return redirect("matching:case", case_id)


@require_GET
def photo(request: HttpRequest, case_id: UUID, side: str) -> HttpResponse:
    """The photo of one of the two, for whoever may see that person."""
    person = side_for(request.user, queries.case_for(request.user, case_id), side)
    if person.photo is None:
        raise NotFound("photo-missing", "There is no photo of this person.")
    picture = vault.get_blob(person.id, person.photo)
    kind = next((kind for start, kind in PICTURES.items() if picture.startswith(start)), None)
    if kind is None:
        raise NotFound("photo-missing", "There is no photo of this person.")
    return HttpResponse(picture, content_type=kind)


@require_GET
def finger(request: HttpRequest, case_id: UUID, side: str, position: int) -> HttpResponse:
    """The picture of one finger, for whoever may see that person's prints."""
    person = side_for(request.user, queries.case_for(request.user, case_id), side)
    sample = sample_of_finger(person.id, position)
    if sample is None:
        raise NotFound("print-unknown", "There is no such fingerprint here.")
    return HttpResponse(sample_for(request.user, person.id, sample), content_type="image/png")


def _context(request: HttpRequest, shown: Shown, may: frozenset[str], *, blind: bool) -> dict[str, Any]:
    found, viewer = shown.case, request.user
    judgements = list(queries.judgements_of(found, blind=blind))
    mine = any(one.by == viewer.id and one.undone_at is None for one in judgements)
    newest = next((one.id for one in judgements if one.undone_at is None and one.second_of is None), None)
    return {
        "case": found, "left": _head(shown, "left"), "right": _head(shown, "right"), "rows": comparison_rows(shown),
        "prints": [_prints(found, prints) for prints in shown.prints],
        "drawn": len(shown.prints) if "fingers" in request.GET else DRAWN, "members": members_side_by_side(shown),
        "histories": _histories(shown), "evidence": _evidence(shown), "total": _total(shown),
        "fingers": wording.fingers_in_one_line(shown.lines, prints=shown.both_have_prints),
        "hints": [wording.HINTS[code] for code in hints_of(shown.lines, **_seen(shown))],
        "verdicts": [(v.value, wording.capitalised(str(v.label)), KEYS[v]) for v in Verdict],
        "verdict": wording.capitalised(found.get_verdict_display()), "reasons": wording.REASONS,
        "may_judge": "case.judge" in may and found.status == "open" and not (mine and found.reading)
        and shown.evidence is not None,
        "reading": found.reading, "alone": queries.is_read_by_nobody_else(viewer, found), "mine": mine,
        "may_undo": "case.undo" in may, "gone": shown.evidence is None,
        "judgements": [_judgement(found, judgement, first=judgement.id == newest) for judgement in judgements],
    }


def _seen(shown: Shown) -> dict[str, Any]:
    birth = next((x for x in shown.lines if x["kind"] == "birth"), None)
    known = birth is not None and "years_apart" in birth["facts"]
    return {"years_apart": birth["facts"]["years_apart"] if birth and known else None, "prints": shown.both_have_prints}


def _histories(shown: Shown) -> list[dict[str, Any]]:
    told = history_of(shown.case, (shown.left, shown.right))
    return [
        {"name": name_of(side.person), "events": [_event(event) for event in told[side.person.id]]}
        for side in (shown.left, shown.right) if side.person.id in told
    ]


def _event(event: Event) -> dict[str, Any]:
    text = event.text
    if event.code == "compared":
        text = wording.capitalised(str(Verdict(text).label)) if text else _("not decided")
    elif event.code == "registered":
        text = _("by an imported file") if text and text != "desk" else ""
    url = reverse("matching:case", args=[event.other]) if event.other else ""
    return {"at": event.at, "title": wording.EVENTS[event.code], "text": text, "url": url}


def _reason(request: HttpRequest) -> str:
    """The ready-made reasons that were chosen, then what was typed."""
    chosen = [wording.REASONS[int(n)] for n in request.POST.getlist("why") if n in READY_MADE]
    return ". ".join(str(part) for part in (*chosen, request.POST.get("reason", "").strip()) if part)


def _said(judgement: Judgement) -> str:
    if judgement.case.reading == Reading.SECOND:
        return _("Kept. It changes what a family receives: nothing is joined until somebody else has read it, too.")
    if judgement.case.reading == Reading.THIRD:
        return _("Kept. Readers disagree about this case: somebody else must read it.")
    verdict = judgement.get_verdict_display()
    return _("Decided: %(verdict)s. This can be undone at any time.") % {"verdict": verdict}


def _head(shown: Shown, name: str) -> dict[str, str]:
    side: Side = getattr(shown, name)
    has_photo = side.visible and side.person.photo
    head = side_head(side, reverse("matching:photo", args=[shown.case.id, name]) if has_photo else "")
    # Two empty frames show nothing: then all lines of the comparison fit on one screen.
    return head | {"size": "" if any(each.person.photo for each in (shown.left, shown.right)) else "small"}


def _prints(found: Case, prints: Prints) -> dict[str, Any]:
    count = len(prints.comparison.pairs)
    positions = dict.fromkeys((prints.left_position, prints.right_position))
    names = [wording.capitalised(wording.finger_name(position)) for position in positions]
    title = ngettext(
        "%(finger)s: %(count)s point corresponds", "%(finger)s: %(count)s points correspond", count
    ) % {"finger": " / ".join(names), "count": count}
    sides = (("left", prints.left_position, prints.left_sample), ("right", prints.right_position, prints.right_sample))
    images = [
        reverse("matching:print", args=[found.id, side, position]) if sample else "" for side, position, sample in sides
    ]
    return {"title": title, "prints": prints, "left_image": images[0], "right_image": images[1]}


def _evidence(shown: Shown) -> list[dict[str, Any]]:
    return [
        {"label": wording.label_of(line), "weight": line["weight"], "reason": wording.reason_of(line)}
        for line in sorted(shown.lines, key=lambda line: line["kind"] not in ("finger", "process-error"))
    ]


def _total(shown: Shown) -> dict[str, Any]:
    compared = any(line["kind"] == "finger" for line in shown.lines)
    return {
        "label": _("Together"), "weight": shown.total, "reason": wording.verdict_of_sum(shown.total, fingers=compared)
    }


def _judgement(found: Case, judgement: Judgement, *, first: bool) -> dict[str, Any]:
    return {
        "judgement": judgement, "first": first, "verdict": wording.capitalised(judgement.get_verdict_display()),
        "reason": reason_of(found, judgement),
        "undone_reason": reason_of(found, judgement, undone=True), "stands": judgement.id == found.standing,
        "second": judgement.second_of is not None,
        "by": queries.name_of_operator(judgement.by),
        "undone_by": queries.name_of_operator(judgement.undone_by) if judgement.undone_by else "",
    }
