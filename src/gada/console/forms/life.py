"""What happened to a household: one small form for each verb."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator
from gada.agencies.queries import sites_of
from gada.agencies.views.saying import words_of
from gada.engine.refusal import Invalid
from gada.people.models import Household, Membership
from gada.people.rules import Birth, birth_of, read_number
from gada.people.words import LeavingReason, Recipient, Relationship, Sex

NOT_HEAD = [choice for choice in Relationship.choices if choice[0] != Relationship.HEAD]
STAYS = "stays"
NUMERIC = {"inputmode": "numeric", "autocomplete": "off"}


class Deed(forms.Form):
    """What every form here knows: the household, its members now, and who asks."""

    use_required_attribute = False

    def __init__(
        self, *args: Any, household: Household, viewer: Operator, chosen: UUID | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.household, self.viewer, self.chosen = household, viewer, chosen
        self.members: Sequence[Membership] = household.open_memberships  # type: ignore[attr-defined]
        self.relatives = [each for each in self.members if each.relationship != Relationship.COLLECTOR]
        self.set_up()
        first = next(iter(self.fields.values()), None)
        if first is not None and not isinstance(first.widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
            first.widget.attrs["autofocus"] = "autofocus"

    def set_up(self) -> None:
        """Choices that hang on the household."""

    def choose_from(self, name: str, members: Sequence[Membership], *, empty: Any = None) -> None:
        field: Any = self.fields[name]
        field.choices = [("", empty)] * (empty is not None) + [(str(each.id), _name(each)) for each in members]
        mine = next((each for each in members if each.person_id == self.chosen), None)
        if mine:
            self.initial.setdefault(name, str(mine.id))

    def membership(self, name: str) -> Membership | None:
        return next((each for each in self.members if str(each.id) == self.cleaned_data.get(name)), None)


class BirthForm(Deed):
    given = forms.CharField(label=_("Given names of the child"), max_length=80)
    sex = forms.ChoiceField(label=_("Sex"), choices=[c for c in Sex.choices if c[0]], widget=forms.RadioSelect)
    day = forms.IntegerField(label=_("Day"), min_value=1, max_value=31, required=False)
    month = forms.IntegerField(label=_("Month"), min_value=1, max_value=12, required=False)
    year = forms.IntegerField(label=_("Year"), min_value=1900, max_value=2100)
    mother = forms.ChoiceField(label=_("Mother"), required=False)
    surname = forms.CharField(label=_("Family name"), max_length=80, required=False)

    def set_up(self) -> None:
        today = timezone.localdate()
        for name in ("day", "month", "year"):
            self.fields[name].widget = forms.TextInput(attrs=dict(NUMERIC))
        women = [each for each in self.relatives if each.person.sex != Sex.MALE]
        self.choose_from("mother", women, empty=_("Not in this household, or not known"))
        head = next((each.person for each in self.members if each.relationship == Relationship.HEAD), None)
        self.initial |= {"day": today.day, "month": today.month, "year": today.year}
        self.initial["surname"] = head.surname if head else ""

    def clean(self) -> dict[str, Any]:
        return _with_date(self, super().clean() or {}, to_come=_("This date is still to come. Check the year."))


class DeathForm(Deed):
    who = forms.ChoiceField(label=_("Who died"))
    day = forms.IntegerField(label=_("Day"), min_value=1, max_value=31, required=False)
    month = forms.IntegerField(label=_("Month"), min_value=1, max_value=12, required=False)
    year = forms.IntegerField(label=_("Year"), min_value=1900, max_value=2100, required=False)
    said_by = forms.CharField(label=_("Who said so"), max_length=120, help_text=_(
        "Name, and what they are to the person: “her sister Rakia”."
    ))
    next_head = forms.ChoiceField(
        label=_("Who leads the household then"), required=False, help_text=_("Only when the head died.")
    )

    def set_up(self) -> None:
        for name in ("day", "month", "year"):
            self.fields[name].widget = forms.TextInput(attrs=dict(NUMERIC))
        self.choose_from("who", self.members)
        self.fields["next_head"].choices = _others(self.relatives)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        return _successor(self, _with_date(self, said, to_come=_("This date is still to come. Check the year.")))


class HeadForm(Deed):
    membership = forms.ChoiceField(label=_("New head"))
    former_becomes = forms.ChoiceField(label=_("The former head is then"), choices=NOT_HEAD)

    def set_up(self) -> None:
        self.choose_from("membership", [e for e in self.relatives if e.relationship != Relationship.HEAD])


class RecipientsForm(Deed):
    principal = forms.ChoiceField(label=_("Principal recipient"))
    alternates = forms.MultipleChoiceField(
        label=_("May also collect"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def set_up(self) -> None:
        self.choose_from("principal", self.members)
        self.fields["alternates"].choices = [(str(each.id), _name(each)) for each in self.members]  # type: ignore[attr-defined]
        self.initial["alternates"] = [str(each.id) for each in self.members if each.recipient == Recipient.ALTERNATE]
        held = next((each for each in self.members if each.recipient == Recipient.PRINCIPAL), None)
        if held:
            self.initial["principal"] = str(held.id)


class CollectorForm(Deed):
    given = forms.CharField(label=_("Given names"), max_length=80)
    surname = forms.CharField(label=_("Family name"), max_length=80, required=False)
    sex = forms.ChoiceField(
        label=_("Sex"), choices=[c for c in Sex.choices if c[0]], widget=forms.RadioSelect, required=False
    )
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False)


class SplitForm(Deed):
    """For each member: stays, or what they are in the new household."""

    def set_up(self) -> None:
        for each in self.relatives:
            self.fields[f"to-{each.id}"] = forms.ChoiceField(
                label=_name(each), choices=[(STAYS, _("stays")), *((v, _("goes: %(role)s") % {"role": label})
                    for v, label in Relationship.choices if v != Relationship.COLLECTOR)],
            )
        self.fields["place"] = forms.CharField(
            label=_("Where the new household lives"), max_length=80, required=False,
            help_text=_("Empty: the same place."),
        )
        self.fields["next_head"] = forms.ChoiceField(
            label=_("Who leads those who stay"), required=False, help_text=_("Only when the head goes."),
            choices=_others(self.relatives),
        )

    @property
    def leaving(self) -> dict[UUID, str]:
        said = self.cleaned_data
        going = {each.id: said[f"to-{each.id}"] for each in self.relatives}
        return {membership: role for membership, role in going.items() if role != STAYS}


class MergeForm(Deed):
    number = forms.CharField(label=_("Number of the other household"), max_length=20, help_text=_(
        "Its members join this household, which goes on. Both numbers are found afterwards."
    ))
    becomes = forms.ChoiceField(
        label=_("The head of the other household is, to the head here"), choices=NOT_HEAD, initial="spouse"
    )

    def clean_number(self) -> str:
        try:
            return read_number(self.cleaned_data["number"])
        except Invalid as refusal:
            raise forms.ValidationError(words_of(refusal)) from None


class MoveForm(Deed):
    place = forms.CharField(label=_("Where the family lives now"), max_length=80, required=False)
    site = forms.ModelChoiceField(label=_("Site"), queryset=None, empty_label=None)

    def set_up(self) -> None:
        self.fields["site"].queryset = (  # type: ignore[attr-defined]
            sites_of(self.viewer).model.objects.filter(agency=self.household.site.agency_id).order_by("name")
        )
        self.initial |= {"site": self.household.site_id, "place": self.household.place}


class WithdrawForm(Deed):
    who = forms.ChoiceField(label=_("Who withdraws"))
    reason = forms.ChoiceField(label=_("Why?"), initial="wish", choices=[
        c for c in LeavingReason.choices if c[0] not in ("married", "mistake")
    ])
    next_head = forms.ChoiceField(
        label=_("Who leads the household then"), required=False, help_text=_("Only when the head withdraws alone.")
    )

    def set_up(self) -> None:
        self.choose_from("who", self.members, empty=_("The whole household"))
        self.fields["who"].required = False
        self.fields["next_head"].choices = _others(self.relatives)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        return _successor(self, super().clean() or {})


class LeavingForm(Deed):
    who = forms.ChoiceField(label=_("Who leaves"))
    reason = forms.ChoiceField(label=_("Why?"), choices=[
        c for c in LeavingReason.choices if c[0] not in ("wish", "no-need")
    ])

    def set_up(self) -> None:
        self.choose_from("who", [
            each for each in self.members if each.relationship != Relationship.HEAD or len(self.members) == 1
        ])


class ReturnForm(Deed):
    """Nothing to fill in: the button is the answer."""


def birth_in(said: dict[str, Any]) -> Birth:
    return birth_of(year=said.get("year"), month=said.get("month"), day=said.get("day"))


def _with_date(form: Deed, said: dict[str, Any], *, to_come: Any) -> dict[str, Any]:
    try:
        when = birth_in(said)
        if when.earliest and when.earliest > timezone.localdate():
            form.add_error("year", to_come)
        if (said.get("day") or said.get("month")) and not said.get("year") and "year" not in form.errors:
            form.add_error("year", _("Give the year too."))
    except Invalid as refusal:
        form.add_error("year", words_of(refusal))
    return said


def _successor(form: Deed, said: dict[str, Any]) -> dict[str, Any]:
    gone = form.membership("who")
    leads = gone is not None and gone.relationship == Relationship.HEAD and len(form.relatives) > 1
    if gone and leads and said.get("next_head") in (None, "", str(gone.id)):
        form.add_error("next_head", _("The head is among those who go. Say who leads the household from now on."))
    return said


def _others(members: Sequence[Membership]) -> list[tuple[str, Any]]:
    return [("", _("nobody new")), *((str(each.id), _name(each)) for each in members)]


def _name(each: Membership) -> str:
    return f"{each.person.given} {each.person.surname}".strip()
