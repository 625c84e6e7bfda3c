"""The gate: one question asked where data leave and where they arrive (exchange.md §2).

The wall stands here in code and not in any agreement: data of aid and of refugees never go to border or
security nodes, fingerprints taken for aid never go to a State, whoever signed what.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from gada.engine.refusal import Invalid, Refusal
from gada.exchange.rules.fields import FIELDS, PRINTS, check_value
from gada.exchange.rules.terms import Party, People, Terms
from gada.people.words import Answer, LegalBasis, PersonStatus, ResidenceStatus

STATES: Final = frozenset({"civil", "border", "security"})
FORCES: Final = frozenset({"border", "security"})
PROTECTED_ABROAD: Final = frozenset({ResidenceStatus.REFUGEE, ResidenceStatus.ASYLUM_SEEKER})
SAID_NO: Final = frozenset({Answer.NO, Answer.WITHDRAWN, Answer.OBJECTED})
# Still allowed under suspension and after the end (exchange.md §1).
ALWAYS: Final = frozenset(
    {"receipt", "unlink", "erasure", "revocation", "destruction", "head", "notice", "recall"}
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an agreement stands at this node: signed by both and receipted, stopped by whom, last heard when."""

    active_since: datetime | None
    superseded: bool = False
    suspended_by_us: bool = False
    suspended_by_them: bool = False
    last_contact: datetime | None = None
    peer_state: str = "active"


class Side(Protocol):
    """A side as the wall sees it: what kind of authority or agency, and of which country."""

    @property
    def kind(self) -> str: ...

    @property
    def country(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Ground:
    """On what data leave: an agreement between nodes, or an approved request of a partner without one.

    `closed`: why nothing, or not this field, flows on it now; `people`: whom it covers.
    """

    source: Side
    target: Side
    legal_basis: str
    people: People
    closed: Refusal | None = None


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What the gate must know of a person. `sharing` and `prints` are their newest answers (None: never asked)."""

    site: str
    programmes: frozenset[str]
    status: str
    residence_status: str
    nationality: str
    sharing: str | None
    prints: str | None
    needs_protection: bool
    unaccompanied: bool


def state_of(terms: Terms, standing: Standing, at: datetime) -> str:
    """draft | revoked | forked | superseded | early | expired | suspended | silent | active."""
    if standing.active_since is None:
        return "draft"
    if standing.peer_state != "active":
        return standing.peer_state
    if standing.superseded:
        return "superseded"
    if at < terms.begins:
        return "early"
    if at >= terms.ends:
        return "expired"
    if standing.suspended_by_us or standing.suspended_by_them:
        return "suspended"
    last = max(standing.active_since, standing.last_contact or standing.active_since)
    return "silent" if at - last > timedelta(days=terms.max_silence_days) else "active"


STATE_REFUSALS: Final = {
    "draft": (
        "agreement-unsigned",
        _("This agreement is not signed by both sides yet. Nothing flows under it."),
    ),
    "revoked": (
        "partner-revoked",
        _("The trust in this partner was withdrawn. Nothing flows to or from them."),
    ),
    "forked": (
        "partner-rewrote",
        _("The partner’s journal was rewritten. Nothing flows until two named people have cleared it."),
    ),
    "superseded": ("agreement-superseded", _("A newer version of this agreement is in force.")),
    "early": ("agreement-early", _("This agreement is not in force yet.")),
    "expired": (
        "agreement-expired",
        _("This agreement has ended. Sign a new version before anything flows again."),
    ),
    "suspended": ("agreement-suspended", _("This agreement is suspended. Nothing flows until it is lifted.")),
    "silent": (
        "agreement-silent",
        _(
            "The partner has not been heard for too long: the agreement stopped by itself. Make contact first."
        ),
    ),
}


def may(
    terms: Terms,
    standing: Standing,
    *,
    mode: str,
    sender: UUID,
    recipient: UUID,
    person: PersonFacts | None = None,
    field: str | None = None,
    form: str = "template",
    at: datetime,
) -> Refusal | None:
    """None when this may flow; else the first reason why not. Asked on the sending side with the person's facts."""
    try:
        source, target = terms.party(sender), terms.party(recipient)
    except KeyError:
        return _no("recipient-not-party", _("The recipient is not a party to this agreement."))
    if sender == recipient:
        return _no("recipient-not-party", _("The recipient is not a party to this agreement."))
    if mode in ALWAYS:
        return _wall(source, target, person=person, field=field)
    closed = _closed(terms, standing, mode=mode, at=at)
    if closed is None and field is not None:
        closed = _field(terms, source, target, mode=mode, field=field, form=form)
    ground = Ground(source, target, terms.legal_basis, terms.people[source.node_id], closed)
    return may_leave(ground, person=person, field=field)


def may_leave(ground: Ground, *, person: PersonFacts | None = None, field: str | None = None) -> Refusal | None:
    """None when this may leave on this ground; else the first reason why not: the wall, the ground, the person."""
    if (wall := _wall(ground.source, ground.target, person=person, field=field)) is not None:
        return wall
    if ground.closed is not None or person is None:
        return ground.closed
    return _person(ground, person, field)


def must(terms: Terms, standing: Standing, **question: Any) -> None:
    """Raises the Refusal that `may` gives."""
    refusal = may(terms, standing, **question)
    if refusal is not None:
        raise refusal


def may_receive(
    terms: Terms,
    standing: Standing,
    *,
    sender: UUID,
    recipient: UUID,
    field: str,
    value: Any,
    linked: bool,
    at: datetime,
) -> Refusal | None:
    """Asked on the receiving side: agreement, link, field, type and length. The sender's filter is theirs to keep."""
    refusal = may(terms, standing, mode="delivery", sender=sender, recipient=recipient, field=field, at=at)
    if refusal is not None:
        return refusal
    if not linked:
        return _no("link-unknown", _("The package speaks of somebody who is not linked here."))
    if field == PRINTS:
        return None
    try:
        check_value(field, value)
    except Invalid as invalid:
        return invalid
    return None


def _closed(terms: Terms, standing: Standing, *, mode: str, at: datetime) -> Refusal | None:
    if (state := state_of(terms, standing, at)) != "active":
        return _no(*STATE_REFUSALS[state])
    if mode not in terms.modes:
        return _no("mode-not-agreed", _("The agreement does not cover this kind of exchange."))
    return None


def _wall(source: Side, target: Side, *, person: PersonFacts | None, field: str | None) -> Refusal | None:
    refugee = person is not None and person.residence_status in PROTECTED_ABROAD
    if target.kind in FORCES and (source.kind == "humanitarian" or refugee):
        return _no(
            "wall-forces",
            _("Data of aid and of refugees never go to border or security services, whatever is signed."),
        )
    if field == PRINTS and source.kind == "humanitarian" and target.kind in STATES:
        return _no("wall-prints", _("Fingerprints taken for aid never go to a State, whatever is signed."))
    if person is not None and target.kind in STATES:
        return _fled(person, target, refugee=refugee)
    return None


def _fled(person: PersonFacts, target: Side, *, refugee: bool) -> Refusal | None:
    if refugee and person.nationality in ("", target.country):
        # Where the country of origin is not known, any State may be the one they fled.
        return _no("wall-origin", _("A refugee’s data never go to the country they fled."))
    if person.residence_status == ResidenceStatus.IDP and target.kind in FORCES:
        return _no(
            "wall-fled", _("Displaced people’s data never go to the forces of the State they may have fled.")
        )
    return None


def _field(terms: Terms, source: Party, target: Party, *, mode: str, field: str, form: str) -> Refusal | None:
    if field == PRINTS:
        return _prints(terms, target, mode=mode, form=form)
    if field not in terms.fields or field not in FIELDS:
        return _no("field-not-agreed", _("The agreement does not cover this field: %(field)s."), field=field)
    if not terms.sends(field, source.node_id):
        return _no(
            "direction-not-agreed",
            _("Under the agreement this field does not flow in this direction: %(field)s."),
            field=field,
        )
    return None


def _prints(terms: Terms, target: Party, *, mode: str, form: str) -> Refusal | None:
    agreed = terms.biometrics
    if agreed.form == "none" or (form == "image" and agreed.form != "image"):
        return _no(
            "prints-not-agreed", _("The agreement does not allow fingerprints to be sent in this form.")
        )
    if str(target.node_id) != agreed.to:
        return _no("prints-direction", _("Under the agreement fingerprints go to the other side only."))
    if mode == "delivery" and agreed.use != "verify":
        return _no(
            "prints-use", _("Under the agreement fingerprints confirm who is shared; they are not delivered.")
        )
    return None


def _person(ground: Ground, person: PersonFacts, field: str | None) -> Refusal | None:
    if person.unaccompanied:
        return _no("child-alone", _("A child alone is shared only by their caseworker."))
    if person.needs_protection:
        return _no("person-protected", _("This person is under protection and stays out of every exchange."))
    if person.sharing in SAID_NO:
        return _no(
            "person-refused", _("This person refused, withdrew or objected: nothing about them is shared.")
        )
    if ground.legal_basis == LegalBasis.CONSENT and person.sharing != Answer.YES:
        return _no("consent-missing", _("This person was not asked whether their data may be shared."))
    if field == PRINTS and person.prints in SAID_NO:
        return _no("prints-refused", _("This person refused fingerprints."))
    people = ground.people
    if person.status == PersonStatus.ERASED or (people.statuses and person.status not in people.statuses):
        return _no("person-outside", _("The agreement does not cover this person."))
    covered = people.everyone or (
        (not people.sites or person.site in people.sites)
        and (not people.programmes or bool(person.programmes & people.programmes))
    )
    return None if covered else _no("person-outside", _("The agreement does not cover this person."))


def _no(code: str, message: Any, **facts: Any) -> Refusal:
    return Refusal(code, message, **facts)
