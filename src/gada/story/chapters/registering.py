"""Each agency registers its own people: files as agencies have them, and a queue at A's desk."""

from __future__ import annotations

import base64
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from gada.story.clerks import Registration
from gada.story.plot import Agency, Story
from gada.story.world import write_agency

MINIMUM_AGE_YEARS = 5
POLL_SECONDS = 0.3
PATIENCE_SECONDS = 300


def tell(story: Story) -> None:
    telling, world = story.telling, story.world
    telling.chapter("1. Each agency registers its own population")
    on_file = {"A": tuple(r for r in world.at_a if not r.live), "B": world.at_b}
    with telling.step("import people and fingerprint records at both"), ThreadPoolExecutor(2) as both:
        jobs = [both.submit(_import, story, agency, on_file[agency.node.letter]) for agency in (story.a, story.b)]
        imported = [job.result() for job in jobs]
    live = [r for r in world.at_a if r.live]
    with telling.step(f"register {len(live)} people of A at the page, with images of their fingers"):
        fingers = enrol_live(story, live)
    telling.figure("people at A", len(world.at_a))
    telling.figure("people at B", len(world.at_b))
    telling.figure("fingers imported as ISO/IEC 19794-2 records", sum(imported))
    telling.figure("fingers taken at the page from images, by the real extractor", fingers)
    telling.hold("every imported person is registered", all(r.registration in story.b.people for r in world.at_b))
    telling.hold("at least 20 people were enrolled live", len(live) >= 20, found=len(live))
    refused = {r.registration for r in (*world.at_a, *world.at_b) if r.refuses_prints}
    held = [ref for agency in (story.a, story.b) for ref in _with_prints(agency, refused)]
    telling.hold("nobody who refused prints has any", not held, found=len(held))


def _import(story: Story, agency: Agency, rows: tuple[Registration, ...]) -> int:
    """The file, then the records, then the check for duplicates by the worker; fingers taken."""
    supervisor = agency.visit("supervisor")
    with TemporaryDirectory() as folder:
        table = write_agency(story.world, rows, Path(folder))
        report = supervisor.api(
            "POST", "imports", files={"file": ("people.csv", table.read_bytes(), "text/csv")},
            data={"site": agency.site, "programme": agency.programme, "source": "registre", "dry_run": "false"},
        )
        agency.people.update(report["people"])
        items = [
            {"person": agency.people[path.stem], "record": base64.b64encode(path.read_bytes()).decode()}
            for path in sorted(Path(folder).glob("*.fmr"))
        ]
    taken = supervisor.api("POST", "prints/import", json={"site": agency.site, "items": items})
    run = supervisor.api(
        "POST", "checks", status=201, json={"site": agency.site, "people": list(agency.people.values())}
    )
    wait_for(lambda: supervisor.api("GET", f"checks/{run['id']}")["finished_at"], what="the check for duplicates")
    return int(taken["fingers"])


def enrol_live(story: Story, rows: list[Registration]) -> int:
    """Register whole families at the page; returns how many fingers were taken."""
    clerk, fingers = story.a.visit("clerk"), 0
    for _, members in groupby(sorted(rows, key=lambda r: r.household), key=lambda r: r.household):
        family = sorted(members, key=lambda r: not r.is_head)
        fields, files = family_form(story, family)
        fingers += len(files)
        done = clerk.post("/register/family/", files=files or None, **fields)
        household = done.url.path.rstrip("/").split("/")[-1]
        held = clerk.api("GET", f"households/{household}")["members"]
        named = {(member["given"], member["surname"]): member["id"] for member in held}
        story.a.people.update({row.registration: named[row.given, row.surname] for row in family})
    return fingers


def family_form(story: Story, family: list[Registration]) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    """The fields and the images of one family, as the page takes them all at once."""
    head = family[0]
    fields: dict[str, Any] = {
        "draft": str(uuid4()),
        "place": head.place,
        "origin": head.origin,
        "programme": story.a.programme,
        "language": "fr",
        "members": str(len(family)),
        "notice": "on",
        "answer_photo": "no",
        "answer_prints": "each",
        "answer_sharing": "each",
    }
    files: list[tuple[str, Any]] = []
    for index, row in enumerate(family):
        fields |= {f"members-{index}-{name}": value for name, value in _member(row).items()}
        said = {
            "answer_prints": "no" if row.refuses_prints else "yes",
            "answer_sharing": "no" if row.refuses_sharing else "yes",
        }
        if len(family) == 1:
            fields |= said
        fields |= {f"members-{index}-{name}": answer for name, answer in said.items()}
        files += [
            (f"members-{index}-finger_{position}", (f"{position}.png", image, "image/png"))
            for position, image in (story.world.images_of(row) if _old_enough(row) else {}).items()
        ]
    return fields, files


def _old_enough(row: Registration) -> bool:
    """The programme takes prints from five years on; the page counts from the middle of what is known of a birth."""
    middle = row.birth.first + (row.birth.last - row.birth.first) / 2
    return (datetime.now(UTC).date() - middle).days >= MINIMUM_AGE_YEARS * 365.2425


def _member(row: Registration) -> dict[str, str]:
    birth = {"year": str(row.birth.middle_year)}
    if row.birth.is_precise:
        birth |= {"month": str(row.birth.first.month), "day": str(row.birth.first.day)}
    elif row.birth.source == "estimated":
        birth["about"] = "on"
    return {
        "given": row.given, "surname": row.surname, "father": row.father, "mother": row.mother, "sex": row.sex,
        "relationship": row.relationship, "recipient": "principal" if row.is_head else "", "phone": row.phone,
        "residence_status": row.residence, "document_kind": "national-id" if row.document else "",
        "document_number": row.document, **birth,
    }


def _with_prints(agency: Agency, refused: set[str]) -> list[str]:
    """Those among the refusing of whom the node holds a print after all."""
    supervisor = agency.visit("supervisor")
    return [
        reference for reference in refused & set(agency.people)
        if any(c["outcome"] == "taken" for c in supervisor.api("GET", f"people/{agency.people[reference]}/captures"))
    ]


def wait_for(question: Any, *, what: str) -> Any:
    """Ask until the answer is yes."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if answer := question():
            return answer
        time.sleep(POLL_SECONDS)
    raise TimeoutError(f"{what} did not end within {PATIENCE_SECONDS} s")
