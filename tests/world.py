"""Builders: `a_node()`, `a_site()`, `an_operator(role=...)` and so on, each made by the real services.

    node = a_node()
    amina = an_operator(Role.CLERK, name="Amina")
    chen = an_operator(Role.CLERK, name="Chen", agency=an_agency())
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pyotp
import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, get_hashers
from django.test import Client
from django.utils.text import slugify

from gada.agencies.models import Agency, Assignment, Operator, Programme, Site
from gada.agencies.rules import Role
from gada.agencies.services import (
    FirstPeople,
    assign_role,
    bootstrap_node,
    create_agency,
    create_operator,
    create_programme,
    create_site,
    new_code_secret,
    set_up_codes,
)
from gada.engine.refusal import Refusal
from gada.journal import logs
from gada.journal.models import Log
from gada.project.middleware import use_secret_key
from gada.vault import data_directory, identity, is_unlocked
from gada.vault.working_keys import USES, new_pair, write_keys

AT = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
PASSWORD = "sept chèvres au bord du puits"
_number = count(1)


@contextmanager
def refused(code: str) -> Iterator[None]:
    """`with refused("name-taken"):` — the block must end in exactly this refusal."""
    with pytest.raises(Refusal) as raised:
        yield
    assert raised.value.code == code, f"refused with {raised.value.code}, not {code}"


class CheapArgon2(Argon2PasswordHasher):
    """The same hash with a cost that a thousand tests can pay."""

    time_cost, memory_cost, parallelism = 1, 64, 1


settings.PASSWORD_HASHERS = [f"{__name__}.CheapArgon2"]
get_hashers.cache_clear()
settings.SECOND_READING_PERCENT = 0  # drawn by the ids of a test, which are new each time: a test that wants it says so


def a_node() -> FirstPeople:
    """This node with its log, its keys, its first agency, site and administrator (made once per test)."""
    if not (data_directory() / "keys.sealed").exists():
        write_keys([new_pair(use, at=AT) for use in USES])
    if not Log.objects.filter(node_id=identity().node_id).exists():
        logs.open_log(at=AT)
    if not Agency.objects.exists():
        return bootstrap_node(
            agency_name="Agence Une", country="NER", site_name="Diffa", admin_username="admin",
            admin_name="Administratrice", admin_password=PASSWORD, at=AT,
        )
    admin = Operator.objects.get(username="admin")
    site = Site.objects.get(agency=admin.agency, name="Diffa")
    return FirstPeople(agency=admin.agency, site=site, admin=admin)


def an_agency(name: str = "Agence Deux", *, country: str = "MLI") -> Agency:
    """Another agency with its own administrator: its people must see nothing of ours."""
    found = Agency.objects.filter(name=name).first()
    if found:
        return found
    first = a_node().admin
    agency = create_agency(name=name, country=country, by=first, at=AT)
    admin = create_operator(
        username=f"admin{next(_number)}", name=f"Administrateur de {name}", password=PASSWORD, by=first,
        at=AT, agency=agency,
    )
    assign_role(operator=admin, role=Role.ADMIN, by=first, at=AT)
    return agency


def an_admin(agency: Agency | None = None) -> Operator:
    """The administrator of this agency (ours by default)."""
    held = Assignment.objects.filter(role=Role.ADMIN, operator__agency=agency or a_node().agency)
    return held.earliest("operator__created").operator


def a_site(name: str = "", *, agency: Agency | None = None) -> Site:
    return create_site(name=name or f"Site {next(_number)}", by=an_admin(agency), at=AT, pcode="NE001")


def a_programme(
    name: str = "", *, agency: Agency | None = None, biometrics_allowed: bool = True
) -> Programme:
    return create_programme(
        name=name or f"Programme {next(_number)}", purpose="Assistance alimentaire", by=an_admin(agency),
        at=AT, legal_basis="Mandat humanitaire", impact_assessment="Étude du 1er mars 2026, au siège",
        assessed_on=date(2026, 3, 1), assessed_by="Dina Sow",
        biometrics_allowed=biometrics_allowed,
    )


def an_operator(
    role: Role | str | None = Role.CLERK, *more_roles: Role | str, name: str = "", site: Site | None = None,
    programme: Programme | None = None, agency: Agency | None = None, language: str = "fr",
    valid_for: timedelta | None = None,
) -> Operator:
    """Somebody with these roles, at one site or (by default) at all of their agency's."""
    admin = an_admin(agency or (site.agency if site else None))
    number = next(_number)
    operator = create_operator(
        username=slugify(f"{name or 'operator'} {number}"), name=name or f"Opératrice {number}",
        password=PASSWORD, by=admin, at=AT, language=language,
    )
    for each in (role, *more_roles):
        if each is not None:
            assign_role(
                operator=operator, role=each, by=admin, at=AT, site=site, programme=programme,
                valid_until=AT + valid_for if valid_for else None,
            )
    return operator


def a_code_secret(operator: Operator, *, at: datetime = AT) -> str:
    """Set up codes for this operator and return their secret (`pyotp.TOTP(secret).at(moment)` makes codes)."""
    secret = new_code_secret()
    set_up_codes(operator=operator, secret=secret, code=pyotp.TOTP(secret).at(at), at=at)
    operator.refresh_from_db()
    return secret


def a_browser(operator: Operator | None = None, *, language: str = "fr") -> Client:
    """A test browser in which this operator is signed in (nobody: signed out)."""
    if is_unlocked():  # a locked node has none; its pages lead to the lock
        use_secret_key()  # as every request does: a session signed before the first one would not be read
    browser = Client(headers={"accept-language": language})
    if operator is not None:
        browser.force_login(operator)
    return browser
