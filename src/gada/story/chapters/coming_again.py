"""Somebody stands in the queue a second time: noticed at once, judged, undone, judged again, read by a second."""

from __future__ import annotations

from uuid import uuid4

from gada.story.chapters.registering import enrol_live
from gada.story.clerks import Registration
from gada.story.plot import Story


def tell(story: Story) -> None:
    telling, world, a = story.telling, story.world, story.a
    telling.chapter("2. People of A come a second time")
    noticed = 0
    with telling.step(f"register {len(world.again)} people again under another spelling"):
        for row in world.again:
            _register(story, row)
            noticed += _has_case(story, row)
    telling.figure("registered twice, noticed at once", f"{noticed} of {len(world.again)}")
    telling.hold("everybody who came again was noticed at once", noticed == len(world.again), found=noticed)
    list_id = _open_list(story)
    with telling.step("an adjudicator judges, undoes and judges again; entitlements follow"):
        before = _open_families(story, list_id)
        for row in world.again:
            _judge_twice(story, row)
        after = _open_families(story, list_id)
    telling.hold(
        "each judgement took one entitlement back into its family",
        before - after == len(world.again),
        found=(before, after),
    )
    undecided = [c for c in a.visit("adjudicator").api("GET", "cases?limit=200") if _is_again(story, c)]
    telling.hold("no case of theirs is left open", not undecided, found=len(undecided))


def _register(story: Story, row: Registration) -> None:
    if row.live:
        enrol_live(story, [row])
        return
    clerk, a = story.a.visit("clerk"), story.a
    birth = {"year": row.birth.middle_year, "estimated": not row.birth.is_precise}
    if row.birth.is_precise:
        birth |= {"month": row.birth.first.month, "day": row.birth.first.day}
    family = clerk.api("POST", "households", status=201, key=str(uuid4()), json={
        "site": a.site, "programme": a.programme, "place": row.place, "origin": row.origin, "members": [{
            "given": row.given, "surname": row.surname, "father": row.father, "mother": row.mother, "sex": row.sex,
            "birth": birth, "relationship": "head", "recipient": "principal", "phone": row.phone,
            "answers": [{"purpose": "prints", "answer": "yes"}, {"purpose": "sharing", "answer": "no"}],
        }],
    })
    person = family["members"][0]["id"]
    a.people[row.registration] = person
    record = story.world.record_of(row)
    if record:
        from base64 import b64encode

        from gada.engine.formats.fmr import read_fmr, write_fmr

        captures = [
            {"position": view.position, "record": b64encode(write_fmr([view])).decode(), "device": "lecteur"}
            for view in read_fmr(record)
        ]
        clerk.api("POST", f"people/{person}/captures", status=201, json={"captures": captures})
    clerk.api("POST", f"people/{person}/check")


def _has_case(story: Story, row: Registration) -> bool:
    return _case_of(story, row) is not None


def _case_of(story: Story, row: Registration) -> dict | None:
    """The case between the first and the second registration of this person."""
    a = story.a
    pair = {a.people[row.registration], a.people[story.world.first_of(row).registration]}
    adjudicator = a.visit("adjudicator")
    for decided in ("false", "true"):
        for case in adjudicator.api("GET", f"cases?limit=200&decided={decided}"):
            if {case["left"], case["right"]} == pair:
                return case
    return None


def _is_again(story: Story, case: dict) -> bool:
    second = {story.a.people[row.registration] for row in story.world.again}
    first = {story.a.people[story.world.first_of(row).registration] for row in story.world.again}
    return case["left"] in first | second and case["right"] in first | second


def _judge_twice(story: Story, row: Registration) -> None:
    """Same; a mistake, undone; same again, and a second reader agrees — on the page that shows both side by side."""
    case = _case_of(story, row)
    assert case is not None
    adjudicator, path = story.a.visit("adjudicator"), f"/cases/{case['id']}/"
    page = adjudicator.read(path)
    if row.live:
        story.telling.hold("both people stand side by side, points drawn on both prints", "<svg" in page.text)
    judged = adjudicator.api("POST", f"cases/{case['id']}/judgements", status=201, json={
        "verdict": "same", "reason": "mêmes empreintes, mêmes parents",
    })
    adjudicator.api("POST", f"cases/{case['id']}/judgements/{judged['id']}/undo", json={"reason": "cliqué trop vite"})
    adjudicator.submit(path, form="/judge/", verdict="same", reason="relu : même personne")
    # Two families become one only when somebody else, who does not see the first verdict, says so too.
    story.a.visit("reader").submit(path, form="/judge/", verdict="same", reason="mêmes empreintes")


def _open_list(story: Story) -> str:
    from gada.story.chapters.handing_out import open_list

    return open_list(story, story.a, name="Kits d’accueil")


def _open_families(story: Story, list_id: str) -> int:
    supervisor = story.a.visit("supervisor")
    return int(next(line["families"] for line in supervisor.api("GET", "lists") if line["id"] == list_id))
