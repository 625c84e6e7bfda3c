"""Who stands behind a phone: a key that was shown once, or a name and a password."""

from __future__ import annotations

import secrets as chance
import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from gada import journal, vault
from gada.agencies.models import Operator, Site
from gada.agencies.services import authorize
from gada.agencies.services.failures import count_attempt, forget_failures
from gada.engine.proof import secrets
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotPermitted
from gada.people.services import scope_of
from gada.surveys.models import PhoneKey

KEY_CHARACTERS = 48  # of base64url: 256 bits and more
REMEMBERED_SECONDS = (
    600  # a password costs a fifth of a second to check; a phone that sends a day's work asks often
)
MOST_KNOWN = 10_000
_remembered: dict[bytes, float] = {}


@dataclass(frozen=True, slots=True)
class LetIn:
    """Who sends: an operator, at one site, from this phone (None: signed in by name)."""

    operator: Operator
    site: Site
    phone: UUID | None = None


# Who stands behind a key never changes; whether it still opens anything is asked each time.
_known: dict[str, LetIn] = {}


class WrongKey(NotPermitted):
    """The phone is not let in (any more), or name or password is wrong."""

    status = 401

    def __init__(self) -> None:
        super().__init__(
            "phone-not-let-in",
            _(
                "This phone is not let in: its key was withdrawn, or name or password is wrong. Ask your supervisor."
            ),
        )


def admit_phone(
    *, operator: Operator, site: Site, whose: Operator, name: str, at: datetime
) -> tuple[PhoneKey, str]:
    """Let a phone in for somebody of ours. The key comes back once and is kept nowhere."""
    authorize(operator, "phone.let_in", site=site)
    authorize(whose, "survey.send", site=site)
    name = " ".join(name.split())
    if not name or len(name) > 60:
        raise Invalid(
            "phone-name", _("Give the phone a name of at most 60 characters, such as “Amina’s phone”.")
        )
    key = chance.token_urlsafe(KEY_CHARACTERS * 3 // 4)
    with transaction.atomic():
        phone_id = new_id()
        made: PhoneKey = journal.record(
            "phone.let_in",
            by=operator,
            about=("phone", phone_id),
            purpose="administration",
            at=at,
            scope=scope_of(site),
            facts={
                "id": str(phone_id),
                "site": str(site.id),
                "operator": str(whose.pk),
                "name": name,
                "digest": digest_of(key.encode()),
            },
        )
    return made, key


def shut_out_phone(*, operator: Operator, phone: PhoneKey, at: datetime) -> None:
    """From now on this key opens nothing. What the phone still holds can be sent after it was let in anew."""
    authorize(operator, "phone.shut_out", site=phone.site_id)
    with transaction.atomic():
        journal.record(
            "phone.shut_out",
            by=operator,
            about=("phone", phone.id),
            purpose="administration",
            at=at,
            scope=scope_of(phone.site),
            facts={},
        )


def who_signs_in_with(*, key: str, address: str, at: datetime) -> LetIn:
    """Whose key this is. Raises WrongKey; TooManyFailures after many wrong ones from one address."""
    digest = digest_of(key.encode())
    if not _is_let_in(digest):
        count_attempt(f"phone at {address}", at=at)
        raise WrongKey
    if digest not in _known:
        if len(_known) > MOST_KNOWN:
            _known.clear()
        phone = PhoneKey.objects.select_related("operator", "site__agency").get(digest=digest)
        _known[digest] = LetIn(phone.operator, phone.site, phone.id)
    return _known[digest]


def who_signs_in_by_name(*, site_id: UUID, username: str, password: str, at: datetime) -> LetIn:
    """Name and password as everywhere; failures make everybody wait longer. Raises WrongKey, TooManyFailures.

    No code is asked, because no phone client can: what opens is sending answers, and nothing that shows a person.
    """
    name = username.strip().lower()
    operator = Operator.objects.filter(username=name, is_active=True).first()
    mark = secrets.hmac_sha256(
        _mark_key(), f"{name}\0{password}\0{operator.password if operator else ''}".encode()
    )
    if _remembered.get(mark, 0.0) < time.monotonic():
        _check_password(operator, name, password, at=at)
        if len(_remembered) > 10_000:
            _remembered.clear()
        _remembered[mark] = time.monotonic() + REMEMBERED_SECONDS
    assert operator is not None
    site = Site.objects.select_related("agency").filter(id=site_id).first()
    if site is None:
        raise WrongKey
    return LetIn(operator, site)


def digest_of(content: bytes) -> str:
    """A digest that only this node can make: two equal contents show as equal here, and nobody else can guess."""
    return secrets.hmac_sha256(_mark_key(), content).hex()


def _is_let_in(digest: str) -> bool:
    """Asked by every request of every phone: written out, since composing it took longer than asking."""
    asked = (
        f"SELECT 1 FROM {PhoneKey._meta.db_table} phone"
        f" JOIN {Operator._meta.db_table} holder ON holder.id = phone.operator_id"
        " WHERE phone.digest = %s AND phone.revoked_at IS NULL AND holder.is_active"
    )
    with connection.cursor() as cursor:
        cursor.execute(asked, [digest])
        return cursor.fetchone() is not None


def _check_password(operator: Operator | None, name: str, password: str, *, at: datetime) -> None:
    count_attempt(name, at=at)
    if operator is None:
        make_password(password)  # takes as long as checking one
        raise WrongKey
    if not operator.check_password(password):
        raise WrongKey
    forget_failures(name)


def _mark_key() -> bytes:
    return secrets.derive(vault.node_key(), purpose="phones")
