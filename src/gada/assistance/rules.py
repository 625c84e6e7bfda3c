"""Decisions of assistance without I/O: how much, may it be handed over, which one is held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, log10
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from gada.assistance.models import EntitlementStatus, ListStatus, Method
from gada.engine.refusal import Invalid, Refusal

RECOGNISED_SCORE = 40  # −10·log10(FMR): by chance less than once in ten thousand, for a one-to-one check
APPEAL_DAYS = 30
LEASE = timedelta(days=14)
LARGEST_CHANCE = 10**9  # beyond a milliard the calibration has nothing to stand on
VERIFICATION_LIFE = timedelta(hours=2)  # between recognising somebody and handing over


@dataclass(frozen=True, slots=True)
class Claim:
    """One entitlement as the rules need it."""

    id: UUID
    canonical_household: UUID
    status: str
    collected_twice: bool
    order: tuple[int, str]  # older first: Lamport counter, then id


def contents_for(contents: Sequence[Mapping[str, Any]], *, members: int) -> list[dict[str, Any]]:
    """What a household of `members` gets: quantities in whole thousandths of their unit."""
    return [
        {
            "item": line["item"],
            "unit": line["unit"],
            "quantity": int(line["quantity"]) * (members if line["per"] == "member" else 1),
        }
        for line in contents
    ]


def check_contents(contents: Sequence[Mapping[str, Any]]) -> None:
    """Raises Invalid unless every line says what, how much and for whom."""
    for line in contents:
        if (
            not str(line.get("item", "")).strip()
            or int(line.get("quantity", 0)) <= 0
            or line.get("per") not in ("household", "member")
        ):
            raise Invalid(
                "ration-incomplete",
                _(
                    "Each line of the ration needs a name, a quantity, and whether it is per family or per person."
                ),
            )
    if not contents:
        raise Invalid(
            "ration-incomplete",
            _(
                "Each line of the ration needs a name, a quantity, and whether it is per family or per person."
            ),
        )


def may_verify_list(*, status: str, made_by: UUID, verifier: UUID) -> None:
    """Whoever makes a list may not check it (A3)."""
    if status != ListStatus.DRAFT:
        raise Refusal("list-not-draft", _("This list was already checked."))
    if made_by == verifier:
        raise Refusal("list-own", _("You made this list: somebody else must check it."))


def may_redeem(
    *,
    status: str,
    list_status: str,
    held: bool,
    leased_to: UUID | None,
    device: UUID | None,
    lease_until: datetime | None,
    at: datetime,
) -> None:
    """Whether this entitlement may be handed over here and now. Raises Refusal with what to do."""
    if status == EntitlementStatus.REDEEMED:
        raise Refusal(
            "already-collected",
            _("This family already collected in this cycle. The receipt says when and who came."),
        )
    if held:
        raise Refusal(
            "entitlement-held",
            _("This family was registered twice and has another entitlement in this cycle: serve that one."),
        )
    if status != EntitlementStatus.OPEN:
        raise Refusal("entitlement-cancelled", _("This entitlement was cancelled. Ask the supervisor why."))
    if list_status != ListStatus.FROZEN:
        raise Refusal("list-not-open", _("This distribution is not open. Ask the supervisor to open it."))
    if leased_to and leased_to != device and lease_until and lease_until > at:
        raise Refusal(
            "leased-elsewhere",
            _(
                "Another desk holds this family's entitlement. Send the family there, or ask that desk to hand it over."
            ),
        )


def proof_of(steps: Iterable[Any], *, at: datetime, refusals: Iterable[Any] = ()) -> Any:
    """The step that carries a redemption: the last one, if it recognised somebody, not long ago, and nobody was
    refused since. Whoever came an hour earlier is no proof for whoever stands here now. Raises Refusal without one.
    """
    last = max(steps, key=_when, default=None)
    refused = max(refusals, key=_when, default=None)
    stands = last is not None and last.recognised and at - last.at <= VERIFICATION_LIFE
    if not stands or (refused is not None and _when(refused) > _when(last)):
        raise Refusal(
            "not-verified", _("Nobody was recognised yet. Take a finger, or the next step of the ladder.")
        )
    return last


def _when(row: Any) -> tuple[datetime, str]:
    return (row.at, str(row.id))


def doubt_of(compared: int) -> int:
    """By how much looking among so many people lowers a score: 10·log10, rounded up."""
    return ceil(10 * log10(max(1, compared)))


def chance_one_in(score: int) -> int:
    """A score as people say it: "by chance less than once in …", rounded down to one digit."""
    exact: int = 10 ** (max(0, score) // 10) * (1, 1, 1, 1, 2, 3, 3, 5, 6, 7)[max(0, score) % 10]
    return min(exact, LARGEST_CHANCE)


def print_of(source: Mapping[str, Any] | None) -> str:
    """The partner whose print recognised somebody; empty when it was ours."""
    return str(source["name"]) if source else ""


def quantity_text(thousandths: int) -> str:
    """Whole thousandths as a plain decimal number: 500 is 0.5, 50000 is 50."""
    whole, rest = divmod(thousandths, 1000)
    return f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)


def check_step(*, method: str, recognised: bool, reason: str, supervisor: bool) -> None:
    """Every step after the first finger says why; only a supervisor recognises as a supervisor."""
    if method == Method.SUPERVISOR and not supervisor:
        raise Refusal("supervisor-needed", _("Only a supervisor can take this step. Call them to the desk."))
    if method not in (Method.FINGER, Method.OTHER_FINGER) and recognised and not reason.strip():
        raise Invalid("reason-missing", _("Say in a few words why this step was needed."))


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a judgement does to the claims of one cycle and item, by entitlement id."""

    hold: tuple[UUID, ...] = ()
    release: tuple[UUID, ...] = ()
    twice: tuple[UUID, ...] = ()
    once: tuple[UUID, ...] = ()


def settle_claims(claims: Sequence[Claim]) -> Settlement:
    """Each family keeps one claim: the first collected, else the oldest open one; the others wait, none is lost.

    `claims` are those of one cycle and item, their canonical household already new.
    """
    hold: list[UUID] = []
    release: list[UUID] = []
    twice: list[UUID] = []
    once: list[UUID] = []
    families: dict[UUID, list[Claim]] = {}
    for claim in claims:
        families.setdefault(claim.canonical_household, []).append(claim)
    for family in families.values():
        ranked = sorted(family, key=_rank)
        keeper, rest = ranked[0], ranked[1:]
        if keeper.status == EntitlementStatus.HELD:
            release.append(keeper.id)
        if keeper.collected_twice:
            once.append(keeper.id)
        hold.extend(claim.id for claim in rest if claim.status == EntitlementStatus.OPEN)
        twice.extend(
            claim.id
            for claim in rest
            if claim.status == EntitlementStatus.REDEEMED and not claim.collected_twice
        )
    return Settlement(tuple(hold), tuple(release), tuple(twice), tuple(once))


def _rank(claim: Claim) -> tuple[bool, bool, tuple[int, str]]:
    return (claim.status != EntitlementStatus.REDEEMED, claim.collected_twice, claim.order)
