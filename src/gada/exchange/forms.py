"""Forms: a partner's card, an agreement's clauses, a reason, a file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator, Programme, Site
from gada.agencies.queries import programmes_of, sites_of
from gada.assistance.models import DistributionList
from gada.assistance.queries import lists_for
from gada.engine.linkage.tokens import RECIPE
from gada.exchange.models import Peer
from gada.exchange.rules.extracts import FIELDS as EXTRACT_FIELDS
from gada.exchange.rules.extracts import PROPOSED, ExtractPurpose, Kind, Source
from gada.exchange.rules.fields import FIELDS, LABELS
from gada.exchange.rules.terms import NEWEST_IS_HONEST_FOR
from gada.exchange.services import ExtractDraft
from gada.people.words import LegalBasis

DIRECTIONS = [
    ("", _("not shared")),
    ("both", _("both ways")),
    ("ours", _("we send")),
    ("theirs", _("they send")),
]
AUTHORITIES = [("ours", _("we decide")), ("theirs", _("they decide")), ("person", _("a person decides"))]


class MeetForm(forms.Form):
    """A partner's card, and the digits as they were heard."""

    card = forms.FileField(
        label=_("The partner’s key card"), help_text=_("The file they gave you, ending in .card")
    )
    heard = forms.CharField(
        label=_("The digits as you hear them"),
        max_length=80,
        help_text=_(
            "Call the partner. They read forty digits from their screen; type what you hear, never what the file says."
        ),
    )
    their_operator = forms.CharField(label=_("Who read them to you"), max_length=120)
    address = forms.CharField(
        label=_("Address of their node"),
        max_length=200,
        required=False,
        help_text=_("Like https://node.example.org. Leave it empty to exchange by files only."),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=300)


class AgreementFileForm(forms.Form):
    file = forms.FileField(label=_("The partner’s agreement file"))


class PackageFileForm(forms.Form):
    file = forms.FileField(label=_("A package file (.gada) or a receipt"))


class DraftForm(forms.Form):
    """What people decide in an agreement."""

    peer = forms.ModelChoiceField(Peer.objects.none(), label=_("Partner"))
    purpose = forms.CharField(label=_("Purpose"), max_length=500)
    legal_basis = forms.ChoiceField(label=_("Legal basis"), choices=LegalBasis.choices)
    impact_assessment = forms.CharField(
        label=_("Impact assessment"), max_length=500, help_text=_("Where it is kept and what it decided.")
    )
    sites = forms.ModelMultipleChoiceField(
        Site.objects.none(),
        label=_("Our people: of these sites"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    programmes = forms.ModelMultipleChoiceField(
        Programme.objects.none(),
        label=_("Our people: of these programmes"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    everyone = forms.BooleanField(label=_("All the people we have registered"), required=False)
    prints = forms.ChoiceField(
        label=_("Fingerprints"),
        choices=[
            ("none", _("neither sent nor compared")),
            ("confirm", _("compared, then destroyed")),
            ("verify", _("compared, and sent to recognise people")),
        ],
    )
    prints_to = forms.ChoiceField(
        label=_("Fingerprints go to"), choices=[("theirs", _("the partner")), ("ours", _("us"))]
    )
    retain_days = forms.IntegerField(
        label=_("Fingerprints are kept (days)"), min_value=0, max_value=3650, initial=90
    )
    people_per_day = forms.IntegerField(label=_("People sent a day, at most"), min_value=1, initial=10_000)
    runs_per_quarter = forms.IntegerField(
        label=_("Comparisons in three months, at most"), min_value=1, max_value=100, initial=4
    )
    min_population = forms.IntegerField(label=_("People on each side, at least"), min_value=1, initial=100)
    max_overlap = forms.IntegerField(label=_("Common combinations, at most"), min_value=1, initial=500_000)
    max_strangers = forms.IntegerField(
        label=_("People not shared who may lose something, at most"), min_value=0, initial=500
    )
    retention_days = forms.IntegerField(label=_("What is received is kept (days)"), min_value=1, initial=365)
    max_silence_days = forms.IntegerField(
        label=_("Stops by itself without contact after (days)"), min_value=1, initial=14
    )
    valid_until = forms.DateField(label=_("In force until"), widget=forms.DateInput(attrs={"type": "date"}))
    suspension = forms.CharField(label=_("How it can be suspended"), max_length=500, required=False)

    def __init__(self, *arguments: Any, viewer: Operator, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["peer"].queryset = Peer.objects.filter(state="active")
        self.fields["sites"].queryset = sites_of(viewer)
        self.fields["programmes"].queryset = programmes_of(viewer)
        self.fields["valid_until"].initial = (timezone.now() + timedelta(days=364)).date()
        for name in FIELDS:
            newest = [("newest", _("the newer one counts"))] if name in NEWEST_IS_HONEST_FOR else []
            self.fields[f"direction_{name}"] = forms.ChoiceField(
                label=_("How it is shared"), choices=DIRECTIONS, required=False, initial="both"
            )
            self.fields[f"authority_{name}"] = forms.ChoiceField(
                label=_("Where they differ"), choices=[*AUTHORITIES, *newest], initial="person"
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        some = bool(cleaned.get("sites") or cleaned.get("programmes"))
        if some == bool(cleaned.get("everyone")):
            self.add_error(
                "everyone",
                _("Choose sites or programmes, or say that it is all the people; not both, not neither."),
            )
        return cleaned

    def field_rows(self) -> list[tuple[Any, forms.BoundField, forms.BoundField]]:
        """Name, direction and authority of each field."""
        return [(LABELS[name], self[f"direction_{name}"], self[f"authority_{name}"]) for name in FIELDS]

    def clauses(self) -> dict[str, Any]:
        """The clauses as the agreement has them. The partner's people are everyone that their own gate lets out."""
        said = self.cleaned_data
        agreed = [name for name in sorted(FIELDS) if said[f"direction_{name}"]]
        everyone = {"everyone": True, "sites": [], "programmes": [], "statuses": []}
        ours = (
            everyone
            if said["everyone"]
            else {
                "everyone": False,
                "statuses": [],
                "sites": sorted(str(site.pk) for site in said["sites"]),
                "programmes": sorted(str(programme.pk) for programme in said["programmes"]),
            }
        )
        none = said["prints"] == "none"
        return {
            "purpose": said["purpose"],
            "legal_basis": said["legal_basis"],
            "impact_assessment": said["impact_assessment"],
            "people": {"ours": ours, "theirs": everyone},
            "fields": [
                {"name": name, "direction": said[f"direction_{name}"], "authority": said[f"authority_{name}"]}
                for name in agreed
            ],
            "household_members": False,
            "biometrics": {
                "modality": "fingerprint",
                "form": "none" if none else "template",
                "to": "" if none else said["prints_to"],
                "use": "confirm" if none else said["prints"],
                "retain_days": 0 if none else said["retain_days"],
            },
            "modes": ["delivery", "overlap"],
            "tokens": {"recipe": RECIPE, "common": 2, "bar": -10},
            "limits": {
                "queries_per_hour": 0,
                **{
                    name: said[name]
                    for name in (
                        "people_per_day",
                        "runs_per_quarter",
                        "min_population",
                        "max_overlap",
                        "max_strangers",
                    )
                },
            },
            "retention_days": said["retention_days"],
            "valid_from": timezone.now().date().isoformat(),
            "valid_until": said["valid_until"].isoformat(),
            "max_silence_days": said["max_silence_days"],
            "suspension": said["suspension"],
        }


class ExtractForm(forms.Form):
    """What a partner without Gada asks for."""

    organisation = forms.CharField(label=_("Organisation"), max_length=120)
    kind = forms.ChoiceField(label=_("What it is"), choices=Kind.choices)
    country = forms.CharField(
        label=_("Its country"), max_length=3, min_length=3, help_text=_("Three letters, like NER."),
    )
    asked_by = forms.CharField(label=_("Who asks"), max_length=120, help_text=_("The person’s name and function."))
    contact = forms.CharField(label=_("How they are reached"), max_length=120, help_text=_("Telephone or e-mail."))
    purpose = forms.ChoiceField(label=_("What for"), choices=ExtractPurpose.choices)
    why = forms.CharField(
        label=_("In their words"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What they will do with the list. It stands on the first sheet of the file."),
    )
    legal_basis = forms.ChoiceField(label=_("Legal basis"), choices=LegalBasis.choices)
    source = forms.ChoiceField(label=_("Which families"), choices=Source.choices)
    of_list = forms.ModelChoiceField(DistributionList.objects.none(), label=_("Distribution list"), required=False)
    of_site = forms.ModelChoiceField(Site.objects.none(), label=_("Site"), required=False)
    of_programme = forms.ModelChoiceField(Programme.objects.none(), label=_("Programme"), required=False)
    numbers = forms.CharField(
        label=_("Numbers"), required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Of families or of people, one a line."),
    )
    until = forms.DateField(
        label=_("Last day of use"), widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("After that day the partner destroys the file and confirms it."),
    )

    def __init__(self, *arguments: Any, viewer: Operator, **named: Any) -> None:
        super().__init__(*arguments, **named)
        lists = self.fields["of_list"]
        lists.queryset = lists_for(viewer).order_by("-made_at")
        lists.label_from_instance = (
            lambda made: f"{made.cycle.intervention.name} · {made.cycle.name} · {made.site.name}"
        )
        self.fields["of_site"].queryset = sites_of(viewer, action="extract.request")
        self.fields["of_programme"].queryset = programmes_of(viewer, action="extract.request")
        self.fields["until"].initial = timezone.localdate() + timedelta(days=30)
        self.fields["country"].initial = viewer.agency.country
        proposed = PROPOSED[ExtractPurpose.ASSISTANCE]
        for name, field in EXTRACT_FIELDS.items():
            self.fields[f"with_{name}"] = forms.BooleanField(
                label=field.label, required=False, initial=name in proposed
            )
            self.fields[f"why_{name}"] = forms.CharField(label=_("Why it is needed"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        needed = {Source.LIST: "of_list", Source.SITE: "of_site", Source.PROGRAMME: "of_programme"}
        name = needed.get(cleaned.get("source"), "numbers")
        if cleaned.get("source") and not cleaned.get(name) and name not in self.errors:
            self.add_error(name, _("Say which one."))
        return cleaned

    def field_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Each field with the reason for it."""
        return [(self[f"with_{name}"], self[f"why_{name}"]) for name in EXTRACT_FIELDS]

    def draft(self) -> ExtractDraft:
        """The request as a service takes it."""
        said = self.cleaned_data
        of = {Source.LIST: "of_list", Source.SITE: "of_site", Source.PROGRAMME: "of_programme"}.get(said["source"])
        return ExtractDraft(
            of=said[of] if of else None, country=said["country"].upper(), numbers=said["numbers"], until=said["until"],
            fields={name: said[f"why_{name}"] for name in EXTRACT_FIELDS if said[f"with_{name}"]},
            **{
                name: said[name]
                for name in (
                    "organisation", "kind", "asked_by", "contact", "purpose", "why", "legal_basis", "source",
                )
            },
        )


class DecideForm(forms.Form):
    reason = forms.CharField(
        label=_("Why"), max_length=300, required=False, help_text=_("Needed to refuse: what the partner should change.")
    )


class ReturnForm(forms.Form):
    file = forms.FileField(label=_("The file that the partner sent back"), help_text=_("XLSX or CSV, at most 10 MB."))
    password = forms.CharField(
        label=_("Its password, if it is locked"), required=False, max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("The one you told the partner. It is not kept."),
    )


class DestroyedForm(forms.Form):
    said_by = forms.CharField(label=_("Who confirmed it"), max_length=120)
    on = forms.DateField(label=_("On which day"), widget=forms.DateInput(attrs={"type": "date"}))
    how = forms.CharField(
        label=_("How"), max_length=300, required=False,
        help_text=_("Letter, e-mail, telephone; files, copies and prints."),
    )


class WhoseForm(forms.Form):
    code = forms.CharField(label=_("Code of a row, or number of an extract"), max_length=40)
