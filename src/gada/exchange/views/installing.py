"""How a phone or laptop comes to trust this node: open to everybody, because whoever needs it cannot sign in yet."""

from __future__ import annotations

import plistlib
from uuid import NAMESPACE_URL, uuid5

import segno
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.safestring import mark_safe

from gada.engine.proof.certificates import der_of, fingerprint_of, name_of
from gada.vault.authority import own_authority

# File name under /install/ -> the type by which a device knows what to do with it.
FILES = {
    "gada.crt": "application/x-x509-ca-cert",
    "gada.pem": "application/x-pem-file",
    "gada.mobileconfig": "application/x-apple-aspen-config",
}


@login_not_required
def install(request: HttpRequest) -> HttpResponse:
    """The certificate, what to compare, and the steps for each kind of device."""
    chosen = request.GET.get("lang", "")
    language = chosen if chosen in dict(settings.LANGUAGES) else translation.get_language()
    with translation.override(language):
        return render(request, "exchange/install.html", _shown() | {
            "secured": request.is_secure(), "now": timezone.now(), "languages": settings.LANGUAGES,
        })


@login_not_required
def certificate(request: HttpRequest, name: str) -> HttpResponse:
    """The certificate of the authority, as this kind of device takes it."""
    if not settings.NETWORK_ADDRESSES or name not in FILES:
        raise Http404
    root = own_authority(at=timezone.now()).root
    content = {"gada.crt": der_of, "gada.pem": str.encode, "gada.mobileconfig": profile_of}[name](root)
    response = HttpResponse(content, content_type=FILES[name])
    if name != "gada.mobileconfig":  # an iPhone takes a profile from a page, not from a file
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def profile_of(root: str) -> bytes:
    """A configuration profile of Apple's with this one certificate."""
    name, mark = name_of(root), uuid5(NAMESPACE_URL, fingerprint_of(root))
    common = {"PayloadVersion": 1, "PayloadDisplayName": name}
    return plistlib.dumps({
        **common, "PayloadType": "Configuration", "PayloadIdentifier": f"org.gada.{mark}", "PayloadUUID": str(mark),
        "PayloadContent": [{
            **common, "PayloadType": "com.apple.security.root", "PayloadIdentifier": f"org.gada.{mark}.root",
            "PayloadUUID": str(uuid5(mark, "root")), "PayloadContent": der_of(root),
        }],
    })


def _shown() -> dict[str, object]:
    addresses: list[str] = settings.NETWORK_ADDRESSES
    # A phone cannot call this machine by the address that it has for itself alone.
    addresses = [each for each in addresses if "//127." not in each and "//[::1]" not in each] or addresses
    if not addresses:
        return {"addresses": []}
    ours = own_authority(at=timezone.now())
    plain = addresses[0].replace("https://", "http://")
    fingerprint = fingerprint_of(ours.root)
    # Behind the sign # nothing is sent to the server: it is there to be compared by whoever reads the square.
    square = segno.make(f"{plain}/install/#{fingerprint.replace(':', '')}", error="m")
    return {
        "addresses": addresses, "authority": name_of(ours.root), "host": ours.hosts[0].partition(".")[0],
        "until": ours.window.ends, "fingerprint": fingerprint.split(":"),
        "square": mark_safe(square.svg_inline(scale=4, border=4, omitsize=False)),
    }
