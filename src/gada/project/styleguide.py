"""/styleguide/: every component once, with people and figures nobody has. No database, no sign-in."""

from __future__ import annotations

import base64
import datetime as dt
from functools import cache
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gada.engine import fingerprint
from gada.engine.fingerprint import synthetic

EXAMPLE_FINGER = 7
LAYOUTS = {
    "desk": gettext_lazy("desk"), "sign_in": gettext_lazy("sign in"), "refusal": gettext_lazy("refusal"),
    "report": gettext_lazy("A4 report"), "slip": gettext_lazy("A6 slip"), "receipt": gettext_lazy("receipt"),
}


class ExampleForm(forms.Form):
    """One field of each kind."""

    given = forms.CharField(label=gettext_lazy("Given name"), max_length=80)
    phone = forms.CharField(
        label=gettext_lazy("Phone"), required=False, help_text=gettext_lazy("A number where it is safe to call."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    sex = forms.ChoiceField(
        label=gettext_lazy("Sex"), choices=[("F", gettext_lazy("Female")), ("M", gettext_lazy("Male"))],
        widget=forms.RadioSelect,
    )
    purposes = forms.MultipleChoiceField(
        label=gettext_lazy("What the person agrees to"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[
            ("prints", gettext_lazy("Fingerprints taken")), ("sharing", gettext_lazy("Shared with the food programme")),
        ],
    )
    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=1900, required=False)
    age = forms.IntegerField(label=gettext_lazy("or age, about"), min_value=0, required=False)
    photo = forms.FileField(
        label=gettext_lazy("Photo"), required=False, widget=forms.ClearableFileInput(attrs={"accept": "image/*"})
    )
    site = forms.ChoiceField(
        label=gettext_lazy("Site"), required=False,
        choices=[("", gettext_lazy("All sites")), ("i", "Intikane"), ("t", "Tillia")],
    )
    name = forms.CharField(label=gettext_lazy("Name or number"), required=False)


@login_not_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """All components; `?layout=desk` (sign_in, report, slip, receipt, refusal) shows that frame instead."""
    layout = request.GET.get("layout", "")
    if layout in LAYOUTS:
        return render(request, f"styleguide/{layout}.html", example())
    return render(request, "styleguide/all.html", example())


def example() -> dict[str, Any]:
    """Context of every page of the guide."""
    now = timezone.now()
    return {
        "layouts": LAYOUTS.items(), "now": now, "today": dt.date(2026, 3, 14),
        "form": ExampleForm({"given": "", "phone": "96 12", "purposes": ["sharing"]}),
        "clean_form": ExampleForm(auto_id="clean_%s"),
        "page": Paginator(range(1462), 25).page(3), "two_prints": example_prints(),
        "hints": {
            "prints": _("A no costs nothing: aid is the same."),
            "sharing": _("Only the fields named in the agreement."),
        },
        **_figures(), **_people(), **_events(now),
    }


@cache
def example_prints() -> dict[str, Any]:
    """Two touches of one grown finger, read, compared and drawn by the real engine."""
    finger = synthetic.a_finger(EXAMPLE_FINGER)
    files = [finger.impression_png(touch) for touch in (1, 2)]
    left, right = (fingerprint.extract(fingerprint.read_image(file)) for file in files)
    pictures = [f"data:image/png;base64,{base64.b64encode(file).decode()}" for file in files]
    found = fingerprint.compare(left, right)
    return {"left": left, "right": right, "pairs": found.pairs, "left_image": pictures[0], "right_image": pictures[1]}


def _figures() -> dict[str, Any]:
    by_hour = zip(range(8, 17), [18, 34, 41, 39, 22, 12, 37, 44, 30], strict=True)
    days = [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat")]
    return {
        "hours": [(f"{hour} h", families) for hour, families in by_hour],
        "rising": [12, 21, 40, 61, 95, 118, 131, 155, 192, 236, 277],
        "by_day": [
            {"label": _("Women"), "points": list(zip(days, [3.1, 3.4, 2.9, 3.8, 4.4, 4.1], strict=True))},
            {"label": _("Men"), "points": list(zip(days, [2.2, 2.0, 2.4, 2.1, 2.6, 2.3], strict=True))},
        ],
    }


def _people() -> dict[str, Any]:
    return {
        "left": {"name": "Mahamadou Ag Alhousseini", "meta": _("Registered today, 11:42 · Intikane"), "url": "#"},
        "right": {"name": "Mohamed Alhusseini", "meta": _("Registered on 9 January · Tillia"), "url": "#"},
        "differences": [
            (_("Birth"), _("about 1971"), _("1973 (estimated)")),
            {"label": _("Father"), "left": "Alhousseini Ag Intalla", "right": "Alhousseyni Intalla", "agree": "close"},
            {"label": _("Mother"), "left": "Tin Hinan W. Bilal", "right": "Tinhinane", "agree": "close"},
            (_("Place of origin"), "Ménaka", "Ménaka"),
            (_("Family"), _("wife, 2 children"), _("alone")),
            (_("Phone"), "", "+227 ·· ·· 41 08"),
        ],
        "evidence_rows": [
            {"label": _("Right index"), "weight": 58, "reason": _("by chance: 1 time in 600 000")},
            {"label": _("Left thumb"), "weight": 21, "reason": _("partial image")},
            {"label": _("Names and parents"), "weight": 29, "reason": _("Mahamadou = Mohamed; a rare father’s name")},
            {"label": _("Birth"), "weight": 6, "reason": _("two estimates, 2 years apart")},
            {"label": _("Family"), "weight": -8, "reason": _("alone in January, four today")},
            {"label": _("To begin with"), "weight": -53, "reason": _("41 207 people known")},
        ],
        "evidence_total": {"label": _("Together"), "weight": 53, "reason": _("probably the same person")},
        "facts_rows": [
            (_("Birth"), _("2 May 1994"), _("identity card")), (_("Place of origin"), "Tahoua", ""),
            (_("Languages"), "Hausa, ߒߞߏ, Tamasheq, العربية", ""), (_("Phone"), None, ""),
        ],
        "members": [
            {
                "name": "Fati Oumarou", "role": _("main recipient"), "line": _("born on 2 May 1994"), "url": "#",
                "label": _("3 prints"), "state": "good",
            },
            {"name": "Idrissa Oumarou", "role": _("son"), "line": _("12 years old"), "url": "#"},
            {
                "name": "Ɗan Ɓaure Ƙofa", "role": _("brother"), "line": _("about 1985"), "url": "#",
                "label": _("to check"), "state": "wait",
            },
        ],
    }


def _events(now: dt.datetime) -> dict[str, Any]:
    return {
        "events": [
            {
                "at": now - dt.timedelta(minutes=4), "title": _("Aid handed over"),
                "text": _("50 kg of millet, 5 l of oil"), "who": "A. Maïga", "state": "good", "icon": "hand-helping",
            },
            {
                "at": now - dt.timedelta(hours=26), "title": _("Read for the March distribution"),
                "who": _("Intikane desk 2"), "icon": "eye",
            },
            {
                "at": now - dt.timedelta(days=64), "title": _("Registered"), "who": _("Tillia, registration"),
                "icon": "user-plus",
            },
        ],
        "fallbacks": [
            {
                "label": _("Another finger"), "hint": _("thumbs first; moisten, wipe the reader"), "key": "1",
                "value": "finger",
            },
            {"label": _("Photo and face"), "hint": _("you compare, you decide"), "key": "2", "value": "photo"},
            {"label": _("Secret code"), "key": "3", "value": "code"},
            {"label": _("Card and another recipient"), "hint": "Idrissa, Halima", "key": "4", "value": "card"},
            {
                "label": _("Supervisor"), "hint": _("the only one who may say no; slip and appeal are printed"),
                "key": "5", "value": "supervisor",
            },
        ],
        "parts": [{"label": _("Head"), "url": "#"}, _("Members"), _("Prints"), _("Photo")],
        "rights": [(_("Millet"), "50 kg"), (_("Oil"), "5 l"), (_("Iodised salt"), "0,5 kg")],
    }
