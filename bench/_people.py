"""People for measurements: names of the region, one seed, the same every time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

FIRST = (
    "Amina Moussa Hadiza Ibrahim Zeinabou Oumarou Mariama Issa Aïchatou Abdoulaye Fatouma Souleymane Rakia Harouna "
    "Salamatou Boubacar Hassana Maman Nana Yacouba Balkissa Seydou Ramatou Idrissa Halima Adamou Fati Ousmane"
).split()
SYLLABLES = (
    ("Ba", "Da", "Ga", "Ka", "La", "Ma", "Sa", "Ta"), ("bi", "di", "gou", "li", "ma", "na", "ri", "ssa"),
    ("ba", "dou", "ko", "ni", "rou", "ta", "tou", "wa"), ("", "", "la", "na", "rou", "yé"),
)
LAST = (
    "Diallo Maïga Issoufou Garba Traoré Abdou Saidou Mahamadou Amadou Hamidou Daouda Sani Tahirou Laouali Bako"
).split()


def households(count: int, *, seed: int = 1, of: int = 5) -> Iterator[Any]:
    """`count` household drafts of about `of` people each."""
    from gada.people.drafts import HouseholdDraft

    chance = random.Random(seed)
    for number in range(count):
        size = max(1, of + chance.randint(-2, 2))
        members = tuple(_member(chance, head=index == 0) for index in range(size))
        place = f"NE00{chance.randint(1, 8)}{chance.randint(10, 99)}"
        yield HouseholdDraft(members=members, place=place, origin=f"NE00{number % 8}")


def _member(chance: random.Random, *, head: bool) -> Any:
    from gada.people.drafts import AnswerDraft, DocumentDraft, PersonDraft
    from gada.people.rules import birth_of

    surname = chance.choice(LAST) if chance.random() < 0.5 else _rare(chance)
    given = chance.choice(FIRST) if chance.random() < 0.5 else _rare(chance)
    documents = (DocumentDraft("national-id", f"NE{chance.randint(10**8, 10**9)}"),) if chance.random() < 0.3 else ()
    return PersonDraft(
        given=given if chance.random() < 0.8 else f"{given} {chance.choice(FIRST)}",
        surname=surname,
        father=f"{chance.choice(FIRST)} {surname}",
        mother=f"{chance.choice(FIRST)} {_rare(chance)}",
        sex=chance.choice("FM"),
        birth=birth_of(
            year=chance.randint(1940, 2024),
            month=chance.randint(1, 12),
            day=chance.randint(2, 28),
            estimated=chance.random() < 0.3,
        ),
        birth_source="declared",
        relationship="head" if head else "child",
        recipient="principal" if head else "",
        phone=f"+227 9{chance.randint(10**6, 10**7 - 1)}" if head else "",
        documents=documents,
        answers=tuple(AnswerDraft(purpose, "yes") for purpose in ("registration", "prints", "sharing")),
    )


def _rare(chance: random.Random) -> str:
    """A word that few share: real lists have thousands of names, twenty-eight would make everybody alike."""
    return "".join(chance.choice(syllables) for syllables in SYLLABLES)
