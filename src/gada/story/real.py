"""The same world with real fingers: some of its people have two each from a folder of images.

Names, families and what clerks make of them stay invented, as do all the other people around them: their
fingers are minutiae of our generator, or rendered images for those enrolled live.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Final

from gada.engine.fingerprint.template import Template
from gada.story.clerks import Registration
from gada.story.print_folder import PrintFolder
from gada.story.world import World, build_world

POSITIONS: Final = (2, 7)  # both index fingers, whatever fingers they are in the folder
Touches = Mapping[tuple[str, int], tuple[Path, ...]]


@dataclass(frozen=True, kw_only=True)
class RealWorld(World):
    """A world in which the people of `real` have real fingers.

    `touches`: by registration and position, the impressions that its clerk took; the best one is kept.
    No impression is at two registrations.
    """

    folder: PrintFolder
    touches: Touches

    @cached_property
    def people_with_images(self) -> frozenset[int]:
        """Those with real fingers, and everyone enrolled live at A."""
        return self.real | {row.person for row in self.at_a if row.live}

    def images_of(self, row: Registration) -> dict[int, bytes]:
        """PNG files at the resolution they state; of real fingers the very impressions behind `templates_of`."""
        if row.person not in self.real:
            return super().images_of(row)
        return {position: self.folder.image_of(kept) for position, kept in self._kept(row)}

    def templates_of(self, row: Registration) -> dict[int, Template]:
        """By finger position; a finger that failed at every touch is not among them."""
        if row.person not in self.real:
            return super().templates_of(row)
        found = ((position, self.folder.template_of(kept)) for position, kept in self._kept(row))
        return {position: template for position, template in found if template is not None}

    def figures(self) -> dict[str, object]:
        """For the final table; what was not asked for yet is read now."""
        rows = [row for row in self.everybody if row.person in self.real]
        taken = sum(len(self.templates_of(row)) for row in rows)
        reading = self.folder.reading
        return {
            "people with real fingers": len(self.real),
            "of these, in both registries": sum(shared.person in self.real for shared in self.truth),
            "of these, who may be found": sum(s.person in self.real and s.may_be_found for s in self.truth),
            "registrations with real fingers": len({registration for registration, _ in self.touches}),
            "real fingers taken": taken,
            "real fingers that failed at every touch": len(self.touches) - taken,
            "images read by the extractor": reading.images,
            "images without a usable print": reading.failed,
            "seconds of reading images": f"{reading.seconds:.1f}",
            **super().figures(),
        }

    def _kept(self, row: Registration) -> Iterator[tuple[int, Path]]:
        for position in row.fingers:
            kept = self.folder.best_of(self.touches.get((row.registration, position), ()))
            if kept is not None:
                yield position, kept


def build_real_world(
    directory: Path,
    *,
    seed: int,
    most_images: int | None = None,
    shared_share: float = 1 / 3,
    people_at_a: int = 300,
    people_at_b: int = 300,
) -> RealWorld:
    """The world of this seed in which as many people as the folder's fingers allow have real ones.

    `shared_share` of them are in both registries, one in ten says no to something. With `most_images`, each
    finger is touched fewer times, and if once is too much, fewer people have real fingers; without, every
    impression of theirs is read. Raises Refusal `prints-folder`.
    """
    folder = PrintFolder(directory)
    world = build_world(seed=seed, people_at_a=people_at_a, people_at_b=people_at_b)
    random = Random(f"real:{seed}")
    fingers = random.sample(sorted(folder.fingers), len(folder.fingers))
    rows, ranked = _rows_by_person(world), _ranked(random, world)
    for wanted in range(len(fingers) // len(POSITIONS), -1, -1):
        real = _chosen(ranked, wanted=wanted, shared_share=shared_share)
        registered = sum(len(row.fingers) for person in real for row in rows[person] if not row.refuses_prints)
        if most_images is None or registered <= most_images:
            break
    times = None if most_images is None else most_images // max(1, registered)
    return RealWorld(
        seed=world.seed,
        people=world.people,
        at_a=_with_two_fingers(world.at_a, real),
        at_b=_with_two_fingers(world.at_b, real),
        again=_with_two_fingers(world.again, real),
        truth=world.truth,
        folder=folder,
        real=frozenset(real),
        touches=_deal(random, folder, fingers, [rows[person] for person in real], times=times),
    )


def _deal(
    random: Random,
    folder: PrintFolder,
    fingers: Sequence[str],
    people: Sequence[Sequence[Registration]],
    *,
    times: int | None,
) -> Touches:
    """Two fingers to everybody, and each finger's impressions to that person's registrations in turn."""
    touches: dict[tuple[str, int], tuple[Path, ...]] = {}
    for number, rows in enumerate(people):
        for index, position in enumerate(POSITIONS):
            held = folder.fingers[fingers[number * len(POSITIONS) + index]]
            impressions = random.sample(held, len(held))
            here = [row for row in rows if position in row.fingers and not row.refuses_prints]
            for turn, row in enumerate(here):
                touches[row.registration, position] = tuple(impressions[turn :: len(here)][:times])
    return touches


def _two_fingers(row: Registration) -> tuple[int, ...]:
    """Of the positions this clerk took, those where the person has a real finger; both when there is none."""
    return tuple(position for position in POSITIONS if position in row.fingers) or POSITIONS


def _with_two_fingers(rows: Sequence[Registration], real: Sequence[int]) -> tuple[Registration, ...]:
    people = set(real)
    return tuple(replace(row, fingers=_two_fingers(row)) if row.person in people else row for row in rows)


def _rows_by_person(world: World) -> dict[int, list[Registration]]:
    """Everybody's registrations with the fingers they would have if these were real."""
    rows: dict[int, list[Registration]] = defaultdict(list)
    for row in world.everybody:
        rows[row.person].append(replace(row, fingers=_two_fingers(row)))
    return rows


def _ranked(random: Random, world: World) -> dict[str, tuple[list[int], list[int]]]:
    """Who could have real fingers: by where they are registered, those who say yes and those who say no.

    Who comes again and who is enrolled live goes first: these are the people whose images nodes see.
    """
    taken = {row.person for row in world.everybody if row.fingers}
    lacking = {row.person for row in world.everybody if not row.fingers}
    rows = _rows_by_person(world)
    able = sorted(taken - lacking)
    again = {row.person for row in world.again}
    live = {row.person for row in world.at_a if row.live}
    order = sorted(random.sample(able, len(able)), key=lambda person: (person not in again, person not in live))
    ranked: dict[str, tuple[list[int], list[int]]] = {where: ([], []) for where in ("AB", "A", "B")}
    for person in order:
        where = "".join(sorted({row.agency for row in rows[person]}))
        says_no = any(row.refuses_prints or row.refuses_sharing for row in rows[person])
        ranked[where][says_no].append(person)
    return ranked


def _chosen(ranked: dict[str, tuple[list[int], list[int]]], *, wanted: int, shared_share: float) -> list[int]:
    """So many people: the share in both, the others half and half; one in ten of each says no to something."""
    both = min(wanted, math.ceil(wanted * shared_share))
    only_a = math.ceil((wanted - both) / 2)
    chosen: list[int] = []
    for where, count in (("AB", both), ("A", only_a), ("B", wanted - both - only_a)):
        saying_yes, saying_no = ranked[where]
        refusing = saying_no[: round(count / 10)]
        chosen += [*saying_yes[: count - len(refusing)], *refusing]
    return chosen
