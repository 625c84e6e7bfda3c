"""A form as a team writes it, answers as a phone fills them in, and who sends them."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook
from PIL import Image

from gada.agencies.models import Operator, Programme
from gada.agencies.rules import Role
from gada.surveys.models import FormVersion, SurveyForm
from gada.surveys.services import admit_phone, publish_form
from tests.surveys.phone import sealed_submission
from tests.world import AT, a_browser, a_node, a_programme, an_operator

SURVEY = [
    ("type", "name", "label::Français (fr)", "label::English (en)", "required"),
    ("text", "place", "Lieu", "Place", ""),
    ("begin_group", "chef", "Chef de ménage", "Head", ""),
    ("text", "given", "Prénom", "Given name", "yes"),
    ("text", "nom", "Nom", "Family name", ""),
    ("select_one sex", "sexe", "Sexe", "Sex", ""),
    ("date", "dob", "Date de naissance", "Date of birth", ""),
    ("image", "photo", "Photo", "Photo", ""),
    ("end_group", "", "", "", ""),
    ("begin_repeat", "members", "Membres", "Members", ""),
    ("text", "given", "Prénom", "Given name", "yes"),
    ("select_one rel", "lien", "Lien", "Relation", ""),
    ("select_one sex", "sexe", "Sexe", "Sex", ""),
    ("integer", "age", "Âge", "Age", ""),
    ("end_repeat", "", "", "", ""),
]
CHOICES = [
    ("list_name", "name", "label::Français (fr)", "label::English (en)"),
    ("sex", "f", "Femme", "Female"),
    ("sex", "m", "Homme", "Male"),
    ("rel", "epouse", "Épouse", "Wife"),
    ("rel", "enfant", "Enfant", "Child"),
]


def a_workbook(
    *, version: str = "1", form_id: str = "famille", survey: Sequence[Sequence[Any]] = SURVEY, **settings: str
) -> bytes:
    """An XLSForm as bytes."""
    book, buffer = Workbook(), io.BytesIO()
    said = {"form_title": "Familles d’Intikane", "form_id": form_id, "version": version, **settings}
    sheets = {"survey": survey, "choices": CHOICES, "settings": [tuple(said), tuple(said.values())]}
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.remove(book.worksheets[0])
    book.save(buffer)
    return buffer.getvalue()


def bakr() -> Operator:
    a_node()
    return an_operator(Role.SUPERVISOR, name="Bakr")


def a_form(**changes: Any) -> FormVersion:
    node = a_node()
    programme = Programme.objects.filter(name="Vivres").first() or a_programme("Vivres")
    return publish_form(
        operator=bakr(), site=node.site, workbook=a_workbook(**changes), at=AT, programme=programme
    )


class Phone:
    """A phone that was let in for Amina."""

    def __init__(self, whose: Operator | None = None) -> None:
        site = a_node().site
        self.whose = whose or an_operator(Role.CLERK, name="Amina")
        self.row, self.key = admit_phone(operator=bakr(), site=site, whose=self.whose, name="Téléphone", at=AT)
        self.browser: Client = a_browser()
        self.way = f"/openrosa/key/{self.key}/"

    def get(self, path: str, **more: Any) -> Any:
        return self.browser.get(f"{self.way}{path}", **more)

    def send(self, xml: bytes, files: Mapping[str, bytes] | None = None, **more: Any) -> Any:
        parts = {name: SimpleUploadedFile(name, content) for name, content in (files or {}).items()}
        answers = SimpleUploadedFile("submission.xml", xml, "text/xml")
        return self.browser.post(f"{self.way}submission", {"xml_submission_file": answers, **parts}, **more)

    def send_sealed(self, xml: bytes, media: dict[str, bytes], *, instance: str, form_id: str = "famille") -> Any:
        public = SurveyForm.objects.get(xml_id=form_id).public_key
        return self.send(
            *sealed_submission(
                public, form_id=form_id, version="1", instance_id=instance, answers=xml, media=media
            )
        )


def an_instance() -> str:
    return f"uuid:{uuid.uuid4()}"


def answers(
    instance: str, *, photo: str = "", given: str = "Moussa", dob: str = "1980-05-02", members: str = ""
) -> bytes:
    """A filled-in form as a phone writes it."""
    members = members or (
        "<members><given>Hadiza</given><lien>epouse</lien><sexe>f</sexe><age>38</age></members>"
        "<members><given>Fati</given><lien>enfant</lien><sexe>f</sexe><age>7</age></members>"
    )
    return (
        f'<?xml version="1.0"?><data id="famille" version="1" xmlns:orx="http://openrosa.org/xforms"><place>NE001</place>'
        f"<chef><given>{given}</given><nom>Garba</nom><sexe>m</sexe><dob>{dob}</dob><photo>{photo}</photo></chef>{members}"
        f"<orx:meta><orx:instanceID>{instance}</orx:instanceID></orx:meta></data>"
    ).encode()


def a_photo(size: tuple[int, int] = (60, 80)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (120, 90, 60)).save(buffer, format="JPEG")
    return buffer.getvalue()
