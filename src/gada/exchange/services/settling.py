"""Two truths, one person: differences become proposals; the field's authority or a person settles them (§5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.proof.ids import new_id
from gada.engine.refusal import NotFound, Refusal
from gada.exchange.models import Agreement, Link, Proposal, Statement
from gada.exchange.rules.fields import FIELDS, same_value
from gada.exchange.rules.terms import NEWEST, PERSON, Terms
from gada.exchange.services.standing import current_agreement, own_id
from gada.exchange.services.values import COLUMNS, changes_for, value_of_person
from gada.journal import Item
from gada.journal.models import LogEntry
from gada.people.models import Person
from gada.people.services import scope_of

ACCEPTED, KEPT, LAPSED = "accepted", "kept", "lapsed"


def settle_statements(agreement: Agreement, statements: Sequence[Statement], *, at: datetime) -> None:
    """Compare what just arrived with our rows and let the agreement's authorities settle; inside a transaction."""
    terms = agreement.terms
    people = Person.objects.select_related("site").in_bulk({said.link.person_id for said in statements})
    open_now: dict[tuple[UUID, str], list[Proposal]] = defaultdict(list)
    for proposal in Proposal.objects.filter(
        link__in={said.link_id for said in statements}, state="open"
    ).select_related("link"):
        open_now[proposal.link_id, proposal.field].append(proposal)
    for said in statements:
        field = terms.fields.get(said.field)
        if field is None or not FIELDS[said.field].settled:
            continue
        person = people[said.link.person_id]
        ours = value_of_person(person, said.field)
        waiting = open_now[said.link_id, said.field]
        if same_value(said.field, ours, said.value):
            _lapse(waiting, agreement, at=at)
            continue
        winner = _winner(terms, said, person, at)
        if winner == "theirs":
            _take_over(said, person, ours, waiting, agreement, at=at)
        elif winner == "ours":
            _lapse(waiting, agreement, at=at)
        elif not any(proposal.theirs == said.value for proposal in waiting) and not _answered(said, ours):
            _lapse(waiting, agreement, at=at)
            _open(said, ours, agreement, at=at)


@transaction.atomic
def decide_proposal(*, operator: Operator, proposal_id: UUID, accept: bool, at: datetime) -> Proposal:
    """A person settles one difference: take the partner's value over, or keep ours. The old value stays in history."""
    proposal = (
        Proposal.objects.select_related("link__person__site", "link__peer")
        .select_for_update(of=("self",))
        .filter(id=proposal_id)
        .first()
    )
    if proposal is None:
        raise NotFound("proposal-unknown", _("This difference is not known here."))
    person = proposal.link.person
    authorize(operator, "proposal.decide", site=person.site)
    if proposal.state != "open":
        raise Refusal("proposal-decided", _("Somebody has already settled this difference."))
    ours = value_of_person(person, proposal.field)
    if not same_value(proposal.field, ours, proposal.ours):
        _decide([proposal], LAPSED, "person", by=operator, at=at)
        raise Refusal("proposal-stale", _("Our value changed meanwhile. Look again at the person."))
    if accept:
        _correct(person, proposal.field, proposal.theirs, by=operator, proposal_id=proposal.id, at=at)
    _decide([proposal], ACCEPTED if accept else KEPT, "person", by=operator, at=at)
    proposal.refresh_from_db()
    return proposal


def _winner(terms: Terms, said: Statement, person: Person, at: datetime) -> str:
    """ours | theirs | person."""
    authority = terms.fields[said.field].authority
    if authority == str(own_id()):
        return "ours"
    if authority == NEWEST:
        if said.happened_at > at:
            return PERSON  # a date from the future never wins
        return "theirs" if said.happened_at > _changed_at(person, said.field) else "ours"
    return PERSON if authority == PERSON else "theirs"


def _changed_at(person: Person, field: str) -> datetime:
    """When our value was last set, by the entry that set it."""
    newest = max((person.versions.get(column, "") for column in COLUMNS[field]), default="")
    if not newest:
        return person.enrolled_at
    entry = LogEntry.objects.filter(about_id=person.id, lamport=int(newest.split(":")[0])).first()
    return entry.happened_at if entry else person.enrolled_at


def _take_over(
    said: Statement,
    person: Person,
    ours: Any,
    waiting: Sequence[Proposal],
    agreement: Agreement,
    *,
    at: datetime,
) -> None:
    _lapse(waiting, agreement, at=at)
    proposal = _open(said, ours, agreement, at=at)
    _correct(person, said.field, said.value, by=agreement.peer.reference, proposal_id=proposal.id, at=at)
    _decide([proposal], ACCEPTED, "authority", by=agreement.peer.reference, at=at)


def _correct(person: Person, field: str, value: Any, *, by: Any, proposal_id: UUID, at: datetime) -> None:
    changes = changes_for(field, value)
    corrected: Person = journal.record(
        "person.corrected",
        by=by,
        about=("person", person.id),
        subject=person.id,
        scope=scope_of(person.site),
        purpose="exchange",
        case=("proposal", proposal_id),
        at=at,
        facts={"changes": changes, "saw": {name: person.versions.get(name, "") for name in changes}},
    )
    for name in changes:
        setattr(person, name, getattr(corrected, name))
    person.versions = corrected.versions


def _open(said: Statement, ours: Any, agreement: Agreement, *, at: datetime) -> Proposal:
    opened: Proposal = journal.record(
        "proposal.opened",
        by=agreement.peer.reference,
        about=("person", said.link.person_id),
        subject=said.link.person_id,
        purpose="exchange",
        at=at,
        facts={
            "id": str(new_id()),
            "link": str(said.link_id),
            "field": said.field,
            "ours": ours,
            "theirs": said.value,
            "statement": str(said.id),
        },
    )
    return opened


def _lapse(proposals: Iterable[Proposal], agreement: Agreement, *, at: datetime) -> None:
    _decide(list(proposals), LAPSED, "authority", by=agreement.peer.reference, at=at)


def _decide(proposals: Sequence[Proposal], decision: str, settled_by: str, *, by: Any, at: datetime) -> None:
    journal.record_all(
        "proposal.decided",
        by=by,
        purpose="exchange",
        at=at,
        items=[
            Item(
                about=("person", proposal.link.person_id),
                subject=proposal.link.person_id,
                case=("proposal", proposal.id),
                facts={"id": str(proposal.id), "decision": decision, "settled_by": settled_by},
            )
            for proposal in proposals
        ],
    )


def _answered(said: Statement, ours: Any) -> bool:
    """A person already kept this very value of ours against this very value of theirs: not asked twice."""
    kept = (
        Proposal.objects.filter(link=said.link, field=said.field, state=KEPT).order_by("-decided_at").first()
    )
    return kept is not None and kept.theirs == said.value and kept.ours == ours


def agreement_of(link: Link) -> Agreement:
    """The agreement in force under which this link stands."""
    return current_agreement(link.agreement_id)
