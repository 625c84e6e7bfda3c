"""Fingerprints of somebody being registered: quality at once, three tries at most, the best kept."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gada import vault
from gada.agencies.models import Operator
from gada.biometrics.models import CaptureOutcome
from gada.biometrics.rules import CaptureDraft, check_drafts, check_may_take
from gada.biometrics.services import read_print
from gada.console import rules
from gada.console.queries.drafts import asked_of_member, draft_for
from gada.console.services.drafting import Content, change_draft, member_at
from gada.engine.proof.digests import digest_hex


@dataclass(frozen=True, slots=True)
class Try:
    """One try at one finger: how good it is (0 to 100), and the code of what to do about it."""

    position: int
    quality: int
    advice: str


def keep_print(
    *, operator: Operator, draft_id: UUID, index: int, position: int, picture: bytes, at: datetime, device: str = "",
    again: bool = True,
) -> Try:
    """Measure one try and keep it, with the scanner it came from (if that is known).

    Without `again` a file that was kept already is not kept a second time.

    Raises Refusal `prints-…`, `tries-used`; Invalid `image-…`, `fmr-…`, `print-too-poor`.
    """
    draft = draft_for(operator, draft_id)
    member = member_at(draft.content, index)
    check_may_take(asked_of_member(draft, member, at=at))
    digest = digest_hex(picture)
    held = [each for each in member["prints"] if (each["position"], each.get("digest")) == (position, digest)]
    if held and not again:
        return Try(position, held[0]["quality"], held[0]["advice"])
    rules.check_tries(member["prints"], position=position)
    is_record = picture[:4] == b"FMR\0"
    check_drafts([CaptureDraft(position=position, image=picture)])
    # Extraction takes a third of a second: outside the transaction.
    read = read_print(position=position, record=picture) if is_record else read_print(position=position, image=picture)
    blob = vault.put_blob(UUID(member["id"]), read.sample or picture)
    kept = {
        "position": position, "outcome": str(CaptureOutcome.TAKEN), "quality": read.quality.value,
        "advice": read.quality.advice, "blob": str(blob), "reason": "",
        "record": base64.b64encode(read.record).decode(), "algorithm": read.algorithm,
        "device": device, "digest": digest,
    }

    def change(content: Content) -> None:
        prints = member_at(content, index)["prints"]
        rules.check_tries(prints, position=position)
        prints[:] = [each for each in prints if each["position"] != position or each["blob"]] + [kept]

    try:
        change_draft(operator, draft_id, change, at=at)
    except BaseException:
        vault.drop_blob(blob)
        raise
    return Try(position, read.quality.value, read.quality.advice)


def keep_no_print(
    *, operator: Operator, draft_id: UUID, index: int, position: int, outcome: str, at: datetime, reason: str = ""
) -> None:
    """No print of this finger: missing, could not be taken, declined. A reason is kept when offered."""
    check_drafts([CaptureDraft(position=position, outcome=outcome)])
    said = {"position": position, "outcome": outcome, "quality": None, "advice": "", "blob": None, "reason": reason}

    def change(content: Content) -> None:
        prints = member_at(content, index)["prints"]
        prints[:] = [each for each in prints if each["position"] != position or each["blob"]] + [said]

    change_draft(operator, draft_id, change, at=at)
