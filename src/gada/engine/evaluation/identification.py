"""One identification among many people: time, and at which stage a mate is lost.

The gallery is a crowd of invented fingers, each drawn for itself (`synthetic.crowd`). Mates are planted among it: of
real prints the first impression, looked for by the others; of the crowd a second touch of some of its fingers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import UUID

import numpy as np

from gada.engine.evaluation.extraction import Extracted
from gada.engine.evaluation.prints import Print
from gada.engine.evaluation.stage_one import rate_of_scan, time_both
from gada.engine.fingerprint.descriptors import describe
from gada.engine.fingerprint.error_rates import binomial_interval
from gada.engine.fingerprint.synthetic.crowd import BLOCK, crowd_impressions
from gada.engine.fingerprint.template import Template
from gada.engine.gallery import Gallery
from gada.engine.memory import resident_bytes
from gada.engine.proof.secrets import Cipher, new_key

POSITIONS: Final = (2, 7, 1, 6, 3, 8, 4, 9, 5, 10)
"""Fingers of a person in the order in which they are taken: index fingers, thumbs, and so on."""
ROOM_BYTES: Final = 1 << 30  # left free on a disk
STAGES: Final = ("stage1", "stage2", "rank1")
CONVENTIONS: Final = {
    "gallery": "real people first; all others are invented fingers at minutiae level, each drawn for itself, no copies",
    "seconds_per_probe": "one search of the whole gallery with all threads, descriptors of the probe included, "
    "extraction not; over real and synthetic probes and strangers",
    "processor_seconds_per_probe": "the same searches, processor time of all threads together: what they would take "
    "on one core that nobody else uses",
    "comparisons_per_second": "pairs of one probe finger and one gallery finger in stage 1, of fingers as labelled and "
    "of swapped hands: 12 and 8 by 12 minutiae of all (16 and 12 by 12 of a finger alone), 16 by 16 of the best",
    "stage1": "share of probes whose mate is among the people that the scan leaves over",
    "stage2": "share whose mate is among those whom the exact comparison leaves for confirmation",
    "rank1": "share whose mate is the first candidate; a probe without usable print counts as lost",
    "real": "later impressions of real fingers against the first; people made of consecutive fingers of the folder",
    "synthetic": "second touches of invented fingers: displaced, turned, distorted, minutiae lost and invented",
    "strangers": "invented people who are not in the gallery: the share for whom a candidate reaches a fused score",
    "numpy_baseline": "stage 1 of one finger over the first chunk of a shelf, the same arrays, one thread",
    "scan_32_by_32": "pairs of fingers a second of the scan's kernel alone, all threads, 32 minutiae of each",
    "beyond_memory": "the same gallery with nobody in memory: sealed segments are mapped, decrypted and looked at one "
    "after another, 16 by 16 minutiae of everybody; five probes that have a mate; null when there is no room on disk",
    "intervals": "95 %, Clopper-Pearson",
}

Fingers = Mapping[int, Template]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Mates:
    """A person in the gallery and another impression of their fingers; `subject` None for a stranger."""

    subject: UUID | None
    probe: Fingers


@dataclass(slots=True)
class Told:
    """What the trace of one search told."""

    at: dict[str, float] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)

    def __call__(self, stage: str, result: object) -> None:
        self.at[stage] = time.perf_counter()
        self.results[stage] = result


@dataclass(frozen=True, slots=True)
class Searched:
    """One search: seconds, of the clock and of all processors, seconds and finger pairs of its scan, stages at which
    the mate was still there."""

    seconds: float
    processor_seconds: float
    scan_seconds: float
    pairs: int
    kept: tuple[bool, bool, bool]
    best: int


def subject_of(number: int) -> UUID:
    """The person of a number; numbers that follow one another lie apart."""
    return UUID(int=number * 0x9E3779B97F4A7C15 % (1 << 128))


def crowd_people(block: int, *, fingers: int, touch: int = 1) -> list[Fingers]:
    """256 people of a crowd with that many fingers each."""
    drawn = [crowd_impressions(block * len(POSITIONS) + number, touch=touch) for number in range(fingers)]
    return [dict(zip(POSITIONS, person, strict=False)) for person in zip(*drawn, strict=True)]


def real_people(
    prints: Sequence[Print], extracted: Sequence[Extracted], *, fingers: int
) -> tuple[list[Fingers], list[Mates]]:
    """People of consecutive fingers, as enrolled by each finger's first impression, and their later impressions.

    Fingers left over at the end make no person. Subjects are numbered in the order of people.
    """
    by_finger: dict[str, list[Template | None]] = {}
    for each, answer in zip(prints, extracted, strict=True):
        by_finger.setdefault(each.finger, []).append(answer.template)
    hands = list(by_finger.values())
    people: list[Fingers] = []
    mates: list[Mates] = []
    for start in range(0, len(hands) - fingers + 1, fingers):
        hand = hands[start : start + fingers]
        later = max(len(impressions) for impressions in hand)
        first, *others = (
            {
                position: template
                for position, impressions in zip(POSITIONS, hand, strict=False)
                if number < len(impressions) and (template := impressions[number]) is not None
            }
            for number in range(later)
        )
        mates += [Mates(subject_of(len(people)), probe) for probe in others]
        people.append(first)
    return people, mates


def build(gallery: Gallery, *, people: int, fingers: int, planted: Sequence[Fingers], say: Say) -> float:
    """Fill an empty gallery with the planted people, then with a crowd up to `people`. Seconds it took."""
    start = time.perf_counter()
    gallery.add_many([(subject_of(number), person) for number, person in enumerate(planted)])
    with ThreadPoolExecutor(1) as ahead:
        block, coming = 0, ahead.submit(crowd_people, 0, fingers=fingers)
        while gallery.size < people:
            crowd = coming.result()
            block += 1
            coming = ahead.submit(crowd_people, block, fingers=fingers)
            first = gallery.size
            wanted = enumerate(crowd[: people - first], first)
            gallery.add_many([(subject_of(number), person) for number, person in wanted])
            if block % 200 == 0:
                say(f"{gallery.size:,} of {people:,} people, {time.perf_counter() - start:.0f} s")
    return time.perf_counter() - start


def crowd_mates(*, people: int, planted: int, fingers: int, probes: int) -> list[Mates]:
    """Second touches of people of the crowd, evenly spread over it."""
    numbers = np.unique(np.linspace(planted, people - 1, min(probes, people - planted)).astype(np.int64)).tolist()
    found = []
    for number in numbers if people > planted else []:
        block, row = divmod(number - planted, BLOCK)
        found.append(Mates(subject_of(number), crowd_people(block, fingers=fingers, touch=2)[row]))
    return found


def strangers(*, people: int, fingers: int, probes: int) -> list[Mates]:
    """People of blocks that the gallery did not use."""
    beyond = people // BLOCK + 2
    blocks = range(beyond, beyond + -(-probes // BLOCK))
    crowd = [person for block in blocks for person in crowd_people(block, fingers=fingers)]
    return [Mates(None, person) for person in crowd[:probes]]


def search_for(gallery: Gallery, mates: Mates) -> Searched:
    """One search, and what became of the mate."""
    told = Told()
    start, busy = time.perf_counter(), time.process_time()
    candidates = gallery.search(mates.probe, trace=told)
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    if "scanned" not in told.at:
        return Searched(seconds, busy, 0.0, 0, (False, False, False), 0)
    kept = (
        any(person.subject == mates.subject for people in told.results["scanned"] for person in people),
        any(person.subject == mates.subject for person in told.results["compared"]),
        bool(candidates) and candidates[0].subject == mates.subject,
    )
    pairs = sum(gallery.fingers_at(shelf) for plan in told.results["plans"] for _, shelf in plan.pairings)
    best = max((candidate.score for candidate in candidates), default=0)
    return Searched(seconds, busy, told.at["scanned"] - told.at["plans"], pairs, kept, best)


def identify(
    *,
    people: int,
    fingers: int,
    probes: int,
    real: tuple[Sequence[Fingers], Sequence[Mates]] | None = None,
    say: Say = lambda _: None,
) -> dict[str, Any]:
    """Build, search and report; `real` as from `real_people`. Keys and conventions are in the report itself."""
    planted, real_mates = real or ((), ())
    gallery = Gallery()
    building = build(gallery, people=people, fingers=fingers, planted=planted[:people], say=say)
    groups = {
        "real": [mates for mates in real_mates if mates.subject in gallery],
        "synthetic": crowd_mates(people=gallery.size, planted=len(planted), fingers=fingers, probes=probes),
        "strangers": strangers(people=people, fingers=fingers, probes=probes),
    }
    gallery.search(groups["strangers"][0].probe)  # compiled before the clock starts
    say(f"searching for {', '.join(f'{len(mates)} {name}' for name, mates in groups.items())}")
    found = {name: _search_for_all(gallery, mates, name=name, say=say) for name, mates in groups.items()}
    searches = [each for group in found.values() for each in group if each.pairs]
    seconds = np.array([each.seconds for each in searches])
    return {
        "people": gallery.size,
        "fingers": fingers,
        "threads": gallery.threads,
        "seconds_per_probe_median": float(np.median(seconds)),
        "seconds_per_probe_p95": float(np.quantile(seconds, 0.95)),
        "processor_seconds_per_probe_median": float(np.median([each.processor_seconds for each in searches])),
        "stage1_seconds_median": float(np.median([each.scan_seconds for each in searches])),
        "comparisons_per_second": sum(s.pairs for s in searches) / max(sum(s.scan_seconds for s in searches), 1e-9),
        "resident_bytes": resident_bytes(),
        "shelf_bytes_per_finger": _shelf_bytes(gallery) / max(sum(shelf.used for shelf in gallery.shelves), 1),
        "retention": {"real": _retention(found["real"]), "synthetic": _retention(found["synthetic"])},
        "strangers": {
            "probes": len(found["strangers"]),
            "highest_score": max(each.best for each in found["strangers"]),
            "reaching": {
                str(score): sum(each.best >= score for each in found["strangers"]) / len(found["strangers"])
                for score in (40, 60, 80)
            },
        },
        "beyond_memory": beyond_memory(gallery, (groups["real"] + groups["synthetic"])[:5], say=say),
        **_rates(gallery, groups["strangers"]),
        "build_seconds": building,
        "real_people": len(planted),
        "conventions": CONVENTIONS,
    }


def beyond_memory(gallery: Gallery, probes: Sequence[Mates], *, say: Say) -> dict[str, Any] | None:
    """The same searches with everybody on disk, sealed; None when there is no room for that."""
    with TemporaryDirectory() as name:
        folder, cipher = Path(name), Cipher(new_key())
        if not probes or disk_usage(folder).free < 3 * _shelf_bytes(gallery) + ROOM_BYTES:
            return None
        say("sealing the gallery on disk")
        gallery.save(folder, cipher=cipher)
        start = time.perf_counter()
        sealed = Gallery.open(folder, cipher=cipher, threads=gallery.threads, most_in_memory=0)
        opening = time.perf_counter() - start
        searches = [search_for(sealed, mates) for mates in probes]
        bytes_on_disk = sum(path.stat().st_size for path in folder.iterdir())
        sealed.close()
    seconds = [each.seconds for each in searches]
    return {
        "seconds_per_probe_median": float(np.median(seconds)),
        "processor_seconds_per_probe_median": float(np.median([each.processor_seconds for each in searches])),
        "comparisons_per_second": sum(s.pairs for s in searches) / max(sum(s.scan_seconds for s in searches), 1e-9),
        "bytes_on_disk": bytes_on_disk,
        "opening_seconds": opening,
        "rank1": sum(each.kept[-1] for each in searches) / len(searches),
    }


def _search_for_all(gallery: Gallery, group: Sequence[Mates], *, name: str, say: Say) -> list[Searched]:
    found = []
    for number, mates in enumerate(group, 1):
        found.append(search_for(gallery, mates))
        if number % 50 == 0:
            say(f"{number} of {len(group)} {name}, {found[-1].seconds:.2f} s for the last")
    return found


def _retention(searches: Sequence[Searched]) -> dict[str, Any] | None:
    """Shares of probes whose mate is still there after each stage; None without probes."""
    if not searches:
        return None
    counts = {stage: sum(each.kept[number] for each in searches) for number, stage in enumerate(STAGES)}
    seconds = [each.seconds for each in searches]
    return {
        "probes": len(searches),
        **{stage: count / len(searches) for stage, count in counts.items()},
        "intervals": {stage: binomial_interval(count, len(searches)) for stage, count in counts.items()},
        "seconds_median": float(np.median(seconds)),
        "seconds_p95": float(np.quantile(seconds, 0.95)),
    }


def _rates(gallery: Gallery, probes: Sequence[Mates]) -> dict[str, Any]:
    """The scan's kernel beside numpy, and as fast as it is with 32 minutiae."""
    shelf = max(gallery.shelves, key=lambda shelf: shelf.used)
    probe = describe(max((template for each in probes for template in each.probe.values()), key=len))
    pairs, ours, theirs = time_both(*shelf.blocks_in_use()[0], probe)
    return {
        "numpy_baseline": {
            "pairs": pairs,
            "kernel_comparisons_per_second": pairs / ours,
            "numpy_comparisons_per_second": pairs / theirs,
            "ratio": theirs / ours,
        },
        "scan_32_by_32": rate_of_scan(shelf.blocks_in_use(), probe, pool=gallery.pool),
    }


def _shelf_bytes(gallery: Gallery) -> int:
    """Bytes of all arrays of the shelves."""
    chunks = [chunk for shelf in gallery.shelves for chunk in shelf.chunks]
    return sum(
        value.nbytes
        for chunk in chunks
        for each in fields(chunk)
        if isinstance(value := getattr(chunk, each.name), np.ndarray)
    )
