"""Clients that are not ours: ODK's form engine fills in a form of ours, ODK Validate reads it.

pyodk is not among them: it speaks the REST interface of ODK Central (sessions, projects), not OpenRosa.
"""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pyxform.validators.odk_validate import check_xform

from gada.people.models import Person
from gada.surveys import tasks
from gada.surveys.models import Submission
from tests.surveys.builders import Phone, a_form, a_photo

pytestmark = pytest.mark.django_db
ANSWERS = {
    "/data/place": "NE001", "/data/chef/given": "Moussa", "/data/chef/nom": "Garba", "/data/chef/sexe": "m",
    "/data/chef/dob": "1980-05-02", "/data/members[1]/given": "Hadiza", "/data/members[1]/lien": "epouse",
    "/data/members[2]/given": "Fati", "/data/members[2]/lien": "enfant", "/data/members[2]/age": "7",
}


def test_a_form_filled_in_by_the_engine_of_odk_web_forms_registers_a_family(
    node_client: Callable[[str, str], str],
) -> None:
    a_form()
    phone = Phone()
    listed = ElementTree.fromstring(phone.get("formList").content)
    download = listed.findtext(".//{*}downloadUrl") or ""
    xform = phone.browser.get(download.removeprefix("http://testserver")).content.decode()
    asked = {
        "xform": xform, "answers": ANSWERS, "repeats": {"/data/members": 2},
        "files": {"/data/chef/photo": ["moussa.jpg", base64.b64encode(a_photo()).decode()]},
    }
    said = json.loads(node_client("fill_form.mjs", json.dumps(asked)))
    assert (said["status"], said["violations"]) == ("ready", 0)
    files = {name: base64.b64decode(content) for name, (_file, content) in said["files"].items()}
    xml = files.pop("xml_submission_file")
    instance = ElementTree.fromstring(xml).findtext(".//{*}instanceID") or ""
    assert phone.send_sealed(xml, files, instance=instance).status_code == 201
    row = Submission.objects.get(instance_id=instance)
    tasks.settle.func(str(row.id))
    assert set(Person.objects.values_list("given", "memberships__relationship")) == {
        ("Moussa", "head"), ("Hadiza", "spouse"), ("Fati", "child")
    }
    assert Person.objects.get(given="Moussa").photo
    assert phone.send(xml, files).status_code == 201  # the same answers, not sealed: other bytes, kept beside
    assert Submission.objects.filter(instance_id=instance).count() == 2


@pytest.mark.skipif(not shutil.which("java"), reason="ODK Validate, which pyxform carries, runs on Java")
def test_odk_validate_finds_no_fault_in_what_phones_download(tmp_path: Path) -> None:
    form = tmp_path / "famille.xml"
    form.write_text(a_form().xform, "utf-8")
    assert check_xform(str(form)) == []
