"""The XML that phones are answered with (OpenRosa 1.0), and the settings a phone reads from a square code.

Sources: docs.getodk.org/openrosa-form-list, -form-submission and -http-request; docs.getodk.org/collect-import-export.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

RESPONSES = "http://openrosa.org/http/response"
LISTS = "http://openrosa.org/xforms/xformsList"
MANIFESTS = "http://openrosa.org/xforms/xformsManifest"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class Offered:
    """One form as `formList` names it."""

    xml_id: str
    title: str
    version: str
    md5: str
    download: str
    manifest: str = ""


def form_list(forms: Iterable[Offered]) -> str:
    return f'{HEAD}<xforms xmlns="{LISTS}">{"".join(_xform(each) for each in forms)}</xforms>'


def manifest(files: Iterable[tuple[str, str, str]]) -> str:
    """`files`: name, MD5 in hexadecimal, address."""
    listed = "".join(
        f"<mediaFile>{_tag('filename', name)}{_tag('hash', f'md5:{md5}')}{_tag('downloadUrl', url)}</mediaFile>"
        for name, md5, url in files
    )
    return f'{HEAD}<manifest xmlns="{MANIFESTS}">{listed}</manifest>'


def message(nature: str, words: str) -> str:
    """What the phone shows; `nature` is submit_success or submit_error."""
    said = f'<message nature="{nature}">{escape(words)}</message>'
    return f'{HEAD}<OpenRosaResponse xmlns="{RESPONSES}">{said}</OpenRosaResponse>'


def settings_code(*, server: str, project: str) -> str:
    """What ODK Collect and KoboCollect read: JSON, compressed by zlib, in base64."""
    settings: Mapping[str, Mapping[str, object]] = {
        "general": {
            "server_url": server,
            "form_update_mode": "match_exactly",
            "periodic_form_updates_check": "every_one_hour",
            "autosend": "wifi_and_cellular",
            "delete_send": True,
        },
        "admin": {},
        "project": {"name": project[:40], "icon": "G", "color": "#1f5f8b"},
    }
    packed = zlib.compress(json.dumps(settings, separators=(",", ":")).encode(), 9)
    return base64.b64encode(packed).decode("ascii")


def _xform(form: Offered) -> str:
    return (
        f"<xform>{_tag('formID', form.xml_id)}{_tag('name', form.title)}{_tag('version', form.version)}"
        f"{_tag('hash', f'md5:{form.md5}')}{_tag('downloadUrl', form.download)}"
        f"{_tag('manifestUrl', form.manifest) if form.manifest else ''}</xform>"
    )


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"
