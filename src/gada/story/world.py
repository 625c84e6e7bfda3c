"""A fictitious world under one seed: people, what agency A and agency B wrote down of them, and the truth."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from random import Random

from gada.engine.fingerprint.template import Template
from gada.engine.linkage import Features, Relative
from gada.story import prints
from gada.story.clerks import (
    CLERKS_OF_A,
    CLERKS_OF_B,
    Registration,
    birth_columns,
    register_household,
    register_person,
)
from gada.story.people import Household, Person, Settlement

COLUMNS = (
    "registration_ref", "household_ref", "relationship", "given_name", "family_name", "father_name",
    "mother_name", "sex", "birth_date", "birth_estimated", "phone", "place_pcode", "place_name", "origin",
    "residence_status", "document_type", "document_number", "refuses_prints", "refuses_sharing", "prints",
)  # fmt: skip
TOUCHES = {"A": 1, "B": 2, "again": 3}


@dataclass(frozen=True, slots=True)
class SharedPerson:
    """One person whom both agencies registered; `may_be_found` unless sharing or prints were refused."""

    person: int
    at_a: str
    at_b: str
    may_be_found: bool


@dataclass(frozen=True)
class World:
    """Everything the story needs. Rows of A are imported unless `live`; `again` are people of A who come a
    second time, under another spelling; `truth` names the shared people, `real` those with real fingers (real.py)."""

    seed: int
    people: dict[int, Person]
    at_a: tuple[Registration, ...]
    at_b: tuple[Registration, ...]
    again: tuple[Registration, ...]
    truth: tuple[SharedPerson, ...]
    real: frozenset[int] = frozenset()

    @property
    def everybody(self) -> tuple[Registration, ...]:
        """Every registration of this world, of A, of B and of those who came again."""
        return (*self.at_a, *self.at_b, *self.again)

    @cached_property
    def people_with_images(self) -> frozenset[int]:
        """Everyone enrolled live at A: their fingers exist as images."""
        return frozenset(r.person for r in self.at_a if r.live)

    @cached_property
    def _households(self) -> dict[str, list[Registration]]:
        found: dict[str, list[Registration]] = defaultdict(list)
        for row in self.everybody:
            found[row.household].append(row)
        return found

    def first_of(self, again: Registration) -> Registration:
        """The earlier registration of someone who came again."""
        return next(r for r in self.at_a if r.person == again.person)

    def touch_of(self, row: Registration) -> int:
        return TOUCHES["again" if row in self.again else row.agency]

    def images_of(self, row: Registration) -> dict[int, bytes]:
        """PNG files by finger position; only people enrolled live have any. Made when asked for."""
        if row.person not in self.people_with_images or row.refuses_prints:
            return {}
        seed, touch = self.people[row.person].fingers_seed, self.touch_of(row)
        return {p: prints.image_of(fingers_seed=seed, position=p, touch=touch) for p in row.fingers}

    def templates_of(self, row: Registration) -> dict[int, Template]:
        """Templates by finger position, none for those who refused. Made when asked for."""
        if row.refuses_prints:
            return {}
        seed, live = self.people[row.person].fingers_seed, row.person in self.people_with_images
        touch = self.touch_of(row)
        return {
            p: prints.template_of(fingers_seed=seed, position=p, touch=touch, from_image=live)
            for p in row.fingers
        }

    def record_of(self, row: Registration) -> bytes:
        """The ISO/IEC 19794-2 record of this registration; empty when no finger was taken."""
        templates = self.templates_of(row)
        return prints.record_of(templates) if templates else b""

    def figures(self) -> dict[str, object]:
        """What the final table says about the fingers of this world: how many people, by how they were made."""
        fingers = {row.person for row in self.everybody if row.fingers and not row.refuses_prints} - self.real
        return {
            "people with fingers rendered as images": len(fingers & self.people_with_images),
            "people with fingers made at minutiae level": len(fingers - self.people_with_images),
        }

    def features_of(self, row: Registration) -> Features:
        """What this registration is compared by; members who refused sharing are not named."""
        others = tuple(
            Relative(r.given, r.surname, r.sex, r.birth, r.is_head)
            for r in self._households[row.household]
            if r.registration != row.registration and not r.refuses_sharing
        )
        return Features(
            given=row.given,
            surname=row.surname,
            father=row.father,
            mother=row.mother,
            sex=row.sex,
            birth=row.birth,
            place=row.place,
            origin=row.origin,
            phone=row.phone,
            documents=(f"national-id:{row.document}",) if row.document else (),
            household=others,
            is_head=row.is_head,
        )


def build_world(
    *,
    seed: int,
    people_at_a: int = 300,
    people_at_b: int = 300,
    shared_share: float = 0.33,
    live: int = 20,
    coming_again: int = 4,
) -> World:
    """The world of this seed, always the same. Counts are reached by whole households, so a few more come."""
    random = Random(f"world:{seed}")
    settlement = Settlement(random, seed=seed)
    at_a, families = _registered_at_a(random, settlement, people_at_a)
    at_a = _refusals(random, at_a, {})
    at_a = _some_live(at_a, live)
    at_b = _registered_at_b(random, settlement, families, at_a, people_at_b, shared_share)
    refused = {r.person: (r.refuses_prints, r.refuses_sharing) for r in at_a}
    at_b = _refusals(random, at_b, refused)
    again = _come_again(random, at_a, families, settlement, coming_again)
    people = {p.number: p for h in settlement.founded for p in h.members}
    return World(seed, people, tuple(at_a), tuple(at_b), tuple(again), tuple(_truth(at_a, at_b)))


def _registered_at_a(
    random: Random, settlement: Settlement, wanted: int
) -> tuple[list[Registration], dict[str, Household]]:
    rows: list[Registration] = []
    families: dict[str, Household] = {}
    while len(rows) < wanted:
        reference = f"A{len(families) + 1:05d}"
        families[reference] = settlement.found_household()
        rows += register_household(random, families[reference], CLERKS_OF_A, reference=reference)
    return rows, families


def _registered_at_b(
    random: Random,
    settlement: Settlement,
    families: dict[str, Household],
    at_a: list[Registration],
    wanted: int,
    shared_share: float,
) -> list[Registration]:
    """B's own round: first the families it shares with A, then others; numbered in mixed order."""
    shuffled = random.sample(list(families.values()), len(families))
    known, shared, chosen = {r.person for r in at_a}, 0, []
    for family in shuffled:
        if shared >= shared_share * len(at_a):
            break
        chosen.append(family)
        shared += sum(m.number in known for m in family.members) * (1 - CLERKS_OF_B.absent)
    seen = {h.number for h in chosen}
    count = sum(len(h.members) for h in chosen)
    while count < wanted * 1.08:
        chosen.append(settlement.found_household())
        count += len(chosen[-1].members)
    random.shuffle(chosen)
    rows: list[Registration] = []
    for i, family in enumerate(chosen, start=1):
        before = family.number in seen
        rows += register_household(random, family, CLERKS_OF_B, reference=f"B{i:05d}", seen_before=before)
    return rows


def _refusals(
    random: Random, rows: list[Registration], earlier: dict[int, tuple[bool, bool]]
) -> list[Registration]:
    """One in ten says no to prints, to sharing or to both; who said no before says it again half the time."""
    wanted = -(-len(rows) // 10)
    firm = [r.person for r in rows if any(earlier.get(r.person, ())) and random.random() < 0.5][:wanted]
    rest = [r.person for r in rows if r.person not in firm]
    refusing = {*firm, *random.sample(rest, wanted - len(firm))}
    kinds = ((True, False), (True, False), (False, True), (False, True), (True, True))
    out = []
    for row in rows:
        chosen = random.choice(kinds)
        if any(earlier.get(row.person, ())):
            chosen = earlier[row.person]
        no = chosen if row.person in refusing else (False, False)
        out.append(replace(row, refuses_prints=no[0], refuses_sharing=no[1]))
    return out


def _some_live(rows: list[Registration], wanted: int) -> list[Registration]:
    """The last households of A are enrolled at the page, until enough people with fingers were."""
    live: set[str] = set()
    for row in reversed(rows):
        with_fingers = sum(r.household in live and bool(r.fingers) and not r.refuses_prints for r in rows)
        if with_fingers >= wanted:
            break
        live.add(row.household)
    return [replace(r, live=r.household in live) for r in rows]


def _come_again(
    random: Random,
    at_a: list[Registration],
    families: dict[str, Household],
    settlement: Settlement,
    wanted: int,
) -> list[Registration]:
    """People of A who stand in the queue again, alone and under another spelling; half were enrolled live."""
    able = [r for r in at_a if r.fingers and not r.refuses_prints and r.relationship != "head"]
    lives, others = [r for r in able if r.live], [r for r in able if not r.live]
    half = min((wanted + 1) // 2, len(lives))
    chosen = random.sample(lives, half) + random.sample(others, min(wanted - half, len(others)))
    people = {p.number: p for h in settlement.founded for p in h.members}
    rows = []
    for i, first in enumerate(chosen, start=1):
        again = register_person(
            random,
            people[first.person],
            families[first.household],
            replace(CLERKS_OF_A, care=0.4, sees_document=0.0),
            reference=f"A9{i:04d}",
            order=1,
        )
        rows.append(replace(again, relationship="head", fingers=first.fingers, live=first.live))
    return rows


def _truth(at_a: list[Registration], at_b: list[Registration]) -> list[SharedPerson]:
    theirs = {r.person: r for r in at_b}
    return [
        SharedPerson(
            r.person,
            r.registration,
            theirs[r.person].registration,
            not any(
                (
                    r.refuses_prints,
                    r.refuses_sharing,
                    theirs[r.person].refuses_prints,
                    theirs[r.person].refuses_sharing,
                )
            ),
        )
        for r in at_a
        if r.person in theirs
    ]


def csv_row(row: Registration, *, with_prints: bool) -> dict[str, str]:
    """One row as an agency's file has it."""
    birth, estimated = birth_columns(row.birth)
    values = (
        row.registration, row.household, row.relationship, row.given, row.surname, row.father, row.mother,
        row.sex, birth, estimated, row.phone, row.place, row.place_name, row.origin, row.residence,
        "national-id" if row.document else "", row.document, "yes" if row.refuses_prints else "no",
        "yes" if row.refuses_sharing else "no", f"{row.registration}.fmr" if with_prints else "",
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def write_agency(world: World, rows: tuple[Registration, ...], directory: Path) -> Path:
    """Write `people.csv` (UTF-8) and one minutiae record per person with fingers into `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for row in rows:
            record = world.record_of(row)
            if record:
                (directory / f"{row.registration}.fmr").write_bytes(record)
            writer.writerow(csv_row(row, with_prints=bool(record)))
    return path


def write_truth(world: World, path: Path) -> None:
    """Write the truth table: which row of A is which row of B."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("person", "registration_at_a", "registration_at_b", "may_be_found"))
        for shared in world.truth:
            writer.writerow((shared.person, shared.at_a, shared.at_b, "yes" if shared.may_be_found else "no"))
