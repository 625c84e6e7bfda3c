"""A family comes with its token: checked when typed, spent together with its registration, judged by a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import Operator, Site
from gada.agencies.services import authorize
from gada.engine.proof.canonical import normalise_text
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, Refusal
from gada.fixing import queries
from gada.fixing.models import Sweep, Verdict, Without
from gada.fixing.rules.numbers import are_signs, number_of, read_token, signs_of
from gada.people.models import Household
from gada.people.services import scope_of

PURPOSE = "registration"
LONGEST_WORDS, LONGEST_TOKEN = 200, 40


@dataclass(frozen=True, slots=True)
class NoToken:
    """Why a family is registered without spending a token, and what it showed, if anything."""

    why: str
    words: str
    shown: str


def check_token(*, operator: Operator, site: Site | UUID, text: str) -> tuple[Sweep, int]:
    """The sweep and the number of a token that a family may spend now.

    Raises Invalid `token-mistyped`, `token-signs-missing`, `token-foreign`, Refusal `token-not-given`,
    `token-voided`, `token-spent`. Nobody is turned away by it: a family without a good token is registered too.
    """
    authorize(operator, "token.spend", site=site)
    typed = read_token(text)
    for sweep in queries.open_sweeps(site):
        if sweep.prefix == typed.prefix and are_signs(
            typed.signs, signs_of(queries.key_of(sweep), sweep.id, typed.number)
        ):
            _check_free(sweep, typed.number)
            return sweep, typed.number
    raise Invalid("token-foreign", _(
        "This is no token of the sweep that is open here: look at its last signs again. If it stands so on the token, "
        "register the family without a token (“Its token is not accepted here”) and tell your supervisor."
    ))


def present_token(*, operator: Operator, household: Household, said: Mapping[str, Any], at: datetime) -> None:
    """Spend the family's token, or note why it has none; part of the registration's own transaction.

    `said`: `token` as typed, `without` a reason of the list, `without_words`. Where no sweep is open, nothing is asked.
    """
    assert transaction.get_connection().in_atomic_block, "a token is spent together with a registration, or not at all"
    sweeps = queries.open_sweeps(household.site_id)
    if not sweeps:
        return
    Sweep.objects.select_for_update().filter(id__in=[each.id for each in sweeps]).count()
    found = check_said(operator=operator, site=household.site_id, said=said)
    if isinstance(found, NoToken):
        facts = {"why": found.why, "words": found.words, "shown": found.shown}
        _record(operator, sweeps[0], "token.missed", household, facts, at)
    else:
        sweep, number = found
        _record(operator, sweep, "token.spent", household, {"number": number}, at)


def check_said(*, operator: Operator, site: Site | UUID, said: Mapping[str, Any]) -> tuple[Sweep, int] | NoToken:
    """The token that is spent, or why there is none. A token that is not accepted is no obstacle once a reason is said.

    Raises what `check_token` and `check_without` raise.
    """
    authorize(operator, "token.spend", site=site)
    token, why = str(said.get("token") or "").strip(), str(said.get("without") or "")
    if token:
        try:
            return check_token(operator=operator, site=site, text=token)
        except Refusal:
            if not why:
                raise
    words = check_without(why, str(said.get("without_words") or ""))
    return NoToken(why, words, normalise_text(" ".join(token.split())[:LONGEST_TOKEN]))


def check_without(why: str, words: str) -> str:
    """Why a family has no token is always said; another reason in words. Raises Invalid."""
    if why not in Without.values:
        raise Invalid("token-missing", _("Type or scan the family’s token, or choose why it has none."))
    said = normalise_text(" ".join(words.split()))
    if len(said) > LONGEST_WORDS or (why == Without.OTHER and not said):
        raise Invalid("token-reason", _("Say in a few words why the family has no token (at most 200 characters)."))
    return said


@transaction.atomic
def judge_token(
    *, operator: Operator, sweep_id: UUID, number: int, keeps: UUID | None, words: str, at: datetime
) -> Verdict:
    """Say whose token it is that several families came with; their registrations stand as they are."""
    sweep = queries.sweep_for(operator, sweep_id)
    authorize(operator, "token.judge", site=sweep.site_id)
    clash = next((each for each in queries.ledger_of_sweep(sweep).clashes if each.number == number), None)
    if clash is None:
        raise Refusal("token-no-clash", _("Only one family came with this token: there is nothing to judge."))
    among = sorted({str(each.household_id) for each in clash.spendings})
    said = normalise_text(" ".join(words.split()))
    if not said or len(said) > LONGEST_WORDS or (keeps and str(keeps) not in among):
        raise Invalid("token-verdict", _("Choose whose token it is and say in a few words how you know."))
    made: Verdict = journal.record(
        "token.judged", by=operator, about=sweep.reference, scope=scope_of(sweep.site), purpose=PURPOSE, at=at,
        facts={
            "id": str(new_id()), "sweep": str(sweep.id), "number": number, "keeps": str(keeps) if keeps else None,
            "among": among, "words": said,
        },
    )
    return made


def _check_free(sweep: Sweep, number: int) -> None:
    ledger, shown = queries.ledger_of_token(sweep, number), number_of(sweep.prefix, number)
    if spent := ledger.spent.get(number):
        raise Refusal("token-spent", _(
            "A family was registered with the token %(number)s on %(moment)s. If this is another family, register it "
            "without a token (“Its token is not accepted here”): nobody is refused, a supervisor looks at it."
        ), number=shown, moment=f"{timezone.localtime(spent[0].at):%d.%m.%Y %H:%M}")
    if number in ledger.voided:
        raise Refusal("token-voided", _(
            "The token %(number)s was voided. Register the family without a token (“Its token is not accepted here”) "
            "and keep the token."
        ), number=shown)
    if number not in ledger.given:
        raise Refusal("token-not-given", _(
            "No list says that the token %(number)s was handed out. Ask for the team’s list to be entered, or register "
            "the family without a token (“Its token is not accepted here”)."
        ), number=shown)


def _record(
    operator: Operator, sweep: Sweep, action: str, household: Household, facts: dict[str, Any], at: datetime
) -> None:
    journal.record(
        action, by=operator, about=("household", household.id), scope=scope_of(household.site, household.programme),
        purpose=PURPOSE, at=at,
        facts={"id": str(new_id()), "sweep": str(sweep.id), "household": str(household.id), **facts},
    )
