"""B makes a list and hands out at a desk: by finger, by card, by the ladder; an impostor is stopped, nobody twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier

import httpx

from gada.engine.formats.fmr import FingerView, write_fmr
from gada.story.clerks import Registration
from gada.story.plot import Agency, Story
from gada.story.visitor import Visitor

FAMILY = re.compile(r"/desk/([0-9a-f-]{36})/")


def tell(story: Story) -> None:
    telling, b = story.telling, story.b
    telling.chapter("6. B hands out food at a desk")
    with telling.step("make a list, have it checked, open it"):
        list_id = open_list(story, b, name="Vivres de mars")
    families = _families(story)
    with telling.step("one family by finger, one by number, one by the ladder, one impostor"):
        by_finger, by_number, by_ladder, robbed = families[:4]
        served = _serve_by_finger(story, list_id, by_finger)
        telling.hold("a family is found and served by finger", served)
        telling.hold("a family is found by its number and served", _serve_by_number(story, list_id, by_number))
        telling.hold(
            "a rightful collector with a bad print is served by the ladder",
            _serve_by_ladder(story, list_id, by_ladder),
        )
        telling.hold(
            "an impostor is stopped by the supervisor, with slip and way forward",
            _stop_impostor(story, list_id, robbed, by_finger),
        )
        telling.hold("the family of the impostor’s victim still collects", _serve_by_number(story, list_id, robbed))
    with telling.step("two desks press at the same moment"):
        outcomes = _press_together(story, list_id, families[4])
    telling.hold("two desks at the same moment hand over once", outcomes == 1, found=outcomes)
    telling.hold("a second collection is refused", _second_time_refused(story, list_id, by_finger))
    everybody = list(families[5:])
    with telling.step(f"serve the other {len(everybody)} families"):
        for family in everybody:
            _serve_by_number(story, list_id, family)
    line = next(each for each in b.visit("supervisor").api("GET", "lists") if each["id"] == list_id)
    telling.figure("families served at B", f"{line['served']} of {line['families']}")
    telling.hold(
        "every family is served, those who refused prints or sharing too",
        line["served"] == line["families"],
        found=(line["served"], line["families"]),
    )


def open_list(story: Story, agency: Agency, *, name: str) -> str:
    """Intervention, cycle and list by one supervisor, checked by another, opened; the list's id."""
    supervisor, second = agency.visit("supervisor"), agency.visit("second")
    supervisor.submit("/distributions/interventions/new/", programme=agency.programme, name=name, item="ration")
    today = datetime.now(UTC).date()
    supervisor.submit(
        "/distributions/cycles/new/",
        name="Mars",
        starts_on=date(today.year, today.month, 1).isoformat(),
        ends_on=today.isoformat(),
    )
    supervisor.submit(
        "/distributions/lists/new/", site=agency.site, **{
            "lines-0-item": "Mil", "lines-0-quantity": "10", "lines-0-unit": "kg", "lines-0-per": "member",
            "lines-1-item": "Huile", "lines-1-quantity": "5", "lines-1-unit": "l", "lines-1-per": "household",
        },
    )
    list_id: str = supervisor.api("GET", "lists")[0]["id"]
    second.submit(f"/distributions/{list_id}/", form="/check/")
    supervisor.submit(f"/distributions/{list_id}/", form="/open/")
    return list_id


def _families(story: Story) -> list[list[Registration]]:
    """B's families, those whose head has fingers first."""
    households: dict[str, list[Registration]] = {}
    for row in story.world.at_b:
        households.setdefault(row.household, []).append(row)
    families = [sorted(rows, key=lambda r: not r.is_head) for rows in households.values()]
    return sorted(families, key=lambda rows: (not story.world.templates_of(rows[0]), rows[0].household))


def _desk(story: Story) -> Visitor:
    return story.b.visit("supervisor")


def _number(story: Story, row: Registration) -> str:
    return str(_desk(story).api("GET", f"people/{story.b.people[row.registration]}")["number"])


def _finger(story: Story, row: Registration) -> bytes:
    """One finger as a scanner gives it: another touch of it than at registration where there is one."""
    held = sorted(story.world.templates_of(row).items())
    return write_fmr([FingerView(position=position, template=template) for position, template in held[:1]])


def _open_family(page: httpx.Response) -> str:
    found = FAMILY.search(page.url.path)
    return found.group(1) if found else ""


def _serve_by_finger(story: Story, list_id: str, family: Sequence[Registration]) -> bool:
    page = _desk(story).submit(
        f"/distributions/{list_id}/desk/",
        form="/find/",
        files={"finger": ("doigt.fmr", _finger(story, family[0]), "application/octet-stream")},
    )
    return bool(_open_family(page)) and _hand_over(story, list_id, _open_family(page))


def _serve_by_number(story: Story, list_id: str, family: Sequence[Registration]) -> bool:
    entitlement = _find(story, list_id, family[0])
    return (
        bool(entitlement)
        and _by_supervisor(story, list_id, entitlement, "carte présentée, famille connue du site")
        and _hand_over(story, list_id, entitlement)
    )


def _serve_by_ladder(story: Story, list_id: str, family: Sequence[Registration]) -> bool:
    """The print is not recognised (another person's record stands in for a worn finger): the next step serves."""
    entitlement = _find(story, list_id, family[0])
    _show_finger(story, list_id, entitlement, _worn_finger(story))
    still_open = "step=supervisor" in _desk(story).read(f"/distributions/{list_id}/desk/{entitlement}/").text
    return (
        still_open
        and _by_supervisor(story, list_id, entitlement, "empreinte usée, famille connue du site")
        and _hand_over(story, list_id, entitlement)
    )


def _stop_impostor(
    story: Story, list_id: str, victim: Sequence[Registration], impostor: Sequence[Registration]
) -> bool:
    entitlement = _find(story, list_id, victim[0])
    _show_finger(story, list_id, entitlement, _finger(story, impostor[0]))
    page = _desk(story).submit(
        f"/distributions/{list_id}/desk/{entitlement}/?step=supervisor",
        form="/refuse/",
        reason="ni l’empreinte ni la photo ne correspondent",
        way_forward="revenir avec la carte, ou avec un autre récipiendaire",
        claimed_by="",
    )
    return "/slips/" in page.url.path


def _worn_finger(story: Story) -> bytes:
    from gada.engine.fingerprint.synthetic import minutiae_finger

    stranger = minutiae_finger(987_654_321).impression(1)
    return write_fmr([FingerView(position=2, template=stranger)])


def _find(story: Story, list_id: str, row: Registration) -> str:
    return _open_family(_desk(story).submit(f"/distributions/{list_id}/desk/", form="/find/", q=_number(story, row)))


def _show_finger(story: Story, list_id: str, entitlement: str, record: bytes) -> None:
    _desk(story).submit(
        f"/distributions/{list_id}/desk/{entitlement}/", form="/finger/",
        files={"finger": ("doigt.fmr", record, "application/octet-stream")},
    )


def _by_supervisor(story: Story, list_id: str, entitlement: str, reason: str) -> bool:
    page = _desk(story).submit(
        f"/distributions/{list_id}/desk/{entitlement}/?step=supervisor", form="/step/", recognised="yes", reason=reason
    )
    return page.status_code == 200


def _hand_over(story: Story, list_id: str, entitlement: str) -> bool:
    page = _desk(story).submit(f"/distributions/{list_id}/desk/{entitlement}/", form="/hand-over/")
    return page.status_code == 200 and "/receipts/" in page.text


def _press_together(story: Story, list_id: str, family: Sequence[Registration]) -> int:
    """Two agents, two browsers, one entitlement; how many receipts there are afterwards."""
    entitlement = _find(story, list_id, family[0])
    _by_supervisor(story, list_id, entitlement, "carte présentée")
    other = Visitor(story.b.node.url, username="supervisor", password=story.b.node.password)
    other.sign_in()
    together = Barrier(2)

    def press(visitor: Visitor) -> set[str]:
        visitor.read(f"/distributions/{list_id}/desk/{entitlement}/")
        together.wait()
        from uuid import uuid4

        page = visitor.post(f"/distributions/{list_id}/desk/{entitlement}/hand-over/", redemption_id=str(uuid4()))
        return set(re.findall(r"/receipts/([0-9a-f-]{36})/", page.text))

    with ThreadPoolExecutor(2) as desks:
        receipts = set().union(*desks.map(press, (_desk(story), other)))
    return len(receipts)


def _second_time_refused(story: Story, list_id: str, family: Sequence[Registration]) -> bool:
    entitlement = _find(story, list_id, family[0])
    text = _desk(story).read(f"/distributions/{list_id}/desk/{entitlement}/").text
    return "hand-over" not in text and "/receipts/" in text
