"""An agreement as a person reads it: sentences, those that open much marked in red."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gada.exchange.rules.fields import LABELS
from gada.exchange.rules.terms import BOTH, NEWEST, PERSON, FieldTerms, Party, Terms
from gada.people.words import LegalBasis, PersonStatus, Relationship, Sex

DAMAGED = gettext_lazy("It was damaged on the way: have it copied or sent again.")
NOT_THEIRS = gettext_lazy("It is not from the partner it names: call them.")
WHY_REFUSED = {
    "package-seal-broken": DAMAGED, "package-truncated": DAMAGED, "package-compression": DAMAGED,
    "package-counts": DAMAGED, "package-root": DAMAGED, "package-blob-missing": DAMAGED,
    "package-signature": NOT_THEIRS, "package-other-sender": NOT_THEIRS,
    "package-sender-unknown": gettext_lazy("Its sender is no partner here."),
    "package-wrong-recipient": gettext_lazy("It is addressed to somebody else."),
    "package-resigned": gettext_lazy("Another package of this number was received before: call the partner."),
    "package-chain": gettext_lazy("One before it is missing: ask the partner for it."),
    "package-bomb": gettext_lazy("It holds more than it promises: call the partner."),
    "package-too-large": gettext_lazy("It is larger than this node accepts."),
    "package-format": gettext_lazy("It is no package, or a later version made it."),
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence; `state` is bad for what opens everything, else empty."""

    text: str
    state: str = ""


def headline(terms: Terms, own: UUID) -> str:
    """The whole agreement in one sentence."""
    ours, theirs = terms.party(own), terms.other(own)
    return _("%(ours)s and %(theirs)s recognise the people they share, for this purpose: %(purpose)s.") % {
        "ours": ours.name,
        "theirs": theirs.name,
        "purpose": terms.purpose.rstrip("."),
    }


def sentences_of(terms: Terms, own: UUID) -> list[Sentence]:
    """Every clause in words, in the order of the document."""
    ours, theirs = terms.party(own), terms.other(own)
    return [
        Sentence(_("The legal basis is: %(basis)s.") % {"basis": _basis(terms.legal_basis)}),
        Sentence(
            _("Impact assessment: %(text)s.") % {"text": terms.impact_assessment.rstrip(".") or _("none")}
        ),
        *(_people(terms, party) for party in (ours, theirs)),
        *(_field(terms, each, ours, theirs) for _name, each in sorted(terms.fields.items())),
        _members(terms),
        *_prints(terms, ours, theirs),
        Sentence(_("What may be done: %(modes)s.") % {"modes": ", ".join(_modes(terms))}),
        Sentence(
            ngettext(
                "Two people are compared only when they share at least %(count)s precise combination of data.",
                "Two people are compared only when they share at least %(count)s precise combinations of data.",
                terms.tokens.common,
            )
            % {"count": terms.tokens.common}
        ),
        *_limits(terms),
        Sentence(
            ngettext(
                "What was received is erased after %(count)s day.",
                "What was received is erased after %(count)s days.",
                terms.retention_days,
            )
            % {"count": terms.retention_days}
        ),
        Sentence(_("Nothing may be passed on to others.")),
        Sentence(
            _("In force from %(first)s to %(last)s; reviewed together each year, or it lapses.")
            % {
                "first": date_format(terms.valid_from, "j F Y"),
                "last": date_format(terms.valid_until, "j F Y"),
            }
        ),
        Sentence(
            ngettext(
                "Without any contact for %(count)s day it stops by itself.",
                "Without any contact for %(count)s days it stops by itself.",
                terms.max_silence_days,
            )
            % {"count": terms.max_silence_days}
        ),
        *(
            [Sentence(_("Suspension: %(text)s.") % {"text": terms.suspension.rstrip(".")})]
            if terms.suspension
            else []
        ),
    ]


def _basis(basis: str) -> str:
    # "accord" alone would mean the agreement itself in French.
    return _("the consent of each person") if basis == LegalBasis.CONSENT else str(LegalBasis(basis).label)


def _count(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")


def value_in_words(field: str, value: Any) -> str:
    """One value as a person reads it."""
    if field == "birth":
        if not value["from"]:
            return _("not known")
        if value["precision"] == "day":
            return date_format(date.fromisoformat(value["from"]), "j F Y")
        first, last = (date.fromisoformat(value[part]).year for part in ("from", "to"))
        return _("about %(year)s") % {"year": (first + last) // 2}
    if field == "sex":
        return str(Sex(value).label)
    if field == "documents":
        return ", ".join(" ".join(filter(None, (each["kind"], each["number"], each["country"]))) for each in value)
    if field == "household":
        shared, others = len(value["members"]), value["others"]
        return _("%(part)s; %(shared)s; %(others)s") % {
            "part": Relationship(value["relationship"]).label,
            "shared": ngettext("%(count)s other member shared", "%(count)s other members shared", shared)
            % {"count": shared},
            "others": ngettext("%(count)s not shared", "%(count)s not shared", others) % {"count": others},
        }
    return str(value)


def _people(terms: Terms, party: Party) -> Sentence:
    people = terms.people[party.node_id]
    if people.everyone and not people.statuses:
        return Sentence(_("%(party)s brings EVERYONE it has registered.") % {"party": party.name}, "bad")
    parts = []
    if people.everyone:
        parts.append(_("everyone"))
    if people.sites:
        parts.append(
            ngettext("the people of %(count)s site", "the people of %(count)s sites", len(people.sites))
            % {"count": len(people.sites)}
        )
    if people.programmes:
        count = len(people.programmes)
        parts.append(
            ngettext("the people of %(count)s programme", "the people of %(count)s programmes", count)
            % {"count": count}
        )
    if people.statuses:
        parts.append(
            _("with the status %(statuses)s")
            % {"statuses": ", ".join(str(PersonStatus(s).label) for s in sorted(people.statuses))}
        )
    return Sentence(
        _("%(party)s brings %(people)s.") % {"party": party.name, "people": ", ".join(parts)},
        "bad" if people.everyone else "",
    )


def _field(terms: Terms, field: FieldTerms, ours: Party, theirs: Party) -> Sentence:
    words = {"field": LABELS[field.name], "authority": _authority(field, ours, theirs)}
    if field.direction == BOTH:
        return Sentence(_("%(field)s: sent both ways; %(authority)s.") % words)
    sender = terms.party(UUID(field.direction))
    words |= {"sender": sender.name, "recipient": terms.other(sender.node_id).name}
    return Sentence(_("%(field)s: sent by %(sender)s to %(recipient)s; %(authority)s.") % words)


def _authority(field: FieldTerms, ours: Party, theirs: Party) -> str:
    if field.authority == PERSON:
        return _("where they differ, a person decides")
    if field.authority == NEWEST:
        return _("where they differ, the newer one counts")
    name = ours.name if field.authority == str(ours.node_id) else theirs.name
    return _("where they differ, %(name)s decides") % {"name": name}


def _members(terms: Terms) -> Sentence:
    if terms.household_members:
        return Sentence(_("Members of a household who are not themselves shared MAY be named."), "bad")
    return Sentence(_("Members of a household who are not themselves shared are never named."))


def _prints(terms: Terms, ours: Party, theirs: Party) -> list[Sentence]:
    agreed = terms.biometrics
    if agreed.form == "none":
        return [Sentence(_("Fingerprints are neither sent nor compared."))]
    to = ours if agreed.to == str(ours.node_id) else theirs
    words = {"sender": terms.other(to.node_id).name, "recipient": to.name}
    form = (
        _("Fingerprint images go from %(sender)s to %(recipient)s.")
        if agreed.form == "image"
        else _("Fingerprints (their points, no images) go from %(sender)s to %(recipient)s.")
    )
    use = (
        _("They are compared and destroyed.")
        if agreed.use == "confirm"
        else ngettext(
            "They are kept %(count)s day to recognise people.",
            "They are kept %(count)s days to recognise people.",
            agreed.retain_days,
        )
        % {"count": agreed.retain_days}
    )
    return [Sentence(form % words, "bad" if agreed.form == "image" else ""), Sentence(use)]


def _modes(terms: Terms) -> list[str]:
    names = {
        "overlap": _("find people in common"),
        "delivery": _("send agreed data"),
        "notify": _("report events"),
        "query": _("ask about one person"),
        "compare": _("compare fingerprints without names"),
    }
    return [names[mode] for mode in sorted(terms.modes)]


def _limits(terms: Terms) -> list[Sentence]:
    limits = terms.limits
    return [
        Sentence(
            _("At most %(people)s people a day are sent; at most %(runs)s comparisons in three months.")
            % {"people": _count(limits.people_per_day), "runs": _count(limits.runs_per_quarter)}
        ),
        Sentence(
            _(
                "A comparison stops below %(least)s people on a side, above %(overlap)s common combinations, "
                "and before more than %(strangers)s people who are not shared lose anything."
            )
            % {
                "least": _count(limits.min_population),
                "overlap": _count(limits.max_overlap),
                "strangers": _count(limits.max_strangers),
            }
        ),
    ]


def why_refused(code: str) -> str:
    """Why a file was refused whole, and what to do; empty where only its code says more."""
    return str(WHY_REFUSED.get(code, ""))
