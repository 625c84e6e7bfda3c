"""What is said at each step of a comparison, and what is checked of the partner's word.

Both sides run the same code: the initiator's word is the question, the responder's the answer. `say` makes
ours (a responder has heard the question by then), `check` looks at theirs once both are there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from gada.biometrics.queries import usable_fingers_of
from gada.engine.proof.canonical import canonical_bytes
from gada.engine.proof.commitments import commit_to_key, commit_to_tokens
from gada.engine.proof.digests import salted_digest
from gada.engine.refusal import Invalid, Refusal
from gada.exchange.rules.fields import PRINTS, check_value
from gada.exchange.rules.gate import may
from gada.exchange.services.overlap.freezing import committed_tokens
from gada.exchange.services.overlap.messages import body_of, text, unreadable
from gada.exchange.services.overlap.side import Side, record_of
from gada.exchange.services.overlap.verdicts import (
    check_results,
    check_same_pairs,
    say_done,
    say_results,
    verdicts_of,
)
from gada.exchange.services.standing import own_id, person_facts, standing_of
from gada.exchange.services.values import values_of

STEPS: Final = (
    "start",
    "count",
    "counted",
    "match",
    "matched",
    "candidates",
    "pledge",
    "fields",
    "above",
    "prints",
    "scores",
    "verdicts",
    "results",
    "done",
)


def say(side: Side, step: str, *, at: datetime) -> Any:
    """Our word at this step."""
    return SAY[step](side, at)


def check_heard(side: Side, step: str) -> None:
    """Look at the partner's word before ours is shown. Raises Refusal: the run stops."""
    if step in HEARD:
        HEARD[step](side)


def check_both(side: Side, step: str) -> None:
    """Look at what follows once both words are there. Raises Refusal: the run stops."""
    if step in BOTH:
        BOTH[step](side)


def shown(word: Any) -> Any:
    """What of our word leaves the node: not what it only pledges."""
    return {name: value for name, value in word.items() if name != "own"} if isinstance(word, dict) else word


def _start(side: Side, at: datetime) -> Any:
    commitment = commit_to_tokens(committed_tokens(side.population), seed=side.secrets.token_seed)
    return {
        "agreement": side.terms.digest,
        "recipe": side.terms.tokens.recipe,
        "decision": dict(side.terms.decision),
        "people": len(side.population),
        "tokens": len(side.tokens),
        "commitment": {
            "size": commitment.size,
            "root": commitment.root.hex(),
            "key": commit_to_key(side.secrets.match_key).hex(),
        },
        "asks": side.run.asks,
    }


def _check_start(side: Side) -> None:
    theirs = side.theirs("start")
    try:
        people, tokens, decision = int(theirs["people"]), int(theirs["tokens"]), dict(theirs["decision"])
        digests = [bytes.fromhex(theirs["commitment"][name]) for name in ("root", "key")]
        known = theirs["agreement"] == side.terms.digest
    except (KeyError, TypeError, ValueError):
        raise unreadable() from None
    if not known or [len(each) for each in digests] != [32, 32]:
        raise unreadable()
    if decision != dict(side.terms.decision):
        raise Refusal(
            "agreement-decision",
            _(
                "The agreement names another version of the comparison than this program has. "
                "Both sides must run the same."
            ),
        )
    least = side.terms.limits.min_population
    if min(people, len(side.population)) < least or not tokens or not side.tokens:
        raise Refusal(
            "overlap-population-small",
            _(
                "One side brings fewer people than the agreement asks (%(least)s): "
                "a comparison would single people out."
            ),
            least=least,
        )


def _count(side: Side, at: datetime) -> Any:
    return side.first_word("count", side.shard, side.secrets.count_key, reveal=False)


def _counted(side: Side, at: datetime) -> Any:
    return side.second_word("count", "counted", side.shard, side.secrets.count_key, reveal=False)


def _check_counted(side: Side) -> None:
    if side.counted > side.terms.limits.max_overlap:
        raise Refusal(
            "overlap-too-large",
            _(
                "The two lists share more than the agreement allows (about %(found)s combinations, "
                "at most %(most)s). The comparison stopped; nobody was named."
            ),
            found=side.counted,
            most=side.terms.limits.max_overlap,
        )


def _match(side: Side, at: datetime) -> Any:
    return side.first_word("match", side.tokens, side.secrets.match_key, reveal=True)


def _matched(side: Side, at: datetime) -> Any:
    return side.second_word("match", "matched", side.tokens, side.secrets.match_key, reveal=True)


def _check_matched(side: Side) -> None:
    most = side.terms.limits.max_overlap
    if len(side.matched) > most:
        raise Refusal(
            "overlap-too-large",
            _(
                "The two lists share more than the agreement allows (about %(found)s combinations, "
                "at most %(most)s). The comparison stopped; nobody was named."
            ),
            found=len(side.matched),
            most=most,
        )
    check_ceiling(side, len(side.in_common) - len(side.candidates))


def check_ceiling(side: Side, strangers: int) -> None:
    """Stop before more people lose something than the agreement allows."""
    if strangers > side.terms.limits.max_strangers:
        raise Refusal(
            "overlap-strangers",
            _(
                "More people who may not be shared would lose something (%(found)s) than the agreement "
                "allows (%(most)s). The comparison stopped."
            ),
            found=strangers,
            most=side.terms.limits.max_strangers,
        )


def _candidates(side: Side, at: datetime) -> Any:
    return {"people": sorted([side.handle(person), indices] for person, indices in side.candidates.items())}


def _check_candidates(side: Side) -> None:
    assert side.pairs is not None  # reads both lists


def _own_fields(side: Side, at: datetime) -> dict[str, dict[str, Any]]:
    """The agreed comparison fields of our candidates, each past the gate at this moment."""
    fields = side.terms.compared_fields()
    people = {side.person_of[mine] for mine, _other in side.pairs if mine in side.person_of}
    facts, values = person_facts(people), values_of(people, fields)
    standing, recipient = standing_of(side.run.agreement), side.run.peer_id
    return {
        side.handle(person): {
            name: value
            for name, value in values[person].items()
            if may(
                side.terms,
                standing,
                mode="overlap",
                sender=own_id(),
                recipient=recipient,
                person=facts[person],
                field=name,
                at=at,
            )
            is None
        }
        for person in people
        if may(
            side.terms,
            standing,
            mode="overlap",
            sender=own_id(),
            recipient=recipient,
            person=facts[person],
            at=at,
        )
        is None
    }


def _pledge(side: Side, at: datetime) -> Any:
    # What is pledged is kept inside our own word, so that what is shown later is what was pledged.
    people = _own_fields(side, at)
    return {"digest": _pledged(side.secrets.salt, people), "own": people}


def _fields(side: Side, at: datetime) -> Any:
    return {"salt": side.secrets.salt.hex(), "people": side.mine("pledge")["own"]}


def _pledged(salt: bytes, people: Mapping[str, Any]) -> str:
    return salted_digest(salt, canonical_bytes(people)).hex()


def _check_fields(side: Side) -> None:
    theirs = side.theirs("fields")
    agreed, known = set(side.terms.compared_fields()), {other for _mine, other in side.pairs}
    try:
        salt, people = bytes.fromhex(theirs["salt"]), dict(theirs["people"])
        kept = _pledged(salt, people) == side.theirs("pledge")["digest"]
    except (KeyError, TypeError, ValueError):
        raise unreadable() from None
    if not kept:
        raise Invalid(
            "overlap-pledge-broken",
            _("The partner shows other data than they pledged: the comparison stops."),
        )
    for handle, values in people.items():
        if handle not in known or not isinstance(values, dict) or not set(values) <= agreed:
            raise Invalid(
                "overlap-not-agreed",
                _("The partner shows more than the agreement allows: the comparison stops."),
            )
        for name, value in values.items():
            check_value(name, value)


def _above(side: Side, at: datetime) -> Any:
    bar = side.terms.tokens.bar
    pairs = (
        []
        if side.compares_prints is None
        else sorted(pair for pair in side.evidence if side.total_by_text(pair) >= bar)
    )
    return {"pairs": pairs}


def _check_above_form(side: Side) -> None:
    said = side.theirs("above")
    if (
        not isinstance(said, dict)
        or not isinstance(said.get("pairs"), list)
        or not all(isinstance(pair, str) for pair in said["pairs"])
    ):
        raise unreadable()


def _check_above(side: Side) -> None:
    """Before any print leaves: who lost a token or showed fields and is surely not shared stays under the ceiling."""
    if side.compares_prints is not None:
        hopeful = {side.person_of[mine] for mine, _other in side.above}
        showed = {side.person_of[handle] for handle in side.mine("fields")["people"]}
        check_ceiling(side, len(set(side.in_common) - set(side.candidates)) + len(showed - hopeful))


def _prints(side: Side, at: datetime) -> Any:
    """The side that does not compare sends prints; a comparing responder answers with scores at once."""
    if side.compares_prints is None or not side.above:
        return {}
    if side.compares_prints:
        return {} if side.run.initiator else _scored(side, side.theirs("prints"), at)
    fingers = _own_fingers(side, at)
    return {
        "prints": {side.handle(person): text(record_of(held)) for person, held in fingers.items() if held}
    }


def _scores(side: Side, at: datetime) -> Any:
    if side.compares_prints and side.run.initiator and side.above:
        return _scored(side, side.theirs("prints"), at)
    return {}


def _scored(side: Side, heard: Any, at: datetime) -> Any:
    records = heard.get("prints") if isinstance(heard, dict) else None
    if not isinstance(records, dict) or not set(records) <= {other for _mine, other in side.above}:
        raise unreadable()
    for handle in records:
        body_of(records, handle)
    return {"scores": side.print_scores(_own_fingers(side, at, sending=False), records)}


def _own_fingers(side: Side, at: datetime, *, sending: bool = True) -> dict[UUID, Any]:
    """Fingers of our people above the bar; when they leave the node, each past the gate at this moment."""
    people = {side.person_of[mine] for mine, _other in side.above}
    if sending:
        standing = standing_of(side.run.agreement)
        people = {
            person
            for person, facts in person_facts(people).items()
            if may(
                side.terms,
                standing,
                mode="overlap",
                sender=own_id(),
                recipient=side.run.peer_id,
                person=facts,
                field=PRINTS,
                at=at,
            )
            is None
        }
    return usable_fingers_of(people)


def _verdicts(side: Side, at: datetime) -> Any:
    return {"pairs": sorted([pair, *side.verdict(pair)] for pair in side.evidence)}


def _check_verdicts(side: Side) -> None:
    verdicts_of(side.theirs("verdicts"))


SAY: Final[Mapping[str, Callable[[Side, datetime], Any]]] = {
    "start": _start,
    "count": _count,
    "counted": _counted,
    "match": _match,
    "matched": _matched,
    "candidates": _candidates,
    "pledge": _pledge,
    "fields": _fields,
    "above": _above,
    "prints": _prints,
    "scores": _scores,
    "verdicts": _verdicts,
    "results": say_results,
    "done": say_done,
}
HEARD: Final[Mapping[str, Callable[[Side], None]]] = {
    "start": _check_start,
    "fields": _check_fields,
    "verdicts": _check_verdicts,
    "results": check_results,
    "above": _check_above_form,
}
BOTH: Final[Mapping[str, Callable[[Side], None]]] = {
    "counted": _check_counted,
    "matched": _check_matched,
    "candidates": _check_candidates,
    "above": _check_above,
    "results": check_same_pairs,
}
