"""Operators come, take roles, lose them and leave; what they did stays theirs."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal
from gada.agencies.models import LANGUAGES, Agency, Assignment, Operator, Programme, Site
from gada.agencies.rules import Role
from gada.agencies.services.authorizing import authorize, forget_held
from gada.agencies.services.failures import forget_failures
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotFound, NotPermitted, Refusal
from gada.journal import Scope

PURPOSE = "administration"
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")


@transaction.atomic
def create_operator(
    *, username: str, name: str, password: str, by: Operator, at: datetime, agency: Agency | None = None,
    language: str = "fr",
) -> Operator:
    """Add somebody who works here. They set up their codes themselves at the first sign-in."""
    authorize(by, "operator.create", at=at)
    agency_id: UUID = agency.pk if agency else by.agency_id
    require_reach(agency_id, by)
    return record_operator(
        agency_id=agency_id, username=username, name=name, password=password, language=language,
        by=by, at=at,
    )


@transaction.atomic
def assign_role(
    *, operator: Operator, role: Role | str, by: Operator, at: datetime,
    site: Site | UUID | None = None, programme: Programme | UUID | None = None,
    valid_until: datetime | None = None,
) -> Assignment:
    """Give a role: at one site (None: all of the agency's), for one programme (None: all)."""
    authorize(by, "assignment.assign", site=site, programme=programme, at=at)
    require_reach(operator.agency_id, by)
    if role not in Role.values:
        raise Invalid("role-unknown", _("This role does not exist."))
    if valid_until is not None and valid_until <= at:
        raise Invalid("validity-past", _("The end of the role lies in the past. Choose a later date."))
    return record_assignment(
        operator=operator, role=Role(role), site_id=_key(site), programme_id=_key(programme),
        valid_until=valid_until, by=by, at=at,
    )


@transaction.atomic
def end_assignment(*, assignment: Assignment | UUID, by: Operator, at: datetime) -> None:
    """Take back a role, from now on."""
    row = _locked_assignment(assignment)
    authorize(by, "assignment.end", site=row.site, programme=row.programme, at=at)
    require_reach(row.operator.agency_id, by)
    if row.role == Role.ADMIN:
        _require_another_admin(row.operator.agency_id, at=at, beside=row)
    journal.record(
        "assignment.ended", by=by, about=("assignment", row.id), subject=row.operator_id, purpose=PURPOSE,
        at=at, facts={
            "assignment_id": str(row.id), "operator_id": str(row.operator_id), "valid_until": at.isoformat(),
        },
        scope=Scope(agency=row.operator.agency_id, site=row.site_id, programme=row.programme_id),
    )


@transaction.atomic
def deactivate_operator(*, operator: Operator | UUID, by: Operator, at: datetime) -> None:
    """Close somebody's access at once: their next page asks them to sign in, and refuses."""
    authorize(by, "operator.deactivate", at=at)
    row = locked_operator(operator)
    require_reach(row.agency_id, by)
    if row.pk == by.pk:
        raise Refusal("own-access", _("You cannot close your own access. Ask another administrator."))
    if isinstance(operator, Operator):
        forget_held(operator)
    _record_about(row, "operator.deactivated", {}, by=by, at=at)


@transaction.atomic
def reopen_operator(*, operator: Operator | UUID, by: Operator, at: datetime) -> None:
    """Open a closed access again, with the roles still running."""
    authorize(by, "operator.reopen", at=at)
    row = locked_operator(operator)
    require_reach(row.agency_id, by)
    _record_about(row, "operator.reopened", {}, by=by, at=at)


@transaction.atomic
def set_password(*, operator: Operator | UUID, password: str, by: Operator, at: datetime) -> None:
    """Give an operator a new password (forgotten, leaked). Their open sessions end."""
    authorize(by, "operator.set_password", at=at)
    row = locked_operator(operator)
    require_reach(row.agency_id, by)
    keep_password(row, password)
    forget_failures(row.username)
    _record_about(row, "operator.password_set", {"own": False}, by=by, at=at)


@transaction.atomic
def change_own_password(*, operator: Operator, current: str, password: str, at: datetime) -> None:
    """Change one's own password, knowing the present one."""
    row = locked_operator(operator)
    if not row.is_active:
        raise NotPermitted("access-closed", _("Your access was closed. Ask your administrator."))
    if not row.check_password(current):
        raise Invalid("password-wrong", _("The present password is not right."))
    keep_password(row, password)
    _record_about(row, "operator.password_set", {"own": True}, by=row, at=at)


@transaction.atomic
def forget_codes(*, operator: Operator | UUID, by: Operator, at: datetime) -> None:
    """Let somebody whose phone is gone set up sign-in codes again."""
    authorize(by, "operator.forget_codes", at=at)
    row = locked_operator(operator)
    require_reach(row.agency_id, by)
    Operator.objects.filter(pk=row.pk).update(totp_box=None, last_totp_step=0)
    _record_about(row, "operator.codes_forgotten", {}, by=by, at=at)


@transaction.atomic
def choose_language(*, operator: Operator, language: str, at: datetime) -> None:
    """One's own language of pages, kept for the next sign-in."""
    if language not in dict(LANGUAGES):
        raise Invalid("language-unknown", _("Gada does not speak this language yet."))
    if not operator.is_active:
        raise NotPermitted("access-closed", _("Your access was closed. Ask your administrator."))
    _record_about(operator, "operator.language_chosen", {"language": language}, by=operator, at=at)


def record_operator(
    *, agency_id: UUID, username: str, name: str, password: str, language: str, by: Any, at: datetime
) -> Operator:
    """The entry of a new operator; who may is decided by the caller."""
    username = username.strip().lower()
    if not USERNAME.fullmatch(username):
        raise Invalid(
            "username-unfit",
            _("A user name has 2 to 60 letters without accents, digits, dots, hyphens or underscores."),
        )
    if not name.strip():
        raise Invalid("name-missing", _("This must not be empty."))
    if Operator.objects.filter(username=username).exists():
        raise Refusal("username-taken", _("This user name is taken. Choose another one."))
    operator_id = new_id()
    made: Operator = journal.record(
        "operator.created", by=by, about=("operator", operator_id), subject=operator_id, purpose=PURPOSE,
        at=at, scope=Scope(agency=agency_id), facts={
            "operator_id": str(operator_id), "agency_id": str(agency_id), "username": username,
            "name": " ".join(name.split()), "language": language, "created": at.isoformat(),
        },
    )
    # After the entry, because the row comes from it; beside it, because no entry may hold a password.
    if not keep_password(made, password):
        raise Refusal("username-taken", _("This user name is taken. Choose another one."))
    made.refresh_from_db()
    return made


def record_assignment(
    *, operator: Operator, role: Role, site_id: UUID | None, programme_id: UUID | None,
    valid_until: datetime | None, by: Any, at: datetime,
) -> Assignment:
    """The entry of a new assignment; who may is decided by the caller."""
    assignment_id = new_id()
    forget_held(operator)
    made: Assignment = journal.record(
        "assignment.created", by=by, about=("assignment", assignment_id), subject=operator.pk,
        scope=Scope(agency=operator.agency_id, site=site_id, programme=programme_id), purpose=PURPOSE, at=at,
        facts={
            "assignment_id": str(assignment_id),
            "operator_id": str(operator.pk), "role": role.value,
            "site_id": str(site_id) if site_id else None,
            "programme_id": str(programme_id) if programme_id else None,
            "valid_until": valid_until.isoformat() if valid_until else None,
        },
    )
    return made


def keep_password(operator: Operator, password: str) -> bool:
    """Store a password's hash (never in an entry). False when the operator's row is not there."""
    try:
        validate_password(password, user=operator)
    except ValidationError as error:
        raise _weak(" ".join(error.messages)) from None
    if password.strip().lower() in (operator.username, operator.name.lower()):
        raise _weak(_("it is your name."))
    return bool(Operator.objects.filter(pk=operator.pk).update(password=make_password(password)))


def locked_operator(operator: Operator | UUID) -> Operator:
    """The operator's row, locked until the transaction ends."""
    key = operator.id if isinstance(operator, Operator) else operator
    row = Operator.objects.select_for_update().filter(pk=key).first()
    if row is None:
        raise _unknown()
    return row


def _record_about(row: Operator, action: str, facts: dict[str, Any], *, by: Operator, at: datetime) -> None:
    journal.record(
        action, by=by, about=row.reference, subject=row.pk, facts={"operator_id": str(row.pk), **facts},
        scope=Scope(agency=row.agency_id), purpose=PURPOSE, at=at,
    )


def require_reach(agency_id: UUID, by: Operator) -> None:
    """One's own agency; another one only until it has had an administrator of its own."""
    if agency_id == by.agency_id:
        return
    if Assignment.objects.filter(operator__agency=agency_id, role=Role.ADMIN).exists():
        raise _unknown()


def _require_another_admin(agency_id: UUID, *, at: datetime, beside: Assignment) -> None:
    others = Assignment.running(at).filter(
        operator__agency=agency_id, role=Role.ADMIN, site=None, programme=None
    ).exclude(pk=beside.pk)
    if not others.exists():
        raise Refusal(
            "last-administrator", _("This is the last administrator. Give the role to somebody else first.")
        )


def _locked_assignment(assignment: Assignment | UUID) -> Assignment:
    row = Assignment.objects.select_for_update(of=("self",)).select_related("operator", "site", "programme")
    found = row.filter(pk=assignment.id if isinstance(assignment, Assignment) else assignment).first()
    if found is None:
        raise NotFound("assignment-unknown", _("This role is not on this node."))
    return found


def _weak(why: Any) -> Invalid:
    return Invalid("password-weak", _("This password is too easy to guess: %(why)s"), why=why)


def _unknown() -> NotFound:
    return NotFound("operator-unknown", _("Nobody by this name works for your agency."))


def _key(given: Site | Programme | UUID | None) -> UUID | None:
    return given if given is None or isinstance(given, UUID) else given.id
