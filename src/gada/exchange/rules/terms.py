"""The text of an agreement: one canonical document, read strictly, named by its digest (exchange.md §1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from gada.engine.linkage import THRESHOLDS
from gada.engine.linkage.model import digest_of
from gada.engine.linkage.tokens import RECIPES
from gada.engine.linkage.usual import USUAL
from gada.engine.proof.canonical import canonical_bytes, parse_canonical
from gada.engine.proof.digests import digest_hex
from gada.engine.refusal import Invalid
from gada.exchange.rules.fields import FIELDS, is_uuid
from gada.people.words import LegalBasis, PersonStatus

MODES: Final = ("overlap", "delivery", "notify", "query", "compare")
BOTH, NEWEST, PERSON = "both", "newest", "person"
FORMS: Final = ("none", "template", "image")
REVIEW_EVERY: Final = timedelta(days=366)  # reviewed together each year or it lapses
NEWEST_IS_HONEST_FOR: Final = ("phone", "place")
_FIELDS = {
    "format",
    "v",
    "agreement_id",
    "version",
    "supersedes",
    "parties",
    "purpose",
    "legal_basis",
    "impact_assessment",
    "people",
    "fields",
    "household_members",
    "biometrics",
    "modes",
    "tokens",
    "decision",
    "limits",
    "retention_days",
    "onward_transfer",
    "valid_from",
    "valid_until",
    "max_silence_days",
    "suspension",
}


@dataclass(frozen=True, slots=True)
class Party:
    """One side: who it is, by the root key that never changes."""

    node_id: UUID
    name: str
    country: str
    kind: str
    root: str
    contact: str


@dataclass(frozen=True, slots=True)
class People:
    """Whom one side brings: everyone, or those of these sites, programmes and statuses."""

    everyone: bool
    sites: frozenset[str]
    programmes: frozenset[str]
    statuses: frozenset[str]


@dataclass(frozen=True, slots=True)
class FieldTerms:
    """`direction`: both, or the node id of the one side that sends. `authority`: a node id, newest or person."""

    name: str
    direction: str
    authority: str


@dataclass(frozen=True, slots=True)
class Biometrics:
    """`to`: the side that compares. `use`: confirm (compare and destroy) or verify (keep to recognise)."""

    modality: str
    form: str
    to: str
    use: str
    retain_days: int


@dataclass(frozen=True, slots=True)
class Limits:
    people_per_day: int
    queries_per_hour: int
    runs_per_quarter: int
    min_population: int
    max_overlap: int
    max_strangers: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """Recipe, how many common tokens make a candidate, and the bar (tenths of a decade of odds) for prints."""

    recipe: str
    common: int
    bar: int


@dataclass(frozen=True, slots=True)
class Terms:
    """A whole agreement as values."""

    agreement_id: UUID
    version: int
    supersedes: str | None
    parties: tuple[Party, Party]
    purpose: str
    legal_basis: str
    impact_assessment: str
    people: Mapping[UUID, People]
    fields: Mapping[str, FieldTerms]
    household_members: bool
    biometrics: Biometrics
    modes: frozenset[str]
    tokens: Tokens
    decision: Mapping[str, str]
    limits: Limits
    retention_days: int
    onward_transfer: bool
    valid_from: date
    valid_until: date
    max_silence_days: int
    suspension: str
    digest: str

    def party(self, node_id: UUID) -> Party:
        """The party of this node. Raises KeyError for somebody else."""
        for party in self.parties:
            if party.node_id == node_id:
                return party
        raise KeyError(node_id)

    def other(self, node_id: UUID) -> Party:
        """The other party."""
        one, two = self.parties
        return two if one.node_id == node_id else one

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.valid_from, time(), UTC)

    @property
    def ends(self) -> datetime:
        """The first moment after the last day, or after a year without review."""
        return datetime.combine(
            min(self.valid_until, self.valid_from + REVIEW_EVERY), time(), UTC
        ) + timedelta(days=1)

    def sends(self, field: str, sender: UUID) -> bool:
        """Whether this side may send this field."""
        terms = self.fields.get(field)
        return terms is not None and terms.direction in (BOTH, str(sender))

    def compared_fields(self) -> tuple[str, ...]:
        """Fields that both sides show of candidates in a comparison."""
        return tuple(
            name
            for name, terms in sorted(self.fields.items())
            if terms.direction == BOTH and FIELDS[name].compared
        )


def decision_digests() -> dict[str, str]:
    """What both sides must compute with: the model of names and dates, the fingerprint calibration, the thresholds."""
    return {"model": _model_digest(), "thresholds": _thresholds_digest()}


@lru_cache(maxsize=1)
def _model_digest() -> str:
    from importlib.resources import files

    calibration = (files("gada.engine.fingerprint") / "calibration.json").read_bytes()
    return digest_hex(digest_of(USUAL) + calibration)


@lru_cache(maxsize=1)
def _thresholds_digest() -> str:
    return digest_hex(canonical_bytes(asdict(THRESHOLDS)))


@lru_cache(maxsize=256)
def read_terms(document: bytes) -> Terms:
    """Read an agreement. Raises Invalid `agreement-malformed` naming the clause that cannot be understood."""
    try:
        body = parse_canonical(document)
    except Invalid:
        raise _malformed("format") from None
    if (
        not isinstance(body, dict)
        or set(body) != _FIELDS
        or body["format"] != "gada-agreement"
        or body["v"] != 1
    ):
        raise _malformed("format")
    clause = "parties"
    try:
        parties = tuple(_party(each) for each in body["parties"])
        ids = [str(party.node_id) for party in parties]
        _require(len(ids) == 2 and ids == sorted(set(ids)))
        clause = "people"
        _require(set(body["people"]) == set(ids))
        people = {UUID(node_id): _people(body["people"][node_id]) for node_id in ids}
        clause = "fields"
        fields = {each["name"]: _field(each, ids) for each in body["fields"]}
        _require(len(fields) == len(body["fields"]))
        clause = "biometrics"
        biometrics = _biometrics(body["biometrics"], ids)
        clause = "tokens"
        tokens = Tokens(**body["tokens"])
        _require(tokens.recipe in RECIPES and 1 <= tokens.common <= 10 and type(tokens.bar) is int)
        clause = "limits"
        limits = Limits(**body["limits"])
        _require(all(type(value) is int and value >= 0 for value in asdict(limits).values()))
        clause = "modes"
        modes = frozenset(body["modes"])
        _require(modes <= set(MODES) and sorted(modes) == body["modes"])
        clause = "decision"
        _require(
            set(body["decision"]) == {"model", "thresholds"}
            and all(isinstance(v, str) for v in body["decision"].values())
        )
        clause = "dates"
        first, last = date.fromisoformat(body["valid_from"]), date.fromisoformat(body["valid_until"])
        _require(first <= last)
        _require(
            all(
                type(body[name]) is int and body[name] > 0
                for name in ("version", "retention_days", "max_silence_days")
            )
        )
        clause = "texts"
        for name in ("purpose", "impact_assessment", "suspension"):
            _require(isinstance(body[name], str) and len(body[name]) <= 2000)
        _require(bool(body["purpose"].strip()) and body["legal_basis"] in LegalBasis.values)
        _require(type(body["household_members"]) is bool and body["onward_transfer"] is False)
        _require(
            body["supersedes"] is None
            or (isinstance(body["supersedes"], str) and len(body["supersedes"]) == 64)
        )
        _require((body["version"] == 1) == (body["supersedes"] is None) and is_uuid(body["agreement_id"]))
        _require(biometrics.form == "none" or bool(body["impact_assessment"].strip()))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _malformed(clause) from None
    one, two = parties
    return Terms(
        agreement_id=UUID(body["agreement_id"]),
        version=body["version"],
        supersedes=body["supersedes"],
        parties=(one, two),
        purpose=body["purpose"],
        legal_basis=body["legal_basis"],
        impact_assessment=body["impact_assessment"],
        people=people,
        fields=fields,
        household_members=body["household_members"],
        biometrics=biometrics,
        modes=modes,
        tokens=tokens,
        decision=body["decision"],
        limits=limits,
        retention_days=body["retention_days"],
        onward_transfer=body["onward_transfer"],
        valid_from=first,
        valid_until=last,
        max_silence_days=body["max_silence_days"],
        suspension=body["suspension"],
        digest=digest_hex(document),
    )


def _party(body: dict[str, Any]) -> Party:
    _require(set(body) == {"node_id", "name", "country", "kind", "root", "contact"})
    _require(
        is_uuid(body["node_id"])
        and all(isinstance(value, str) and len(value) <= 300 for value in body.values())
    )
    return Party(**{**body, "node_id": UUID(body["node_id"])})


def _people(body: dict[str, Any]) -> People:
    _require(set(body) == {"everyone", "sites", "programmes", "statuses"} and type(body["everyone"]) is bool)
    _require(all(is_uuid(each) for each in (*body["sites"], *body["programmes"])))
    _require(set(body["statuses"]) <= set(PersonStatus.values))
    # "everyone" must be written out: an empty filter is nobody, never everybody by omission.
    _require(body["everyone"] != bool(body["sites"] or body["programmes"]))
    return People(
        body["everyone"], frozenset(body["sites"]), frozenset(body["programmes"]), frozenset(body["statuses"])
    )


def _field(body: dict[str, Any], ids: list[str]) -> FieldTerms:
    terms = FieldTerms(**body)
    _require(terms.name in FIELDS and terms.direction in (BOTH, *ids))
    _require(terms.authority in (PERSON, NEWEST, *ids))
    _require(terms.authority != NEWEST or terms.name in NEWEST_IS_HONEST_FOR)
    # An authority that never says its value could never settle anything.
    _require(terms.authority not in ids or terms.direction in (BOTH, terms.authority))
    return terms


def _biometrics(body: dict[str, Any], ids: list[str]) -> Biometrics:
    terms = Biometrics(**body)
    _require(terms.modality == "fingerprint" and terms.form in FORMS and terms.use in ("confirm", "verify"))
    _require(type(terms.retain_days) is int and terms.retain_days >= 0)
    _require(terms.to in ids if terms.form != "none" else terms.to == "")
    return terms


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError


def _malformed(clause: str) -> Invalid:
    return Invalid(
        "agreement-malformed",
        _("This agreement cannot be read: look at the clause “%(clause)s”."),
        clause=clause,
    )
