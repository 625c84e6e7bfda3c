"""A deterministic simulation of nodes of one agency: changes, sticks, cuts, clocks and kills under one seed.

`Schedule(seed).run()` raises AssertionError with the seed in it when at the end two nodes differ, something is lost,
or a true conflict is not shown. What is true is worked out here from who knew what, not by the code under test.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from gada.agencies.models import Site
from gada.agencies.rules import Role
from gada.agencies.services import assign_role
from gada.engine.proof import ids
from gada.engine.refusal import Refusal
from gada.exchange.models import OwnNode
from gada.exchange.services.own_nodes import packing
from gada.journal import arriving, keeping, registry
from gada.journal.digesting import digest_state
from gada.journal.models import HeldEntry, LogEntry
from gada.matching.models import Case, CaseStatus
from gada.matching.services import check_person, judge_case
from gada.people import rules as people_rules
from gada.people.drafts import AnswerDraft, HouseholdDraft, PersonDraft
from gada.people.models import Conflict, Consent, Correction, Happening, Household, Membership, Person
from gada.people.services import (
    add_member,
    answer_purpose,
    choose_head,
    choose_recipients,
    correct_person,
    end_membership,
    enrol_household,
    erase_person,
    give_new_number,
    merge_households,
    move_household,
    note_death,
    return_person,
    settle_conflict,
    settle_happenings,
    split_household,
    undo_happening,
    withdraw_person,
)
from gada.people.words import PersonStatus
from gada.vault import keystore
from tests.exchange.own_world import AT, OwnWorld, operator

GIVEN = "Zeinabou Amina Hadiza Mariama Rakia Salamatou Fati Balkissa".split()
FIELDS: dict[str, tuple[str, ...]] = {
    "given": tuple(GIVEN), "surname": ("Issoufou", "Ali", "Moussa"), "phone": ("90112233", "90445566", "90778899"),
    "mother": ("Hawa", "Aïssa", "Ramatou"), "sex": ("F", "M"), "residence_status": ("idp", "returnee", "host"),
}


Set = tuple[UUID, str, Any, UUID | None]  # whose (a household, a membership, a person), which field, to what, of whom


class Killed(BaseException):
    """The plug was pulled."""


class Schedule:
    """One world and one order of events, from a seed."""

    moves = 1  # how often a family moves, beside the other things that people do

    def __init__(
        self, seed: int, folder: Path, *, laptops: int = 3, steps: int = 60, world: OwnWorld | None = None
    ) -> None:
        self.seed, self.random, self.steps = seed, random.Random(seed), steps
        self.world = world or OwnWorld(folder)
        self.laptops = laptops
        self.names: list[str] = []
        self.clock: dict[str, timedelta] = {}
        self.flying: list[tuple[str, Path]] = []
        self.now = AT
        # Who wrote what, knowing what: (person, field) → [(version, the versions it took back, value)]
        self.written: dict[tuple[UUID, str], list[tuple[str, frozenset[str], Any]]] = defaultdict(list)
        # What happened to households: version → (what each change set, the versions that stood there before it)
        self.happened: dict[str, tuple[list[Set], frozenset[str]]] = {}
        self.undone: set[str] = set()
        self.given: dict[UUID, str] = {}  # the number with which somebody or some household was registered
        self.counts: dict[str, int] = defaultdict(int)

    def run(self) -> dict[str, int]:
        with _seeded(self.random):
            try:
                self._begin()
                for _ in range(self.steps):
                    self._step()
                self._settle()
                self._check()
            except AssertionError as problem:
                raise AssertionError(f"seed {self.seed}: {problem}") from None
            except Exception as problem:
                raise AssertionError(f"seed {self.seed}: {type(problem).__name__}: {problem}") from problem
        return dict(self.counts)

    def _begin(self) -> None:
        self.world.headquarters()
        with self.world.here("hq"):
            assign_role(operator=operator(), role=Role.DPO, by=operator("admin"), at=AT)
            assign_role(operator=operator(), role=Role.SUPERVISOR, by=operator("admin"), at=AT)
        self.names = ["hq"]
        for number in range(self.laptops):
            name = f"laptop{number}"
            self.world.laptop(name, "Diffa", "Maine")
            self.names.append(name)
        for name in self.names:  # clocks are wrong by up to a year
            self.clock[name] = timedelta(days=self.random.randint(-365, 365))

    def _step(self) -> None:
        self.now += timedelta(minutes=self.random.randint(1, 300))
        chosen: Callable[[], None] = self.random.choices(
            [self._change, self._pack, self._arrive], weights=[6, 2, 2]
        )[0]
        chosen()

    # what people do

    def _change(self) -> None:
        name = self.random.choice(self.names)
        deed = self.random.choices(
            [self._enrol, self._correct, self._answer, self._join, self._leave, self._erase, self._judge, self._decide,
             self._lead, self._collect, self._split, self._merge, self._die, self._withdraw, self._move, self._undo,
             self._choose, self._renumber],
            weights=[5, 10, 2, 4, 1, 0.5, 1, 2, 2, 2, 1, 1, 1, 1, self.moves, 2, 2, 2],
        )[0]
        with self.world.here(name):
            before = {row.version: row.undone_version for row in Happening.objects.all()}
            try:
                deed(name)
                self.counts[deed.__name__] += 1
            except (Refusal, IntegrityError):  # a source key that is here already is a mistake of the clerk
                self.counts["refused"] += 1
            self._watch(before)

    def _watch(self, before: dict[str, str]) -> None:
        """What this node just did, and what it knew when it did so."""
        standing = frozenset(version for version, undone in before.items() if not undone)
        for row in Happening.objects.all():
            if row.version not in before:
                sets = [(each.target, each.field, each.value, each.person) for each in row.changes.all()]
                self.happened[row.version] = (sets, standing)
                for target, field, value, _ in sets:
                    if field == "founded":
                        self.given[target] = value["number"]
            elif row.undone_version and not before[row.version]:
                self.undone.add(row.version)
        for model in (Person, Household):
            for id_, number in model._default_manager.exclude(id__in=self.given).values_list("id", "number"):
                self.given[id_] = number.partition("~")[0]

    def _at(self, name: str) -> Any:
        return self.now + self.clock[name]

    def _enrol(self, name: str) -> None:
        site = Site.objects.get(name=self.random.choice(["Diffa", "Maine"]))
        answers = (AnswerDraft("registration", "yes"),)
        key = str(self.random.randint(1, 40)) if self.random.random() < 0.3 else ""
        head = PersonDraft(
            given=self.random.choice(GIVEN), surname="Issoufou", father="Ali", mother="Hawa", sex="F",
            relationship="head", recipient="principal", answers=answers, source_key=key,
        )
        enrol_household(operator=operator(), site=site, at=self._at(name), household=HouseholdDraft(
            members=(head,), place="NE002", source="liste.csv" if key else "live", source_key=key,
        ))

    def _person(self) -> Person:
        standing = list(Person.objects.exclude(status=PersonStatus.ERASED).order_by("id"))
        if not standing:
            raise Refusal("nobody", "")
        return self.random.choice(standing[:12])

    def _correct(self, name: str) -> None:
        person = self._person()
        field = self.random.choice(sorted(FIELDS))
        value = self.random.choice(FIELDS[field])
        before = person.versions.get(field, "")
        changed = correct_person(
            operator=operator(), person_id=person.id, changes={field: value}, saw={field: before}, at=self._at(name)
        )
        self._note(person.id, field, changed, {before}, value)

    def _decide(self, name: str) -> None:
        conflicts = list(Conflict.objects.filter(household=None).order_by("id"))
        if not conflicts:
            raise Refusal("nobody", "")
        conflict = self.random.choice(conflicts)
        before = Person.objects.get(id=conflict.person).versions.get(conflict.field, "")
        changed = settle_conflict(
            operator=operator(), conflict_id=conflict.id, version=self.random.choice(conflict.versions),
            at=self._at(name),
        )
        value = getattr(changed, conflict.field)
        self._note(conflict.person, conflict.field, changed, {before, *conflict.versions}, value)

    def _note(self, person: UUID, field: str, changed: Person, before: set[str], value: Any) -> None:
        self.written[person, field].append((changed.versions[field], frozenset(before), value))

    def _answer(self, name: str) -> None:
        answer = AnswerDraft("sharing", self.random.choice(["yes", "no"]))
        answer_purpose(operator=operator(), person_id=self._person().id, answer=answer, at=self._at(name))

    def _join(self, name: str) -> None:
        homes = list(Household.objects.order_by("id"))
        if not homes:
            raise Refusal("nobody", "")
        child = PersonDraft(given=self.random.choice(GIVEN), sex="M", relationship="child")
        add_member(operator=operator(), household=self.random.choice(homes), member=child, at=self._at(name))

    def _leave(self, name: str) -> None:
        open_ = list(Membership.objects.filter(until=None).exclude(relationship="head").order_by("id"))
        if not open_:
            raise Refusal("nobody", "")
        end_membership(
            operator=operator(), membership_id=self.random.choice(open_).id, reason="other", at=self._at(name)
        )

    def _home(self, *, of: int = 1) -> tuple[Household, list[Membership]]:
        """A household of at least so many members, and they."""
        members: dict[UUID, list[Membership]] = defaultdict(list)
        for each in Membership.objects.filter(until=None).order_by("id"):
            members[each.household_id].append(each)
        homes = sorted(id_ for id_, held in members.items() if len(held) >= of)
        if not homes:
            raise Refusal("nobody", "")
        chosen = self.random.choice(homes[:5])  # the same few: two nodes change them without knowing of each other
        return Household.objects.get(id=chosen), members[chosen]

    def _lead(self, name: str) -> None:
        home, members = self._home(of=2)
        choose_head(
            operator=operator(), household_id=home.id, membership_id=self.random.choice(members).id,
            former_becomes=self.random.choice(["other-kin", "parent"]), at=self._at(name),
        )

    def _collect(self, name: str) -> None:
        home, members = self._home(of=2)
        principal, other = self.random.sample(members, 2)
        choose_recipients(
            operator=operator(), household_id=home.id, principal=principal.id,
            alternates=[other.id] if self.random.random() < 0.5 else [], at=self._at(name),
        )

    def _choose(self, name: str) -> None:
        conflicts = list(Conflict.objects.exclude(household=None).order_by("id"))
        if not conflicts:
            raise Refusal("nobody", "")
        conflict = self.random.choice(conflicts)
        settle_happenings(
            operator=operator(), conflict_id=conflict.id, version=self.random.choice(conflict.versions),
            at=self._at(name),
        )

    def _renumber(self, name: str) -> None:
        marked = [
            id_ for model in (Person, Household)
            for id_, number in model._default_manager.order_by("id").values_list("id", "number") if "~" in number[1:]
        ]
        if not marked:
            raise Refusal("nobody", "")
        give_new_number(operator=operator(), registered=self.random.choice(marked), at=self._at(name))

    def _split(self, name: str) -> None:
        home, members = self._home(of=2)
        followers = [each for each in members if each.relationship != "head"]
        leaving = {self.random.choice(followers).id: "head"}
        split_household(operator=operator(), household_id=home.id, leaving=leaving, at=self._at(name))

    def _merge(self, name: str) -> None:
        (one, _), (other, _) = self._home(), self._home()
        merge_households(
            operator=operator(), household_id=one.id, other_id=other.id, becomes={}, at=self._at(name)
        )

    def _die(self, name: str) -> None:
        at = self._at(name)
        died = people_rules.birth_of(year=at.year - 1)
        note_death(
            operator=operator(), person_id=self._person().id, died=died, said_by="la famille", at=at, today=at.date()
        )

    def _withdraw(self, name: str) -> None:
        person = self._person()
        if person.status == PersonStatus.WITHDRAWN:
            return_person(operator=operator(), person_id=person.id, at=self._at(name))
        else:
            withdraw_person(operator=operator(), person_id=person.id, reason="wish", at=self._at(name))

    def _move(self, name: str) -> None:
        home, _ = self._home()
        place = self.random.choice(["NE002", "NE003", "NE004"])
        move_household(operator=operator(), household_id=home.id, place=place, at=self._at(name))

    def _undo(self, name: str) -> None:
        happened = list(Happening.objects.filter(undone_version="").order_by("id"))
        if not happened:
            raise Refusal("nobody", "")
        undo_happening(operator=operator(), happening_id=self.random.choice(happened).id, at=self._at(name))

    def _erase(self, name: str) -> None:
        erase_person(operator=operator(), person_id=self._person().id, ground="demande", at=self._at(name))

    def _judge(self, name: str) -> None:
        check_person(person=self._person(), at=self._at(name), operator=operator())
        waiting = list(Case.objects.filter(status=CaseStatus.OPEN).order_by("id"))
        if not waiting:
            raise Refusal("nobody", "")
        judge_case(
            operator=operator(), case_id=self.random.choice(waiting).id, reason="vu",
            verdict=self.random.choice(["same", "different", "unsure"]), at=self._at(name),
        )

    # what happens on the way

    def _pack(self) -> None:
        self._send(*self.random.sample(self.names, 2))

    def _send(self, source: str, target: str) -> None:
        try:
            path = self.world.pack(source, target, at=self._at(source))
        except OwnNode.DoesNotExist:  # they have not heard of each other yet
            return
        if self.random.random() < 0.1:
            self.counts["lost"] += 1
            return
        self.flying += [(target, path)] * (2 if self.random.random() < 0.2 else 1)

    def _arrive(self) -> None:
        if self.flying:
            self._deliver(*self.flying.pop(self.random.randrange(len(self.flying))))

    def _deliver(self, target: str, path: Path) -> None:
        with self.world.here(target):
            if not OwnNode.objects.filter(id=self._sender(path)).exists():
                return  # refused, and the stick goes back
        trouble = self.random.random()
        if trouble < 0.15:
            cut = path.with_suffix(".cut")
            body = path.read_bytes()
            cut.write_bytes(body[: self.random.randrange(len(body))])
            try:
                self.world.take(target, cut, at=self._at(target))
                raise AssertionError("a package that was cut was taken in")
            except Refusal:
                self.counts["cut"] += 1
            return
        if trouble < 0.4:
            with _killed_after(self.random.randint(0, 4)):
                try:
                    self.world.take(target, path, at=self._at(target))
                except Killed:
                    self.counts["killed"] += 1
                    if self.random.random() < 0.5:
                        return  # and the stick is gone
        self.world.take(target, path, at=self._at(target))
        self.counts["arrived"] += 1

    def _sender(self, path: Path) -> UUID:
        node: UUID = self.world.nodes[path.stem.split("-")[1]].id
        return node

    # at the end

    def _settle(self) -> None:
        while self.flying:
            self._arrive()
        for _ in range(40):
            moved = 0
            for source in self.names:
                for target in self.names:
                    if source != target:
                        arrived = self.world.carry(source, target, at=self.now)
                        moved += arrived.kept + len(arrived.gaps)
            if not moved:
                return
        raise AssertionError("nodes go on sending each other something new")

    def _check(self) -> None:
        digests, entries = {}, {}
        for name in self.names:
            with self.world.here(name):
                digests[name] = digest_state()
                entries[name] = set(LogEntry.objects.filter(action__in=registry.APPLY).values_list("id", flat=True))
                held = list(HeldEntry.objects.values_list("action", "why", "detail"))
                assert not held, f"{name} holds aside {held}"
                self._check_conflicts(name)
                self._check_households(name)
                self._check_numbers(name)
        for name in self.names[1:]:
            apart = {label for label in digests[name] if digests[name][label] != digests["hq"][label]}
            assert not apart, f"{name} and headquarters differ in {sorted(apart)}"
            assert entries[name] == entries["hq"], f"{name} lacks {len(entries['hq'] - entries[name])} entries"

    def _check_conflicts(self, name: str) -> None:
        gone, true = keystore.erased(), set()
        for (person, field), rows in self.written.items():
            if person in gone:
                continue
            known = {version for _, before, _ in rows for version in before}
            open_ = [row for row in rows if row[0] not in known]
            if len({row[2] for row in open_}) > 1:
                true.add((person, field, tuple(sorted(row[0] for row in open_))))
        rows = Conflict.objects.filter(household=None)
        shown = {(each.person, each.field, tuple(each.versions)) for each in rows}
        self.counts["conflicts"] += len(true) if name == "hq" else 0
        assert shown == true, f"{name} shows {len(shown)} conflicts of {len(true)}"

    def _check_households(self, name: str) -> None:
        """Everything that several set without knowing of each other is shown, with all that stands against it."""
        gone, said = keystore.erased(), defaultdict[tuple[UUID, str], list[tuple[str, str]]](list)
        known = defaultdict[tuple[UUID, str], set[str]](set)
        for version, (sets, before) in self.happened.items():
            for target, field, value, person in sets:
                if version in self.undone or person in gone or field in ("start", "founded"):
                    continue
                said[target, field].append((version, str(bool(value)) if field == "until" else str(value)))
                known[target, field] |= before
        true = set()
        for (target, field), each in said.items():
            open_ = [(version, value) for version, value in each if version not in known[target, field]]
            if len({value for _, value in open_}) > 1:
                true.add((target, field, tuple(sorted(version for version, _ in open_))))
        rows = Conflict.objects.exclude(household=None)
        shown = {(each.target, each.field, tuple(each.versions)) for each in rows}
        self.counts["conflicts of households"] += len(true) if name == "hq" else 0
        assert shown == true, f"{name} shows {shown - true} too much and not {true - shown}"

    def _check_numbers(self, name: str) -> None:
        """Of those who were given one number, one has it and all others are shown."""
        last = dict(self.given)
        for version in sorted(self.happened):
            sets, _ = self.happened[version]
            last.update({target: value for target, field, value, _ in sets
                         if field == "number" and version not in self.undone})
        for model in (Person, Household):
            here = dict(model._default_manager.values_list("id", "number"))
            if model is Person:
                here = {id_: number for id_, number in here.items() if id_ not in keystore.erased()}
            given = defaultdict[str, list[UUID]](list)
            for id_ in here:
                given[last[id_]].append(id_)
            for number, ids_ in given.items():
                first = min(ids_, key=lambda id_: id_.bytes[8:])
                for id_ in ids_:
                    wanted = number if id_ == first else f"{number}~{id_.hex[-8:]}"
                    assert here[id_] == wanted, f"{name} has {here[id_]} where {wanted} was given"
                self.counts["numbers given twice"] += len(ids_) - 1 if name == "hq" else 0


class SitesSchedule(Schedule):
    """The same with laptops that hold one site each, everything through headquarters, and families that move."""

    moves = 10

    def _begin(self) -> None:
        super()._begin()
        for number, site in ((0, "Diffa"), (1, "Maine")):
            name = f"of {site}"
            self.world.laptop(name, site)
            self.names.append(name)
            self.clock[name] = timedelta(days=self.random.randint(-365, 365) + number)

    def _pack(self) -> None:
        source, target = self.random.sample(self.names, 2)
        if "hq" in (source, target):
            self._send(source, target)

    def _move(self, name: str) -> None:
        home, _ = self._home()
        site = self.random.choice(list(Site.objects.order_by("id")))
        place = self.random.choice(["NE002", "NE003", home.place])
        move_household(operator=operator(), household_id=home.id, place=place, site=site, at=self._at(name))

    def _settle(self) -> None:
        while self.flying:
            self._arrive()
        for _ in range(40):
            moved = 0
            for name in self.names[1:]:
                for source, target in ((name, "hq"), ("hq", name)):
                    arrived = self.world.carry(source, target, at=self.now)
                    moved += arrived.kept + len(arrived.gaps)
            if not moved:
                return
        raise AssertionError("nodes go on sending each other something new")

    def _check(self) -> None:
        whole = {name: self._rows(name, self._sites("hq", name)) for name in ("hq",)}
        for name in self.names[1:]:
            sites = self._sites("hq", name)
            whole[name] = self._rows(name, sites)
            there = self._rows("hq", sites)
            for key in sorted(set(there) | set(whole[name])):
                here = whole[name].get(key)
                assert here == there.get(key), f"{name} has {key} as {here}, headquarters as {there.get(key)}"
            with self.world.here(name):
                held = list(HeldEntry.objects.values_list("action", "why", "detail"))
                assert not held, f"{name} holds aside {held}"

    def _sites(self, at: str, name: str) -> frozenset[UUID]:
        with self.world.here(at):
            return OwnNode.objects.get(id=self.world.nodes[name].id).site_ids or frozenset(
                Site.objects.values_list("id", flat=True)
            )

    def _rows(self, name: str, sites: frozenset[UUID]) -> dict[str, Any]:
        """Every person and household of these sites with everything that is said of them; whose number it is, apart."""
        with self.world.here(name):
            people = Person.objects.filter(site__in=sites).exclude(id__in=keystore.erased())
            homes = Household.objects.filter(site__in=sites)
            found = {}
            for model, rows in (
                (Person, people), (Household, homes),
                (Membership, Membership.objects.filter(person__in=people, household__in=homes)),
                (Consent, Consent.objects.filter(person__in=people)),
                (Correction, Correction.objects.filter(person__in=people)),
                (Conflict, Conflict.objects.filter(household__in=homes, person=None)),
                (Conflict, Conflict.objects.filter(household=None, person__in=people)),
            ):
                for row in rows.values():
                    row |= {each: str(row[each]).partition("~")[0] for each in ("number", "source_key") if each in row}
                    found[f"{model.__name__} {row['id']}"] = row
            self.counts["compared"] += len(found)
            return found


@contextmanager
def _killed_after(writes: int) -> Iterator[None]:
    """The plug is pulled inside the transaction of the n-th batch that is written from now on."""
    whole, left = keeping._write, [writes]

    def write(entries: Any) -> None:
        whole(entries)
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    keeping._write = write
    try:
        yield
    finally:
        keeping._write = whole


@contextmanager
def _seeded(source: random.Random) -> Iterator[None]:
    """Ids and numbers drawn from the seed, numbers from so few that two nodes give one twice; small batches."""

    class Os:
        @staticmethod
        def urandom(count: int) -> bytes:
            return source.randbytes(count)

    class Secrets:
        @staticmethod
        def randbits(bits: int) -> int:
            return source.getrandbits(9) * 0x2F0F1  # a few hundred numbers

    before = (ids.os, people_rules.secrets, arriving.BATCH, packing.AT_ONCE)
    ids.os, people_rules.secrets, arriving.BATCH, packing.AT_ONCE = Os, Secrets, 7, 25  # type: ignore[assignment]
    try:
        yield
    finally:
        ids.os, people_rules.secrets, arriving.BATCH, packing.AT_ONCE = before
