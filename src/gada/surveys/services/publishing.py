"""Forms are published, given a meaning, and taken off the phones."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal, vault
from gada.agencies.models import Operator, Programme, Site
from gada.agencies.services import authorize
from gada.engine.proof.ids import new_id
from gada.engine.proof.sealed_forms import new_form_key
from gada.engine.refusal import Invalid, Refusal
from gada.people.services import scope_of
from gada.surveys.models import FormVersion, SurveyForm
from gada.surveys.rules.mapping import check_mapping, guess_mapping
from gada.surveys.rules.xlsform import read_xlsform

PURPOSE = "registration"
MOST_MEDIA, LARGEST_MEDIA = 50, 10 * 1024 * 1024


def publish_form(
    *,
    operator: Operator,
    site: Site,
    workbook: bytes,
    at: datetime,
    programme: Programme | None = None,
    media: Sequence[tuple[str, bytes]] = (),
) -> FormVersion:
    """Publish a spreadsheet as a form, or as the next version of one: phones fetch it at their next contact.

    Raises Invalid `form-…`, Refusal `form-version-taken`.
    """
    authorize(operator, "survey.publish", site=site, programme=programme)
    _check_media(media)
    default_version = at.strftime("%Y%m%d%H%M%S")
    xml_id = read_xlsform(workbook, public_key="", version=default_version).xml_id
    held = SurveyForm.objects.filter(site=site, xml_id=xml_id).first()
    form = _form_facts(held, site, programme, xml_id)
    read = read_xlsform(workbook, public_key=form["public_key"], version=default_version)
    if held and held.published.filter(version=read.version).exists():
        raise Refusal(
            "form-version-taken",
            _(
                "Version %(version)s of this form is already published. Raise the version in the sheet “settings”."
            ),
            version=read.version,
        )
    if not held:
        form["mapping"] = guess_mapping(read.questions)
    blobs = vault.put_blobs([(UUID(form["id"]), content) for _name, content in media])
    kept = [
        {"name": name, "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(), "blob": str(blob)}
        for (name, content), blob in zip(media, blobs, strict=True)
    ]
    with transaction.atomic():
        made: FormVersion = journal.record(
            "survey.published",
            by=operator,
            about=("survey-form", UUID(form["id"])),
            purpose=PURPOSE,
            at=at,
            scope=scope_of(site, programme),
            facts={
                "form": form,
                "id": str(new_id()),
                "version": read.version,
                "title": read.title,
                "xform": read.xform,
                "md5": read.md5,
                "questions": read.questions,
                "media": kept,
            },
        )
    return made


def map_form(
    *,
    operator: Operator,
    form: SurveyForm,
    mapping: Mapping[str, Any],
    programme: Programme | None,
    at: datetime,
) -> None:
    """Say what becomes of the answers from now on. What waits can be taken up again. Raises Invalid `mapping-…`."""
    authorize(operator, "survey.map", site=form.site_id, programme=programme)
    newest = form.published.first()
    check_mapping(mapping, newest.questions if newest else [])
    with transaction.atomic():
        journal.record(
            "survey.mapped",
            by=operator,
            about=form.reference,
            purpose=PURPOSE,
            at=at,
            scope=scope_of(form.site, programme),
            facts={"mapping": dict(mapping), "programme": str(programme.id) if programme else None},
        )


def close_form(*, operator: Operator, form: SurveyForm, is_open: bool, at: datetime) -> None:
    """Take a form off the phones (or put it back). Answers already on phones are still taken in."""
    authorize(operator, "survey.close", site=form.site_id)
    with transaction.atomic():
        journal.record(
            "survey.closed",
            by=operator,
            about=form.reference,
            purpose=PURPOSE,
            at=at,
            scope=scope_of(form.site),
            facts={"is_open": is_open},
        )


def _form_facts(
    held: SurveyForm | None, site: Site, programme: Programme | None, xml_id: str
) -> dict[str, Any]:
    if held:
        return {
            "id": str(held.id),
            "site": str(held.site_id),
            "xml_id": held.xml_id,
            "mapping": held.mapping,
            "programme": str(held.programme_id) if held.programme_id else None,
            "public_key": held.public_key,
            "private_key": str(held.private_key),
        }
    form_id = new_id()
    private, public = new_form_key()
    return {
        "id": str(form_id),
        "site": str(site.id),
        "xml_id": xml_id,
        "mapping": {},
        "public_key": public,
        "programme": str(programme.id) if programme else None,
        "private_key": str(vault.put_blob(form_id, private)),
    }


def _check_media(media: Sequence[tuple[str, bytes]]) -> None:
    names = [name for name, _content in media]
    if (
        len(media) > MOST_MEDIA
        or len(set(names)) != len(names)
        or any(len(content) > LARGEST_MEDIA for _n, content in media)
    ):
        raise Invalid(
            "form-media", _("At most 50 files beside a form, each of at most 10 MB, each name once.")
        )
