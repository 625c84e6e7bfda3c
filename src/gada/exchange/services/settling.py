"""Two truths, one person: differences become proposals; the field's authority or a person settles them (§5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
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
    """Compare what just arrived with our rows and let the agreement's authorities settle; inside a transaction.

    At most one statement for each link and field.
    """
    settling = Settling(agreement, statements, at)
    for said in statements:
        settling.take(said)
    settling.record()


class Settling:
    """What is decided about some statements, gathered first and recorded together."""

    def __init__(self, agreement: Agreement, statements: Sequence[Statement], at: datetime) -> None:
        self.agreement, self.terms, self.at = agreement, agreement.terms, at
        links = {said.link_id for said in statements}
        self.people = Person.objects.select_related("site").in_bulk({said.link.person_id for said in statements})
        self.changed_at = _times_of_change(self.people.values(), self.terms)
        self.waiting: dict[tuple[UUID, str], list[Proposal]] = defaultdict(list)
        self.answered: dict[tuple[UUID, str], Proposal] = {}
        proposals = Proposal.objects.filter(link__in=links, state__in=("open", KEPT)).select_related("link")
        for proposal in proposals.order_by("decided_at"):
            if proposal.state == KEPT:
                self.answered[proposal.link_id, proposal.field] = proposal  # the newest one
            else:
                self.waiting[proposal.link_id, proposal.field].append(proposal)
        self.lapsed: list[Proposal] = []
        self.opened: list[Item] = []
        self.corrected: list[Item] = []
        self.accepted: list[Item] = []
        self.touched: set[tuple[UUID, str]] = set()

    def take(self, said: Statement) -> None:
        field = self.terms.fields.get(said.field)
        if field is None or not FIELDS[said.field].settled:
            return
        if (said.link.person_id, said.field) in self.touched:  # two links of one person: the second sees the first
            self.record()
            self.people[said.link.person_id].refresh_from_db()
        person = self.people[said.link.person_id]
        ours, key = value_of_person(person, said.field), (said.link_id, said.field)
        if same_value(said.field, ours, said.value):
            self.lapsed += self.waiting.pop(key, [])
            return
        winner = self._winner(said, person)
        if winner == "theirs":
            self._take_over(said, person, ours)
        elif winner == "ours":
            self.lapsed += self.waiting.pop(key, [])
        elif not any(p.theirs == said.value for p in self.waiting.get(key, [])) and not self._answered(said, ours):
            self.lapsed += self.waiting.pop(key, [])
            self.opened.append(_opening(said, ours))

    def record(self) -> None:
        """Write down what was gathered so far."""
        by, at = self.agreement.peer.reference, self.at
        _decide(self.lapsed, LAPSED, "authority", by=by, at=at)
        for action, items in (
            ("proposal.opened", self.opened), ("person.corrected", self.corrected), ("proposal.decided", self.accepted)
        ):
            journal.record_all(action, items=items, by=by, purpose="exchange", at=at)
        self.lapsed, self.opened, self.corrected, self.accepted = [], [], [], []
        self.touched.clear()

    def _take_over(self, said: Statement, person: Person, ours: Any) -> None:
        self.lapsed += self.waiting.pop((said.link_id, said.field), [])
        opening = _opening(said, ours)
        self.opened.append(opening)
        id_ = UUID(opening.facts["id"])
        self.corrected.append(_correction(person, said.field, said.value, proposal_id=id_))
        self.accepted.append(_decision(id_, person.id, ACCEPTED, "authority"))
        self.touched.add((person.id, said.field))

    def _winner(self, said: Statement, person: Person) -> str:
        """ours | theirs | person."""
        authority = self.terms.fields[said.field].authority
        if authority == str(own_id()):
            return "ours"
        if authority == NEWEST:
            if said.happened_at > self.at:
                return PERSON  # a date from the future never wins
            return "theirs" if said.happened_at > self.changed_at(person, said.field) else "ours"
        return PERSON if authority == PERSON else "theirs"

    def _answered(self, said: Statement, ours: Any) -> bool:
        """A person already kept this very value of ours against this very value of theirs: not asked twice."""
        kept = self.answered.get((said.link_id, said.field))
        return kept is not None and kept.theirs == said.value and kept.ours == ours


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
        correction = _correction(person, proposal.field, proposal.theirs, proposal_id=proposal.id)
        journal.record_all("person.corrected", items=[correction], by=operator, purpose="exchange", at=at)
    _decide([proposal], ACCEPTED if accept else KEPT, "person", by=operator, at=at)
    proposal.refresh_from_db()
    return proposal


def _times_of_change(people: Iterable[Person], terms: Terms) -> Callable[[Person, str], datetime]:
    """When our value of a field was last set, by the entry that set it; asked where the newer value counts."""
    newest = [name for name, field in terms.fields.items() if field.authority == NEWEST and FIELDS[name].settled]
    ticks = {
        (person.id, int(version.split(":")[0])) for person in people for name in newest
        if (version := _newest_version(person, name))
    }
    entries = LogEntry.objects.filter(about_id__in={id_ for id_, _ in ticks}, lamport__in={tick for _, tick in ticks})
    happened = {(about, tick): at for about, tick, at in entries.values_list("about_id", "lamport", "happened_at")}

    def changed_at(person: Person, field: str) -> datetime:
        version = _newest_version(person, field)
        return happened.get((person.id, int(version.split(":")[0])) if version else (person.id, -1), person.enrolled_at)

    return changed_at


def _newest_version(person: Person, field: str) -> str:
    return max((person.versions.get(column, "") for column in COLUMNS[field]), default="")


def _correction(person: Person, field: str, value: Any, *, proposal_id: UUID) -> Item:
    changes = changes_for(field, value)
    return Item(
        about=("person", person.id),
        subject=person.id,
        scope=scope_of(person.site),
        case=("proposal", proposal_id),
        facts={"changes": changes, "saw": {name: person.versions.get(name, "") for name in changes}},
    )


def _opening(said: Statement, ours: Any) -> Item:
    return Item(
        about=("person", said.link.person_id),
        subject=said.link.person_id,
        facts={
            "id": str(new_id()),
            "link": str(said.link_id),
            "field": said.field,
            "ours": ours,
            "theirs": said.value,
            "statement": str(said.id),
        },
    )


def _decision(proposal_id: UUID, person_id: UUID, decision: str, settled_by: str) -> Item:
    return Item(
        about=("person", person_id),
        subject=person_id,
        case=("proposal", proposal_id),
        facts={"id": str(proposal_id), "decision": decision, "settled_by": settled_by},
    )


def _decide(proposals: Sequence[Proposal], decision: str, settled_by: str, *, by: Any, at: datetime) -> None:
    items = [_decision(each.id, each.link.person_id, decision, settled_by) for each in proposals]
    journal.record_all("proposal.decided", items=items, by=by, purpose="exchange", at=at)


def agreement_of(link: Link) -> Agreement:
    """The agreement in force under which this link stands."""
    return current_agreement(link.agreement_id)
