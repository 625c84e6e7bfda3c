"""The gate and the wall: what no agreement can allow, and what each clause refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gada.engine.proof.canonical import canonical_bytes
from gada.engine.refusal import Invalid
from gada.exchange.rules.fields import FIELDS, PRINTS
from gada.exchange.rules.gate import ALWAYS, PersonFacts, Standing, may, may_receive, state_of
from gada.exchange.rules.terms import MODES, Terms, read_terms
from gada.exchange.services.agreements import _named
from tests.exchange.world import clauses

US, THEM, OTHERS = (UUID(int=number) for number in (1, 2, 3))
AT = datetime(2026, 3, 14, 9, tzinfo=UTC)
ACTIVE = Standing(active_since=AT - timedelta(days=3), last_contact=AT - timedelta(hours=1))
KINDS = ("humanitarian", "civil", "border", "security")
PERSON = PersonFacts(
    site="s",
    programmes=frozenset({"p"}),
    status="active",
    residence_status="",
    nationality="SSD",
    sharing="yes",
    prints="yes",
    needs_protection=False,
    unaccompanied=False,
)


def terms(
    *, ours: str = "humanitarian", theirs: str = "humanitarian", their_country: str = "SSD", **other: object
) -> Terms:
    """An agreement between us and them; both signatures are taken for granted in `ACTIVE`."""

    def party(node_id: UUID, kind: str, country: str) -> dict[str, str]:
        return {
            "node_id": str(node_id),
            "name": kind,
            "country": country,
            "kind": kind,
            "root": "r",
            "contact": "",
        }

    body = {
        "format": "gada-agreement",
        "v": 1,
        "agreement_id": str(OTHERS),
        "version": 1,
        "supersedes": None,
        "parties": [party(US, ours, "NER"), party(THEM, theirs, their_country)],
        "decision": {"model": "m", "thresholds": "t"},
        "onward_transfer": False,
        **clauses(**{"valid_from": "2026-03-01", "valid_until": "2027-01-01", **other}),
    }
    return read_terms(canonical_bytes(_named(body, {"ours": str(US), "theirs": str(THEM)})))


def ask(agreed: Terms, **other: object):  # type: ignore[no-untyped-def]
    return may(
        agreed,
        **{
            "standing": ACTIVE,
            "mode": "delivery",
            "sender": US,
            "recipient": THEM,
            "person": PERSON,
            "field": "given",
            "at": AT,
            **other,
        },
    )


def code(refusal: object) -> str:
    return refusal.code if refusal is not None else "yes"  # type: ignore[attr-defined]


def test_what_the_agreement_covers_may_flow() -> None:
    assert ask(terms()) is None
    assert ask(terms(), field=PRINTS) is None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"sharing": "no"}, "person-refused"),
        ({"sharing": "withdrawn"}, "person-refused"),
        ({"sharing": "objected"}, "person-refused"),
        ({"sharing": None}, "consent-missing"),
        ({"needs_protection": True}, "person-protected"),
        ({"unaccompanied": True}, "child-alone"),
        ({"status": "erased"}, "person-outside"),
    ],
)
def test_nobody_is_shared_against_their_will_or_safety(change: dict, expected: str) -> None:
    assert code(ask(terms(), person=replace(PERSON, **change))) == expected


def test_refusing_prints_keeps_the_prints_here_and_nothing_else() -> None:
    assert code(ask(terms(), person=replace(PERSON, prints="no"), field=PRINTS)) == "prints-refused"
    assert ask(terms(), person=replace(PERSON, prints="no")) is None


def test_who_was_never_asked_is_shared_only_where_consent_is_not_the_basis() -> None:
    assert ask(terms(legal_basis="vital-interest"), person=replace(PERSON, sharing=None)) is None
    assert (
        code(ask(terms(legal_basis="vital-interest"), person=replace(PERSON, sharing="no")))
        == "person-refused"
    )


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({"field": "nationality"}, "field-not-agreed"),
        ({"mode": "query"}, "mode-not-agreed"),
        ({"recipient": OTHERS}, "recipient-not-party"),
        ({"recipient": US}, "recipient-not-party"),
        ({"at": AT - timedelta(days=90)}, "agreement-early"),
        ({"at": AT + timedelta(days=400)}, "agreement-expired"),
        ({"field": PRINTS, "sender": THEM, "recipient": US}, "prints-direction"),
        ({"field": PRINTS, "form": "image"}, "prints-not-agreed"),
        ({"standing": Standing(None)}, "agreement-unsigned"),
        ({"standing": replace(ACTIVE, suspended_by_us=True)}, "agreement-suspended"),
        ({"standing": replace(ACTIVE, suspended_by_them=True)}, "agreement-suspended"),
        ({"standing": replace(ACTIVE, superseded=True)}, "agreement-superseded"),
        ({"standing": replace(ACTIVE, peer_state="forked")}, "partner-rewrote"),
        (
            {
                "standing": replace(
                    ACTIVE, active_since=AT - timedelta(days=40), last_contact=AT - timedelta(days=15)
                )
            },
            "agreement-silent",
        ),
    ],
)
def test_outside_the_agreement_everything_is_refused(question: dict, expected: str) -> None:
    assert code(ask(terms(), **question)) == expected


def test_a_field_flows_only_in_its_direction() -> None:
    agreed = terms(fields=[{"name": "given", "direction": "theirs", "authority": "theirs"}])
    assert code(ask(agreed)) == "direction-not-agreed"
    assert ask(agreed, sender=THEM, recipient=US) is None


def test_people_outside_the_filter_stay_here() -> None:
    here = {"everyone": False, "sites": [str(OTHERS)], "programmes": [], "statuses": ["active"]}
    everyone = {"everyone": True, "sites": [], "programmes": [], "statuses": []}
    agreed = terms(people={"ours": here, "theirs": everyone})
    assert code(ask(agreed)) == "person-outside"
    assert ask(agreed, person=replace(PERSON, site=str(OTHERS))) is None


@pytest.mark.parametrize("kind", ["border", "security"])
def test_aid_data_never_go_to_forces_whatever_is_signed(kind: str) -> None:
    agreed = terms(
        theirs=kind,
        biometrics={"modality": "fingerprint", "form": "none", "to": "", "use": "confirm", "retain_days": 0},
    )
    for mode in (*MODES, *sorted(ALWAYS)):
        assert code(ask(agreed, mode=mode)) == "wall-forces"


@pytest.mark.parametrize("kind", ["civil", "border", "security"])
def test_prints_taken_for_aid_never_go_to_a_state_whatever_is_signed(kind: str) -> None:
    for mode in MODES:
        assert code(ask(terms(theirs=kind), mode=mode, field=PRINTS)) in ("wall-prints", "wall-forces")


@pytest.mark.parametrize("status", ["refugee", "asylum-seeker"])
def test_a_refugees_data_never_go_to_the_country_they_fled(status: str) -> None:
    fled = replace(PERSON, residence_status=status, nationality="MLI")
    assert code(ask(terms(theirs="civil", their_country="MLI"), person=fled)) == "wall-origin"
    assert (
        code(ask(terms(theirs="civil", their_country="MLI"), person=replace(fled, nationality="")))
        == "wall-origin"
    )
    assert ask(terms(theirs="civil", their_country="TCD"), person=fled) is None
    for force in ("border", "security"):
        assert code(ask(terms(ours="civil", theirs=force, their_country="TCD"), person=fled)) == "wall-forces"


def test_what_must_always_pass_passes_under_suspension() -> None:
    stopped = replace(ACTIVE, suspended_by_us=True)
    assert all(ask(terms(), mode=mode, standing=stopped, person=None, field=None) is None for mode in ALWAYS)


def test_an_agreement_lapses_after_a_year_without_review() -> None:
    agreed = terms()
    long = replace(agreed, valid_until=agreed.valid_from + timedelta(days=3000))
    assert (
        state_of(long, replace(ACTIVE, last_contact=AT + timedelta(days=500)), AT + timedelta(days=500))
        == "expired"
    )


@pytest.mark.parametrize(
    ("clause", "value"),
    [
        (
            "people",
            {
                "ours": {"everyone": False, "sites": [], "programmes": [], "statuses": []},
                "theirs": {"everyone": True, "sites": [], "programmes": [], "statuses": []},
            },
        ),
        ("fields", [{"name": "nationality", "direction": "both", "authority": "person"}]),
        ("fields", [{"name": "given", "direction": "both", "authority": "newest"}]),
        ("fields", [{"name": "given", "direction": "ours", "authority": "theirs"}]),
        (
            "biometrics",
            {"modality": "face", "form": "template", "to": "theirs", "use": "verify", "retain_days": 1},
        ),
        ("modes", ["everything"]),
        ("tokens", {"recipe": "gada-0", "common": 2, "bar": 0}),
        ("valid_until", "2020-01-01"),
        ("legal_basis", "because"),
        ("max_silence_days", 0),
        ("household_members", "yes"),
        ("purpose", " "),
    ],
)
def test_an_agreement_that_says_nonsense_is_refused(clause: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        terms(**{clause: value})
    assert refused.value.code == "agreement-malformed"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=150),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
good_values = st.sampled_from(
    [
        ("given", "Achol"),
        ("sex", "F"),
        ("phone", "+211912345678"),
        ("place", "SS0101"),
        ("documents", []),
        ("birth", {"from": "1990-01-01", "to": "1990-12-31", "precision": "year", "source": "declared"}),
    ]
)
anything = (
    st.tuples(st.sampled_from([*FIELDS, "nationality", "custom", "residence_status", ""]), json_values)
    | good_values
)


@settings(max_examples=400, deadline=None)
@given(
    said=anything,
    linked=st.booleans(),
    agreed_fields=st.sets(st.sampled_from(sorted(FIELDS))),
    direction=st.sampled_from(["both", "ours", "theirs"]),
    suspended=st.booleans(),
    kind=st.sampled_from(KINDS),
)
def test_whatever_the_sender_does_only_agreed_and_well_formed_values_are_stored(
    said: tuple, linked: bool, agreed_fields: set, direction: str, suspended: bool, kind: str
) -> None:
    name, value = said
    agreed = terms(
        theirs=kind,
        fields=[
            {"name": each, "direction": direction, "authority": "person"} for each in sorted(agreed_fields)
        ],
    )
    refusal = may_receive(
        agreed,
        replace(ACTIVE, suspended_by_us=suspended),
        sender=THEM,
        recipient=US,
        field=name,
        value=value,
        linked=linked,
        at=AT,
    )
    if refusal is None:
        assert linked and not suspended and name in agreed_fields and direction in ("both", "theirs")
        assert FIELDS[name].fits(value)
        assert len(json.dumps(value)) < 6000
