"""Registrations being typed, for their author only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gada import vault
from gada.agencies.models import Operator, Programme, Site
from gada.agencies.queries import programmes_of
from gada.biometrics.rules import Asked, ProgrammeRule, age_years, why_not
from gada.console import rules
from gada.engine.refusal import NotFound
from gada.people.models import Draft, Household
from gada.people.words import PersonStatus, Purpose, Relationship

DESK = "desk"  # `source` of a household registered here; its `source_key` is the draft's id


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """A draft with its content, its site and its programme (None: none chosen yet)."""

    id: UUID
    site: Site
    saved_at: datetime
    content: dict[str, Any]
    programme: Programme | None

    @property
    def members(self) -> list[dict[str, Any]]:
        members: list[dict[str, Any]] = self.content["members"]
        return members

    @property
    def head(self) -> dict[str, Any] | None:
        return next((each for each in self.members if each["relationship"] == Relationship.HEAD), None)


def draft_for(operator: Operator, draft_id: UUID) -> OpenDraft:
    """One draft of this operator. Raises NotFound for anybody else."""
    draft = Draft.objects.select_related("site").filter(id=draft_id, operator=operator).first()
    if draft is None:
        raise NotFound(
            "draft-unknown", _("This registration is not here: it was finished, discarded, or is somebody else’s.")
        )
    return _open(draft, operator)


def drafts_of(operator: Operator) -> list[OpenDraft]:
    """Registrations this operator began and did not finish, newest first."""
    drafts = Draft.objects.select_related("site").filter(operator=operator).order_by("-saved_at")[:20]
    return [_open(draft, operator, programme=False) for draft in drafts]


def household_of_draft(draft_id: UUID) -> Household | None:
    """The household a draft became, if it did."""
    # `exclude` says nothing new to us, but tells a database that its index of keys will do.
    made = Household.objects.filter(source=DESK, source_key=str(draft_id)).exclude(source_key="")
    return made.select_related("site", "programme").first()


def asked_of_member(draft: OpenDraft, member: Mapping[str, Any], *, at: datetime) -> Asked:
    """What decides whether this member may be asked for fingerprints."""
    birth, _source = rules.birth_said(member, today=at.date())
    programme = draft.programme
    return Asked(
        PersonStatus.ACTIVE, member["answers"].get(Purpose.PRINTS), age_years(birth.earliest, birth.latest, at),
        (ProgrammeRule(programme.biometrics_allowed, programme.minimum_age_prints),) if programme else (),
    )


def why_no_prints(draft: OpenDraft, member: Mapping[str, Any], *, at: datetime) -> str | None:
    """The code that stands against asking this member for prints; None when nothing does."""
    return why_not(asked_of_member(draft, member, at=at))


def members_to_ask(draft: OpenDraft) -> list[int]:
    """Members whose photo or prints may be taken, in order."""
    now = timezone.now()
    return [
        index for index, member in enumerate(draft.members)
        if member["answers"].get("photo") == "yes"
        or (member["answers"].get("prints") == "yes" and why_no_prints(draft, member, at=now) is None)
    ]


def opened(draft: Draft) -> dict[str, Any]:
    """What is in the sealed box of a draft (its shape: services/drafting.py)."""
    content: dict[str, Any] = json.loads(vault.open_for_node(bytes(draft.box)))
    return content


def _open(draft: Draft, operator: Operator, *, programme: bool = True) -> OpenDraft:
    content = opened(draft)
    chosen = content["household"].get("programme") if programme else None
    found = programmes_of(operator, action="person.enrol").filter(id=chosen).first() if chosen else None
    return OpenDraft(draft.id, draft.site, draft.saved_at, content, found)
