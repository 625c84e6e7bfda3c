"""A registration being typed. Saved after each step and as typed; sealed; only its author's.

A draft is a dictionary:
`household` {place, origin, language, programme} · `asked` {code: answer to a question of the programme} ·
`notice` bool · `reasons` {purpose: text} ·
`typed` {step: fields as typed, not yet checked} · `members` [{id, given, surname, father, mother, sex, birth (as
said), birth_from, birth_to, birth_precision, birth_source, birth_event, relationship, recipient, residence_status,
phone, phone_is_safe, document_kind, document_number, document_kind_2, document_number_2, asked {code: answer},
answers {purpose: yes | no}, photo: blob or None, photo_advice,
prints [{position, outcome, quality, advice, blob, reason}]}].
Pictures lie as files under the future person's own data key, so that they are already theirs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import vault
from gada.agencies.models import Operator, Site
from gada.agencies.services import authorize
from gada.console.queries.drafts import draft_for, opened
from gada.console.services.pictures import photo_of
from gada.engine.proof.ids import new_id
from gada.engine.refusal import NotFound
from gada.people.models import Draft
from gada.people.words import Purpose

ASKED = (Purpose.PRINTS, Purpose.PHOTO, Purpose.SHARING)
Content = dict[str, Any]


def begin_draft(*, operator: Operator, site: Site, at: datetime, draft_id: UUID | None = None) -> UUID:
    """Begin a registration at this site. With an id given (a client's own), the same draft is found again."""
    authorize(operator, "person.enrol", site=site)
    id_ = draft_id or new_id()
    content: Content = {"household": {}, "notice": False, "reasons": {}, "typed": {}, "members": []}
    Draft.objects.get_or_create(
        id=id_, defaults={"operator": operator, "site": site, "box": sealed(content), "saved_at": at}
    )
    return id_


def save_household(*, operator: Operator, draft_id: UUID, fields: Mapping[str, Any], at: datetime) -> None:
    """Where the family lives, where it comes from, for which programme, in which language its receipt is."""
    def change(content: Content) -> None:
        content["household"] |= fields
        content["typed"].pop("household", None)

    change_draft(operator, draft_id, change, at=at)


def save_members(
    *, operator: Operator, draft_id: UUID, members: Sequence[Mapping[str, Any]], at: datetime,
    asked: Mapping[str, Any] | None = None, origin: str | None = None,
) -> None:
    """Keep everybody of the family, where it comes from, and what it answered to its programme’s questions.

    Who has an `id` of the draft keeps what was taken of them; who is gone loses it.
    """
    def change(content: Content) -> list[Content]:
        held = {member["id"]: member for member in content["members"]}
        content["members"] = [
            held.pop(said.get("id"), None) or {"id": str(new_id()), "answers": {}, "photo": None, "prints": []}
            for said in members
        ]
        for member, said in zip(content["members"], members, strict=True):
            member.update({name: value for name, value in said.items() if name != "id"})
        content["asked"] = dict(asked or {})
        if origin is not None:
            content["household"]["origin"] = origin
        content["typed"].pop("members", None)
        return list(held.values())

    for gone in change_draft(operator, draft_id, change, at=at):
        forget_member(gone)


def save_answers(
    *, operator: Operator, draft_id: UUID, answers: Mapping[int, Mapping[str, str]], reasons: Mapping[str, str],
    at: datetime,
) -> None:
    """What each member said to each purpose. The notice was read: without it this step does not end.

    Who says no to prints or to a photo after one was taken has it dropped at once.
    """
    dropped: list[UUID] = []

    def change(content: Content) -> None:
        for index, member in enumerate(content["members"]):
            member["answers"] = {str(p): answers[index][p] for p in ASKED if answers.get(index, {}).get(p)}
            if member["answers"].get(Purpose.PHOTO) == "no" and member["photo"]:
                dropped.append(UUID(member["photo"]))
                member["photo"] = None
            if member["answers"].get(Purpose.PRINTS) == "no" and member["prints"]:
                dropped.extend(UUID(each["blob"]) for each in member["prints"] if each["blob"])
                member["prints"] = []
        content["notice"], content["reasons"] = True, dict(reasons)
        content["typed"].pop("answers", None)

    change_draft(operator, draft_id, change, at=at)
    for blob in dropped:
        vault.drop_blob(blob)


def keep_photo(*, operator: Operator, draft_id: UUID, index: int, picture: bytes, at: datetime) -> None:
    """Keep a photo of a member: turned upright, stripped of what cameras add, at most 480 × 600."""
    member = member_at(draft_for(operator, draft_id).content, index)
    photo = photo_of(picture)
    blob = vault.put_blob(UUID(member["id"]), photo.picture)

    def change(content: Content) -> str | None:
        found = member_at(content, index)
        before: str | None = found["photo"]
        found["photo"], found["photo_advice"] = str(blob), photo.advice
        return before

    try:
        before = change_draft(operator, draft_id, change, at=at)
    except BaseException:
        vault.drop_blob(blob)
        raise
    if before:
        vault.drop_blob(UUID(before))


def keep_typed(*, operator: Operator, draft_id: UUID, step: str, fields: Mapping[str, Any], at: datetime) -> None:
    """Keep what is being typed, unchecked, so that leaving or a kill loses nothing."""
    def change(content: Content) -> None:
        content["typed"][step] = dict(fields)

    change_draft(operator, draft_id, change, at=at)


def discard_draft(*, operator: Operator, draft_id: UUID, at: datetime) -> None:
    """Throw a registration away before it is one. Pictures and their keys go with it."""
    content = opened(_mine(operator, draft_id))
    Draft.objects.filter(id=draft_id, operator=operator).delete()
    for member in content["members"]:
        forget_member(member)


def change_draft(operator: Operator, draft_id: UUID, change: Callable[[Content], Any], *, at: datetime) -> Any:
    """Open, change and seal a draft under its lock. Raises NotFound for anybody but its author."""
    with transaction.atomic():
        draft = _mine(operator, draft_id, lock=True)
        authorize(operator, "person.enrol", site=draft.site_id)
        content = opened(draft)
        result = change(content)
        Draft.objects.filter(id=draft_id).update(box=sealed(content), saved_at=at)
    return result


def member_at(content: Content, index: int) -> Content:
    """One member of a draft. Raises NotFound."""
    if not 0 <= index < len(content["members"]):
        raise NotFound("member-unknown", _("This person is not in the list."))
    member: Content = content["members"][index]
    return member


def forget_member(member: Content) -> None:
    """Pictures of somebody who was not registered, and the key they lay under."""
    blobs = [each["blob"] for each in member["prints"] if each["blob"]] + [member["photo"]] * bool(member["photo"])
    for blob in blobs:
        vault.drop_blob(UUID(blob))
    if blobs:
        vault.shred([UUID(member["id"])])


def sealed(content: Content) -> bytes:
    return vault.seal_for_node(json.dumps(content, default=str).encode())


def _mine(operator: Operator, draft_id: UUID, *, lock: bool = False) -> Draft:
    drafts = Draft.objects.select_for_update(of=("self",)) if lock else Draft.objects.all()
    draft = drafts.filter(id=draft_id, operator=operator).first()
    if draft is None:
        raise NotFound(
            "draft-unknown", _("This registration is not here: it was finished, discarded, or is somebody else’s.")
        )
    return draft
