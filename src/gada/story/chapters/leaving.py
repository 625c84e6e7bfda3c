"""Fingers for whoever looks around afterwards: there is no scanner on a newcomer's desk."""

from __future__ import annotations

from gada.engine.formats.fmr import FingerView, write_fmr
from gada.story import prints
from gada.story.clerks import Registration
from gada.story.plot import Story, fingers_to_try

ANOTHER_TOUCH = 5  # a touch that neither agency has seen
NOBODY = 77_000_003


def tell(story: Story) -> None:
    """Write three fingers: one that A knows as an image, one that B knows as a record, one that nobody knows."""
    world, folder = story.world, fingers_to_try()
    if world.real:  # real fingers are not copied about
        return
    folder.mkdir(parents=True, exist_ok=True)
    at_a = next(row for row in world.at_a if world.images_of(row) and row.person not in {r.person for r in world.again})
    at_b = next(row for row in world.at_b if row.is_head and world.templates_of(row))
    position = min(at_a.fingers)
    seed = world.people[at_a.person].fingers_seed
    known = prints.image_of(fingers_seed=seed, position=position, touch=ANOTHER_TOUCH)
    (folder / "known-at-A.png").write_bytes(known)
    held = min(world.templates_of(at_b).items())
    (folder / "known-at-B.fmr").write_bytes(write_fmr([FingerView(*held)]))
    stranger = prints.image_of(fingers_seed=NOBODY, position=position, touch=ANOTHER_TOUCH)
    (folder / "nobody.png").write_bytes(stranger)
    (folder / "whose.txt").write_text(
        f"known-at-A.png  {_whose(story, at_a, 'A')}, finger {position}\n"
        f"known-at-B.fmr  {_whose(story, at_b, 'B')}, finger {held[0]}\n"
        f"nobody.png      nobody / personne\n",
        encoding="utf-8",
    )


def _whose(story: Story, row: Registration, letter: str) -> str:
    agency = story.a if letter == "A" else story.b
    number = agency.visit("supervisor").api("GET", f"people/{agency.people[row.registration]}")["number"]
    return f"{row.given} {row.surname}, {number}"
