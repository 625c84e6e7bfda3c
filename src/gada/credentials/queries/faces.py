"""What the printed copies show, and the signed words of their QR codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC

from django.utils import timezone

from gada import vault
from gada.credentials import rules
from gada.credentials.models import Copy
from gada.credentials.papers.shown import Face
from gada.credentials.papers.symbols import small_photo
from gada.engine.formats.claim_169 import WEBP, Holder, Token, to_text, write_token
from gada.engine.proof.cose import sign1
from gada.engine.refusal import Refusal
from gada.people.models import Person
from gada.people.queries import may_use
from gada.people.words import Purpose, Sex
from gada.vault.working_keys import working_key

PHOTO_BYTES = 700  # what still fits the back of an ID-1 card in squares that a worn printer keeps apart


def faces_of(copies: Sequence[Copy]) -> list[Face]:
    """One face per copy. Whoever said no to photos has none; the same copies give the same faces."""
    private = bytes.fromhex(working_key("signing").private)
    pictured = may_use({copy.card.person_id for copy in copies}, Purpose.PHOTO, default=True)
    training = vault.identity().training
    return [
        _face(copy, private, _photo(copy.card.person) if copy.card.person_id in pictured else b"", training=training)
        for copy in copies
    ]


def _face(copy: Copy, private: bytes, photo: bytes, *, training: bool) -> Face:
    person = copy.card.person
    agency = person.site.agency.name
    name = " ".join(part for part in (person.given, person.surname) if part)
    born = rules.born(person.birth_precision, person.birth_source, person.birth_from, person.birth_to)
    inside = small_photo(photo, most_bytes=PHOTO_BYTES) if photo else b""
    holders = [
        Holder(copy.card.number, name, person.sex, born.day, born.between, picture, WEBP if picture else 0)
        for picture in dict.fromkeys((inside, b""))
    ]
    return Face(
        agency=agency, name=name, sex=person.sex if person.sex in (Sex.FEMALE, Sex.MALE) else "", birth=born.words,
        number=copy.card.number, serial=copy.serial, photo=photo, training=training,
        printed_on=timezone.localtime(copy.printed_at).strftime("%d.%m.%Y"),
        codes=tuple(_texts(holders, agency, copy, private)),
    )


def _texts(holders: Iterable[Holder], agency: str, copy: Copy, private: bytes) -> Iterable[str]:
    for holder in holders:
        token = Token(agency, copy.printed_at.astimezone(UTC), copy.id.bytes, holder)
        yield to_text(sign1(private, write_token(token)))


def _photo(person: Person) -> bytes:
    if person.photo is None:
        return b""
    try:
        return vault.get_blob(person.id, person.photo)
    except Refusal:  # a photo that has not arrived at this node yet: the card is printed without
        return b""
