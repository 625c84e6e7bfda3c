"""People known to both nodes, and the agreement between them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from gada.engine.linkage.tokens import RECIPE
from tests.exchange.partner import NodeProcess

GIVEN = (
    "Achol Deng Nyandeng Garang Abuk Majok Akuol Bol Ayen Kuol Nyibol Malual Adut Lual Awut Chol Nyanut Mabior Apiu "
    "Thon"
).split()  # fmt: skip
SURNAME = "Dut Ajak Makur Atem Wol Kiir Akech Mayen Arop Biar Yak Ring Aleu Piol Guet".split()


def somebody(number: int, **other: Any) -> dict[str, Any]:
    """One person, the same wherever they register unless `other` says otherwise."""
    return {
        "given": GIVEN[number % len(GIVEN)],
        "surname": SURNAME[(number * 7) % len(SURNAME)],
        "father": f"{GIVEN[(number * 3 + 1) % len(GIVEN)]} {SURNAME[(number * 5) % len(SURNAME)]}",
        "mother": f"{GIVEN[(number * 11 + 2) % len(GIVEN)]} {SURNAME[(number * 13 + 3) % len(SURNAME)]}",
        "sex": "F" if number % 2 else "M",
        "year": 1960 + (number * 17) % 45,
        "month": 2 + number % 10,
        "day": 3 + number % 24,
        "phone": f"+2119{10_000_000 + number * 7919}",
        "fingers": {"2": 1000 + number, "7": 5000 + number},
        **other,
    }


def households(numbers: range, **other: Any) -> list[dict[str, Any]]:
    return [{"place": "SS0101", "members": [somebody(number, **other)]} for number in numbers]


def clauses(**other: Any) -> dict[str, Any]:
    """What people decide in an agreement; the tests change one clause at a time."""
    today = datetime.now(UTC).date()
    fields = [
        {"name": "birth", "direction": "both", "authority": "ours"},
        {"name": "father", "direction": "both", "authority": "person"},
        {"name": "given", "direction": "both", "authority": "ours"},
        {"name": "household", "direction": "both", "authority": "person"},
        {"name": "mother", "direction": "both", "authority": "person"},
        {"name": "phone", "direction": "both", "authority": "newest"},
        {"name": "place", "direction": "both", "authority": "newest"},
        {"name": "sex", "direction": "both", "authority": "person"},
        {"name": "surname", "direction": "both", "authority": "ours"},
    ]
    everyone = {"everyone": True, "sites": [], "programmes": [], "statuses": []}
    return {
        "purpose": "Reconnaître les familles inscrites deux fois",
        "legal_basis": "consent",
        "impact_assessment": "AIPD 2026-3",
        "people": {"ours": everyone, "theirs": everyone},
        "fields": fields,
        "household_members": False,
        "biometrics": {
            "modality": "fingerprint",
            "form": "template",
            "to": "theirs",
            "use": "verify",
            "retain_days": 90,
        },
        "modes": ["delivery", "overlap"],
        "tokens": {"recipe": RECIPE, "common": 2, "bar": -20},
        "limits": {
            "people_per_day": 100_000,
            "queries_per_hour": 10,
            "runs_per_quarter": 10,
            "min_population": 5,
            "max_overlap": 1_000_000,
            "max_strangers": 1000,
        },
        "retention_days": 365,
        "valid_from": (today - timedelta(days=1)).isoformat(),
        "valid_until": (today + timedelta(days=300)).isoformat(),
        "max_silence_days": 14,
        "suspension": "Par écrit, à tout moment",
        **other,
    }


def make_acquainted(one: NodeProcess, two: NodeProcess) -> tuple[str, str]:
    """Both read the other's fingerprint aloud; the ids of one and two."""
    first, second = one.call("card"), two.call("card")
    one.call("meet", card=second["card"], fingerprint=second["fingerprint"], address=two.address)
    two.call("meet", card=first["card"], fingerprint=first["fingerprint"], address=one.address)
    return first["id"], second["id"]


def agree(one: NodeProcess, two: NodeProcess, **other: Any) -> tuple[str, str]:
    """An agreement in force on both sides: its digest and its id."""
    _first, second = make_acquainted(one, two)
    digest = one.call("draft", peer=second, clauses=clauses(**other))
    one.call("sign", digest=digest)
    one.call("send", digest=digest)
    two.call("sign", digest=digest)
    assert two.call("send", digest=digest) is True
    return digest, one.call("agreement_id", digest=digest)
