"""The server that ODK Collect and KoboCollect talk to (OpenRosa 1.0): lists, forms, media, submissions."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt

from gada import vault
from gada.agencies.services import TooManyFailures, authorize
from gada.agencies.views.saying import words_of
from gada.engine.refusal import Invalid, NotPermitted, Refusal
from gada.surveys import queries, services
from gada.surveys.rules import openrosa
from gada.surveys.services.phones import WrongKey

LARGEST_REQUEST = (
    32 * 1024 * 1024
)  # what settings let Django take; a phone sends larger days in several requests
ANSWERS = "xml_submission_file"
LOOPBACK = ("127.0.0.1", "::1")
View = Callable[..., HttpResponse]


def for_phones(*methods: str) -> Callable[[View], View]:
    """Sign the phone in, answer refusals in OpenRosa's XML, add the headers that phones look for."""

    def around(view: View) -> View:
        @csrf_exempt
        @login_not_required
        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                response = _allowed(request, methods) or view(request, _who(request, kwargs), *args, **kwargs)
            except Refusal as refusal:
                response = _refused(refusal)
            except (MultiPartParserError, SuspiciousOperation):
                response = _refused(
                    Invalid(
                        "submission-cut-off", _("The sending was cut off or is too large. Send it again.")
                    )
                )
            response._has_been_logged = True  # Django would write the address, and with it the key, into its log
            response["X-OpenRosa-Version"] = "1.0"
            response["X-OpenRosa-Accept-Content-Length"] = str(LARGEST_REQUEST)
            return response

        return answered

    return around


@for_phones("GET", "HEAD")
def form_list(request: HttpRequest, who: services.LetIn) -> HttpResponse:
    """The forms of this site; `?formID=` asks for one."""
    asked, forms = request.GET.get("formID"), []
    for version in queries.versions_on_phones(who):
        if asked and version.form.xml_id != asked:
            continue
        forms.append(
            openrosa.Offered(
                xml_id=version.form.xml_id,
                title=version.title,
                version=version.version,
                md5=version.md5,
                download=_address(request, "form", version.id),
                manifest=_address(request, "manifest", version.id) if version.media else "",
            )
        )
    return _xml(openrosa.form_list(forms))


@for_phones("GET", "HEAD")
def form(request: HttpRequest, who: services.LetIn, version_id: UUID) -> HttpResponse:
    return _xml(queries.version_on_phone(who, version_id).xform)


@for_phones("GET", "HEAD")
def manifest(request: HttpRequest, who: services.LetIn, version_id: UUID) -> HttpResponse:
    media = queries.version_on_phone(who, version_id).media
    return _xml(
        openrosa.manifest(
            (each["name"], each["md5"], _address(request, "media", version_id, number))
            for number, each in enumerate(media)
        )
    )


@for_phones("GET", "HEAD")
def media(request: HttpRequest, who: services.LetIn, version_id: UUID, number: int) -> HttpResponse:
    version = queries.version_on_phone(who, version_id)
    if number >= len(version.media):
        return HttpResponse(status=404)
    file = version.media[number]
    response = HttpResponse(
        vault.get_blob(version.form_id, UUID(file["blob"])), content_type="application/octet-stream"
    )
    response["Content-Disposition"] = content_disposition_header(True, file["name"])
    return response


@for_phones("HEAD", "POST")
def submission(request: HttpRequest, who: services.LetIn) -> HttpResponse:
    """HEAD: may I send, and how much at once. POST: 201 kept, 202 was here already; both survive a power cut."""
    if request.method == "HEAD":
        return HttpResponse(status=204, headers={"Location": request.build_absolute_uri()})
    files = {name: part.read() for name, part in request.FILES.items()}
    answers = files.pop(ANSWERS, None)
    if answers is None:
        raise Invalid(
            "submission-empty", _("The part xml_submission_file is missing: there are no answers here.")
        )
    # Parts are named after the file by some clients and not by others; the file's own name is what answers say.
    named = {request.FILES[name].name or name: content for name, content in files.items()}
    received = services.receive_submission(who=who, xml=answers, files=named, at=timezone.now())
    if not received.is_new:
        return _xml(openrosa.message("submit_success", _("These answers were here already.")), status=202)
    return _xml(openrosa.message("submit_success", _("The answers have arrived and are kept.")), status=201)


def _allowed(request: HttpRequest, methods: tuple[str, ...]) -> HttpResponse | None:
    if request.method not in methods:
        return HttpResponse(status=405, headers={"Allow": ", ".join(methods)})
    return None


def _who(request: HttpRequest, named: dict[str, Any]) -> services.LetIn:
    """Whoever the key in the address, or the name and password, stands for. What they may send, the service asks."""
    address = request.META.get("REMOTE_ADDR", "")
    if not request.is_secure() and address not in LOOPBACK:
        raise NotPermitted(
            "phone-needs-https",
            gettext_lazy("Phones are served over HTTPS only. Begin the address of the server with https://."),
        )
    key, site_id = named.pop("key", None), named.pop("site_id", None)
    at = timezone.now()
    if key is not None:
        who = services.who_signs_in_with(key=key, address=address, at=at)
    else:
        username, password = _basic(request)
        who = services.who_signs_in_by_name(site_id=site_id, username=username, password=password, at=at)
    translation.activate(who.operator.language)
    if request.method != "POST":
        authorize(who.operator, "survey.send", site=who.site)
    return who


def _basic(request: HttpRequest) -> tuple[str, str]:
    scheme, _space, said = request.headers.get("Authorization", "").partition(" ")
    try:
        name, colon, password = base64.b64decode(said, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise WrongKey from None
    if scheme.lower() != "basic" or not colon:
        raise WrongKey
    return name, password


def _refused(refusal: Refusal) -> HttpResponse:
    response = _xml(openrosa.message("submit_error", words_of(refusal)), status=refusal.status)
    if refusal.status == 401:
        response["WWW-Authenticate"] = 'Basic realm="Gada", charset="UTF-8"'
    if isinstance(refusal, TooManyFailures):
        response["Retry-After"] = str(60 * int(refusal.facts["minutes"]))
    return response


def _address(request: HttpRequest, name: str, *args: Any) -> str:
    """The absolute address of a sibling of this page, with the same way of signing in."""
    found = request.resolver_match
    assert found is not None
    way = {key: value for key, value in found.captured_kwargs.items() if key in ("key", "site_id")}
    which = "key" if "key" in way else "site"
    return request.build_absolute_uri(reverse(f"surveys:{which}-{name}", args=[*way.values(), *args]))


def _xml(text: str, *, status: int = 200) -> HttpResponse:
    return HttpResponse(text.encode(), status=status, content_type="text/xml; charset=utf-8")
