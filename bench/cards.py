"""Cards for a day's families: issued, printed as sheets of PDF, confirmed.

usage: python -m bench.cards [--people 300] [--only sqlite|postgres]

Everybody has a photo of 480 × 600 pixels. The baseline beside it, in the same process: the same photos placed on
pages by ReportLab, and nothing else.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

from bench._node import an_operator, fresh_node, measured, on_each_database
from bench._people import households


def measure(database: str, count: int) -> dict[str, Any]:
    with fresh_node(database=database) as first:
        from gada import vault
        from gada.credentials import queries, services
        from gada.credentials.papers.sheets import draw_sheets
        from gada.credentials.rules import MOST_AT_ONCE
        from gada.people.models import Person
        from gada.people.services import enrol_households

        clerk, at = an_operator(first, "clerk"), datetime.now(UTC)
        families = list(households(count))
        enrol_households(operator=clerk, site=first.site, households=families, at=at)
        people = list(Person.objects.order_by("number")[:count])
        photo = _photo()
        blobs = vault.put_blobs([(person.id, photo) for person in people])
        for person, blob in zip(people, blobs, strict=True):
            Person.objects.filter(id=person.id).update(photo=blob)
        written = drawn = confirmed = own = 0.0
        size = 0
        for start in range(0, len(people), MOST_AT_ONCE):
            part = [person.id for person in people[start : start + MOST_AT_ONCE]]
            with measured() as deciding:
                batch = services.print_at_once(operator=clerk, people=part, paper="card", at=at)
            with measured() as drawing:
                copies = queries.copies_of_batch(clerk, batch)
                body = draw_sheets(queries.faces_of(copies), paper="card", title="bench")
            with measured() as confirming:
                services.confirm_copies(operator=clerk, batch=batch, copies=[copy.id for copy in copies], at=at)
            size, own = size + len(body), own + drawing.own_seconds
            written, drawn, confirmed = (
                written + deciding.seconds, drawn + drawing.seconds, confirmed + confirming.seconds,
            )
        with measured() as plain:
            _plain(photo, len(people))
        total = written + drawn + confirmed
        return {
            "cards": database, "people": len(people), "issue and print s": written, "PDF s": drawn,
            "PDF own work s": own, "confirm s": confirmed, "cards/min as PDF": 60 * len(people) / drawn,
            "cards/min of own work": 60 * len(people) / own,
            "cards/min in all": 60 * len(people) / total, "kB a card": size / len(people) / 1024,
            "times plain pages": drawn / plain.seconds,
        }


def _photo() -> bytes:
    from PIL import Image, ImageDraw

    picture = Image.effect_noise((480, 600), 30).convert("RGB")
    ImageDraw.Draw(picture).ellipse((130, 120, 350, 430), fill=(110, 70, 50))
    body = io.BytesIO()
    picture.save(body, format="JPEG", quality=82)
    return body.getvalue()


def _plain(photo: bytes, count: int) -> None:
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(io.BytesIO(), pageCompression=1)
    for number in range(count):
        canvas.drawImage(ImageReader(io.BytesIO(photo)), 50, 50 + 140 * (number % 5), 62, 79)
        if number % 5 == 4:
            canvas.showPage()
    canvas.save()


if __name__ == "__main__":
    on_each_database("cards", measure, doc=__doc__, of="people", usual=300)
