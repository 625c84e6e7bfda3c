"""Photo and fingerprints of each member: quality at once, three tries, or why there is none."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from gada.agencies.views.saying import words_of
from gada.biometrics.models import CaptureOutcome, Finger
from gada.biometrics.rules import REFUSALS
from gada.console import queries, services
from gada.console.queries.drafts import OpenDraft
from gada.console.queries.sittings import file_name_of
from gada.console.rules import MOST_TRIES
from gada.console.views.registering import _steps
from gada.engine.refusal import Refusal

USUAL = (2, 7)  # both index fingers
GOOD_AT_LEAST = 50  # engine.fingerprint.quality


def prints(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """One member after the other; who refused is not asked, and nothing is missing then."""
    draft = queries.draft_for(request.user, draft_id)
    asked = queries.members_to_ask(draft)
    if not asked:
        return redirect("console:register-finish", draft_id)
    index = _chosen(request, asked)
    faults: dict[str, str] = {}
    poor = False
    if request.method == "POST":
        faults, poor = _keep(request, draft, index)
        if request.POST.get("go") == "next" and not faults and not poor:
            following = [each for each in asked if each > index]
            if not following:
                return redirect("console:register-finish", draft_id)
            return redirect(f"{reverse('console:register-prints', args=[draft_id])}?member={following[0]}")
        draft = queries.draft_for(request.user, draft_id)
    context = {
        "draft": draft,
        "draft_id": draft_id,
        "member": draft.members[index],
        "index": index,
        "file_name": file_name_of(draft_id, index),
        "member_number": str(index),
        "asked": asked,
        "rank": asked.index(index) + 1,
        "faults": faults,
        "poor": poor,
        "outcomes": _outcomes(),
        **_asked_of(draft, index),
        "fingers": _fingers(draft.members[index], faults),
        "others": _others(draft.members[index]),
        **_steps(draft, "prints"),
    }
    page = "console/register_prints_form.html" if request.headers.get("HX-Request") else "console/register_prints.html"
    status = 422 if faults and not request.headers.get("HX-Request") else 200
    response = render(request, page, context, status=status)
    response.reaches_scanners = True  # type: ignore[attr-defined]  # project.middleware.ContentSecurity
    return response


def _keep(request: HttpRequest, draft: OpenDraft, index: int) -> tuple[dict[str, str], bool]:
    """Keep what came with the form; faults by field, and whether a fresh try should be repeated."""
    now, who = timezone.now(), {"operator": request.user, "draft_id": draft.id, "index": index}
    faults: dict[str, str] = {}
    poor = False
    for name, file in request.FILES.items():
        try:
            if name == "photo":
                services.keep_photo(**who, picture=file.read(), at=now)
                continue
            position = int(request.POST.get("position") or 0) if name == "finger_other" else _position(name)
            if position is None:
                continue
            made = services.keep_print(**who, position=position, picture=file.read(), at=now)
            tries = sum(
                each["position"] == position
                for each in queries.draft_for(request.user, draft.id).members[index]["prints"]
            )
            poor |= made.quality < GOOD_AT_LEAST and tries < MOST_TRIES
        except Refusal as refusal:
            faults[name] = words_of(refusal)
    for position in range(11):
        outcome = request.POST.get(f"outcome_{position}", "")
        if outcome and f"finger_{position}" not in request.FILES:
            services.keep_no_print(
                **who, position=position, outcome=outcome, reason=request.POST.get(f"reason_{position}", ""), at=now
            )
    return faults, poor


def _fingers(member: dict[str, Any], faults: dict[str, str]) -> list[dict[str, Any]]:
    """Each finger on the page: its tries, best first marked, and what stands in the way."""
    held: dict[int, list[dict[str, Any]]] = {}
    for each in member["prints"]:
        held.setdefault(each["position"], []).append(each)
    return [_finger(position, held.get(position, []), faults) for position in sorted({*USUAL, *held})]


def _finger(position: int, tries: list[dict[str, Any]], faults: dict[str, str]) -> dict[str, Any]:
    taken = [each for each in tries if each["blob"]]
    best = max((each["quality"] for each in taken), default=None)
    shown = [
        {
            "rank": rank, "quality": each["quality"], "good": each["quality"] >= GOOD_AT_LEAST,
            "advice": advice_words(each["advice"]),
            "best": each["quality"] == best and len(taken) > 1,
        }
        for rank, each in enumerate(taken, start=1)
    ]
    none = next((each for each in tries if not each["blob"]), None)
    return {
        "position": position, "key": str(position % 10), "label": Finger(position).label,
        "tries": shown, "full": len(taken) >= MOST_TRIES,
        "outcome": none["outcome"] if none and not taken else "", "reason": none["reason"] if none else "",
        "fault": faults.get(f"finger_{position}", ""),
    }


def advice_words(code: str) -> str:
    """What to do about a print, in the reader's language; the codes are those of engine.fingerprint.ADVICE."""
    return {
        "good": _("The print is good."),
        "not-a-finger": _("No ridges can be seen. Clean the scanner and place the finger again."),
        "several-fingers": _("There is more than one finger in the image. Place a single finger in the middle."),
        "partial": _("Only part of the finger was captured. Place the whole fingertip in the middle."),
        "too-light": _("The print is too light. Press a little more firmly."),
        "too-dark": _("The print is too dark. Press more lightly, or dry the finger and the scanner."),
        "too-dry": _("The finger is too dry. Moisten it slightly or breathe on it, then place it again."),
        "moved": _("The finger moved. Hold it still and place it again."),
    }.get(code, "")


def photo_words(code: str) -> str:
    """What to do about a photo, in the reader's language; the codes are those of services.pictures."""
    return {
        "good": _("The photo is good."),
        "too-dark": _("The photo is dark. Turn the face towards the light and take it again."),
        "too-bright": _("The photo is too bright. Move into the shade and take it again."),
        "blurred": _("The photo is blurred. Hold still, wipe the lens and take it again."),
        "too-small": _("The picture is very small. Come closer or use another camera."),
    }.get(code, "")


def _asked_of(draft: OpenDraft, index: int) -> dict[str, Any]:
    member = draft.members[index]
    code = queries.why_no_prints(draft, member, at=timezone.now())
    return {
        "photo_words": photo_words(member.get("photo_advice", "")) if member["photo"] else "",
        "asks_photo": member["answers"].get("photo") == "yes",
        "asks_prints": member["answers"].get("prints") == "yes" and code is None,
        "why_no_prints": REFUSALS[code] if code and code != "prints-refused" else "",
    }


def _others(member: dict[str, Any]) -> list[tuple[int, str]]:
    held = {each["position"] for each in member["prints"]} | set(USUAL)
    return [(finger.value, finger.label) for finger in Finger if finger.value and finger.value not in held]


def _outcomes() -> list[tuple[str, str]]:
    return [(each.value, each.label) for each in CaptureOutcome if each != CaptureOutcome.TAKEN]


def _chosen(request: HttpRequest, asked: list[int]) -> int:
    wanted = request.GET.get("member", "")
    return int(wanted) if wanted.isdigit() and int(wanted) in asked else asked[0]


def _position(name: str) -> int | None:
    number = name.removeprefix("finger_")
    return int(number) if name.startswith("finger_") and number.isdigit() and 0 <= int(number) <= 10 else None
