"""One side of a comparison: what it holds, what was said, and what follows from it.

Everything here is computed from the frozen population, the run's secrets and the messages kept so far; a
process that was killed computes it again and goes on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from gada import vault
from gada.engine.fingerprint import Template, compare
from gada.engine.formats.fmr import FingerView, read_fmr, write_fmr
from gada.engine.linkage import Evidence, fuse
from gada.engine.proof import psi
from gada.engine.proof.secrets import derive, hmac_sha256
from gada.engine.refusal import Invalid
from gada.exchange.models import OverlapRun
from gada.exchange.rules.pairs import candidate_pairs, pair_key, weigh
from gada.exchange.rules.terms import Terms
from gada.exchange.services.overlap.freezing import FrozenPerson, load_population
from gada.exchange.services.overlap.messages import body_of, kept_messages, text, unreadable
from gada.exchange.services.standing import own_id

SHARD_FROM = ((100_000, 100), (10_000, 10))  # tokens → one shard in so many is counted first (exchange.md §3)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Fresh for each run; kept sealed for the audit."""

    token_seed: bytes
    count_key: bytes
    match_key: bytes
    handle_key: bytes
    salt: bytes

    def to_box(self) -> bytes:
        body = {name: getattr(self, name).hex() for name in self.__dataclass_fields__}
        return vault.seal_for_node(json.dumps(body).encode())

    @classmethod
    def from_box(cls, box: bytes) -> Secrets:
        body = json.loads(vault.open_for_node(bytes(box)))
        return cls(**{name: bytes.fromhex(value) for name, value in body.items()})

    @classmethod
    def fresh(cls) -> Secrets:
        # The library draws its own keys: not every 32 bytes are one.
        keys = [psi.Client([os.urandom(32)], reveal=True).key for _ in range(2)]
        return cls(os.urandom(32), keys[0], keys[1], os.urandom(32), os.urandom(32))


@dataclass
class Side:
    """This node's part in one run."""

    run: OverlapRun
    terms: Terms
    secrets: Secrets
    population: list[FrozenPerson]
    said: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, run: OverlapRun) -> Side:
        return cls(
            run,
            run.agreement.terms,
            Secrets.from_box(bytes(run.secrets)),
            load_population(run.id),
            kept_messages(run.id),
        )

    def mine(self, step: str) -> Any:
        """What we said at a step."""
        question, answer = self.said[step]
        return question if self.run.initiator else answer

    def theirs(self, step: str) -> Any:
        """What the partner said at a step; None while they have not."""
        question, answer = self.said.get(step, (None, None))
        return answer if self.run.initiator else question

    @cached_property
    def tokens(self) -> list[bytes]:
        return sorted({token for person in self.population for token in person.tokens})

    @cached_property
    def shards(self) -> int:
        largest = max(self.mine("start")["tokens"], self.theirs("start")["tokens"])
        return next((shards for least, shards in SHARD_FROM if largest >= least), 1)

    @cached_property
    def shard(self) -> list[bytes]:
        key = self.run.id.bytes
        return [
            t for t in self.tokens if int.from_bytes(hmac_sha256(key, t)[:8], "big") % self.shards == 0
        ] or self.tokens[:1]

    def first_word(self, step: str, tokens: list[bytes], key: bytes, *, reveal: bool) -> dict[str, str]:
        """The first of two messages of a set intersection: a request, a setup, or setup and response."""
        if self.run.asks:
            return {"request": text(psi.Client(tokens, reveal=reveal, key=key).request())}
        server = psi.Server(tokens, reveal=reveal, key=key)
        said = {"setup": text(server.setup())}
        asked = self.theirs(step)
        if asked is not None:
            said["response"] = text(server.respond(body_of(asked, "request")))
        return said

    def second_word(
        self, first: str, step: str, tokens: list[bytes], key: bytes, *, reveal: bool
    ) -> dict[str, Any]:
        """The second: the response, or (on the asking side) the result; nothing where all was said at first."""
        heard = self.theirs(first)
        if not self.run.asks:
            if not self.run.initiator:
                return {}
            return {
                "response": text(
                    psi.Server(tokens, reveal=reveal, key=key).respond(body_of(heard, "request"))
                )
            }
        setup = body_of(heard, "setup")
        response = body_of(heard if self.run.initiator else self.theirs(step), "response")
        client = psi.Client(tokens, reveal=reveal, key=key)
        if not reveal:
            return {"count": client.common_count(setup=setup, response=response)}
        return {
            "matched": [
                tokens[index].hex() for index in client.common_indices(setup=setup, response=response)
            ]
        }

    @cached_property
    def matched(self) -> list[bytes]:
        """M: the tokens both hold, sorted; checked to be ours."""
        said = self.mine("matched") if self.run.asks else self.theirs("matched")
        try:
            found = [bytes.fromhex(each) for each in said["matched"]]
        except (KeyError, TypeError, ValueError):
            raise unreadable() from None
        if found != sorted(set(found)) or not set(found) <= set(self.tokens):
            raise Invalid(
                "overlap-foreign-token",
                _("The partner names combinations that are not ours: the comparison stops."),
            )
        return found

    @cached_property
    def counted(self) -> int:
        """Estimated size of M from the shard counted first."""
        said = self.mine("counted") if self.run.asks else self.theirs("counted")
        if (
            not isinstance(said, dict)
            or type(said.get("count")) is not int
            or not 0 <= said["count"] <= len(self.shard)
        ):
            raise unreadable()
        return int(said["count"]) * self.shards

    @cached_property
    def in_common(self) -> dict[UUID, list[int]]:
        """person → indices into M, for everybody with at least one."""
        places = {token: index for index, token in enumerate(self.matched)}
        return {
            person.id: indices
            for person in self.population
            if (indices := [places[token] for token in person.tokens if token in places])
        }

    @cached_property
    def candidates(self) -> dict[UUID, list[int]]:
        return {
            person: indices
            for person, indices in self.in_common.items()
            if len(indices) >= self.terms.tokens.common
        }

    def handle(self, person_id: UUID) -> str:
        """How the partner hears of this person within this run only."""
        return hmac_sha256(self.secrets.handle_key, person_id.bytes)[:16].hex()

    @cached_property
    def person_of(self) -> dict[str, UUID]:
        return {self.handle(person_id): person_id for person_id in self.candidates}

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """(our run handle, theirs) of all candidate pairs."""
        ours, theirs = (
            dict(_indices(said, len(self.matched)))
            for said in (self.mine("candidates"), self.theirs("candidates"))
        )
        return candidate_pairs(ours, theirs, common=self.terms.tokens.common)

    @cached_property
    def compared(self) -> list[tuple[str, str]]:
        """Pairs of which both sides showed the comparison fields."""
        ours, theirs = self.mine("fields")["people"], self.theirs("fields")["people"]
        return [(mine, other) for mine, other in self.pairs if mine in ours and other in theirs]

    @cached_property
    def evidence(self) -> dict[str, Evidence]:
        ours, theirs = self.mine("fields")["people"], self.theirs("fields")["people"]
        first = self.terms.parties[0].node_id == own_id()
        found = {}
        for mine, other in self.compared:
            one, two = (ours[mine], theirs[other]) if first else (theirs[other], ours[mine])
            found[pair_key(mine, other)] = weigh(one, two, people=self.people)
        return found

    @cached_property
    def people(self) -> int:
        """How many people a match is looked for among: the larger population, the same number on both sides."""
        return max(int(self.mine("start")["people"]), int(self.theirs("start")["people"]), 2)

    def total_by_text(self, pair: str) -> int:
        return fuse(gallery_size=self.people, evidence=self.evidence[pair]).total

    @cached_property
    def above(self) -> list[tuple[str, str]]:
        """Pairs above the demographic bar on both nodes: only their prints are compared."""
        agreed = set(self.mine("above")["pairs"]) & set(self.theirs("above")["pairs"])
        return [(mine, other) for mine, other in self.compared if pair_key(mine, other) in agreed]

    @property
    def compares_prints(self) -> bool | None:
        """True when we compare, False when the partner does, None without prints."""
        if self.terms.biometrics.form == "none":
            return None
        return self.terms.biometrics.to == str(own_id())

    def print_scores(
        self, ours: Mapping[UUID, Mapping[int, Template]], records: Mapping[str, str]
    ) -> list[list[Any]]:
        """[pair, {finger: score}] for every pair of which both have a finger in common."""
        found = []
        read = {handle: _fingers(body_of(records, handle)) for handle in records}
        for mine, other in self.above:
            held, shown = ours.get(self.person_of[mine], {}), read.get(other, {})
            scores = {str(p): compare(held[p], shown[p]).score for p in sorted(set(held) & set(shown) - {0})}
            if scores:
                found.append([pair_key(mine, other), scores])
        return found

    @cached_property
    def scores(self) -> dict[str, dict[int, int]]:
        """pair → finger → score, from whichever side compared."""
        if self.compares_prints is None:
            return {}
        for step in ("scores", "prints"):
            said = self.mine(step) if self.compares_prints else self.theirs(step)
            if isinstance(said, dict) and "scores" in said:
                return _scores(said["scores"])
        return {}

    def verdict(self, pair: str) -> tuple[str, int]:
        decision = fuse(
            gallery_size=self.people, evidence=self.evidence[pair], finger_scores=self.scores.get(pair)
        )
        return decision.outcome.value, decision.total


def permanent_handle(agreement_id: UUID, person_id: UUID) -> str:
    """How a partner knows our person under one agreement: never an internal id, never the same for two partners."""
    key = derive(vault.node_key(), purpose="partner-handles")
    return hmac_sha256(key, agreement_id.bytes + person_id.bytes).hex()


def record_of(fingers: Mapping[int, Template]) -> bytes:
    """All fingers of a person as one ISO/IEC 19794-2 record."""
    return write_fmr([FingerView(position, template) for position, template in sorted(fingers.items())])


def _fingers(record: bytes) -> dict[int, Template]:
    return {view.position: view.template for view in read_fmr(record)}


def _indices(said: Any, size: int) -> list[tuple[str, list[int]]]:
    try:
        people = [(str(handle), list(indices)) for handle, indices in said["people"]]
    except (KeyError, TypeError, ValueError):
        raise unreadable() from None
    for handle, indices in people:
        if len(handle) != 32 or not all(type(index) is int and 0 <= index < size for index in indices):
            raise unreadable()
    return people


def _scores(said: Any) -> dict[str, dict[int, int]]:
    try:
        found = {str(pair): {int(finger): score for finger, score in scores.items()} for pair, scores in said}
    except (TypeError, ValueError, AttributeError):
        raise unreadable() from None
    if not all(
        type(score) is int and 1 <= finger <= 10
        for scores in found.values()
        for finger, score in scores.items()
    ):
        raise unreadable()
    return found
