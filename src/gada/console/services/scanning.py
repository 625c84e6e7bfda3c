"""A finger of somebody being registered, from a scanner on the clerk's machine.

The scanner is not on this node, so nothing that comes from there is believed before it was verified. Each capture has
a number that this node gives, keeps in the draft and takes back with the first answer, good or not: used once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator
from gada.biometrics.models import Finger
from gada.biometrics.rules import check_may_take
from gada.biometrics.services import ask_for_finger, read_scan
from gada.console import rules
from gada.console.queries.drafts import asked_of_member, draft_for
from gada.console.services.drafting import Content, change_draft, member_at
from gada.console.services.prints import Try, keep_print
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotFound, Refusal
from gada.engine.scanner import capture_request

FORGOTTEN_AFTER = timedelta(minutes=10)
LONGEST_NAME = 40


def begin_scan(
    *, operator: Operator, draft_id: UUID, index: int, position: int, at: datetime, device: str = "0", part: str = "0"
) -> dict[str, Any]:
    """What to send to the scanner for this finger (the body of RCAPTURE). `device`, `part`: as the scanner names them.

    Raises Refusal `prints-…`, `tries-used`; Invalid `finger-unknown`.
    """
    if position not in Finger.values or not position:
        raise Invalid("finger-unknown", _("There is no such finger. Choose one of the ten."))
    draft = draft_for(operator, draft_id)
    member = member_at(draft.content, index)
    check_may_take(asked_of_member(draft, member, at=at))
    rules.check_tries(member["prints"], position=position)
    asked = ask_for_finger(transaction=str(new_id()), position=position, at=at)

    def change(content: Content) -> None:
        open_ = content.setdefault("scans", {})
        for old in [id_ for id_, scan in open_.items() if at - datetime.fromisoformat(scan["at"]) > FORGOTTEN_AFTER]:
            del open_[old]
        open_[asked.transaction] = {"member": member["id"], "position": position, "at": at.isoformat()}

    change_draft(operator, draft_id, change, at=at)
    return capture_request(asked, device_id=device[:LONGEST_NAME], device_sub_id=part[:LONGEST_NAME])


def keep_scan(
    *, operator: Operator, draft_id: UUID, transaction: str, answer: bytes, at: datetime
) -> tuple[int, Try]:
    """Verify a scanner's answer and keep its print as one try; which member, and how good.

    Raises Invalid `sbi-…`, Refusal `sbi-replayed` for an answer that nobody waits for, and what `keep_print` raises.
    """
    def take(content: Content) -> tuple[int, dict[str, Any]]:
        scan = content.get("scans", {}).pop(transaction, None)
        if scan is None:
            raise Refusal(
                "sbi-replayed",
                _("Nobody waits for this answer of the scanner: it came already. Take the finger again."),
            )
        places = [place for place, each in enumerate(content["members"]) if each["id"] == scan["member"]]
        if not places:
            raise NotFound("member-unknown", _("This person is not in the list."))
        return places[0], scan

    index, scan = change_draft(operator, draft_id, take, at=at)
    asked = ask_for_finger(transaction=transaction, position=scan["position"], at=datetime.fromisoformat(scan["at"]))
    scanned = read_scan(answer, asked, at=at)
    made = keep_print(
        operator=operator, draft_id=draft_id, index=index, position=scanned.position, picture=scanned.image, at=at,
        device=scanned.device.label,
    )
    return index, made
