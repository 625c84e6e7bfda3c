"""Two real nodes, two processes, two databases: an agreement, people in common, packages, differences, equality."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange.partner import NodeProcess
from tests.exchange.world import agree, clauses, households, make_acquainted, somebody

pytestmark = pytest.mark.slow


def test_the_whole_exchange(nodes: tuple[NodeProcess, NodeProcess], tmp_path: Path) -> None:
    one, two = nodes
    digest, agreement = agree(one, two)
    assert one.call("state", digest=digest) == two.call("state", digest=digest) == "active"

    # Twenty are in both. Of these one refuses, one is a child alone, one is under protection at one side.
    here = households(range(40))
    here[21]["members"][0]["sharing"] = "no"
    here[22]["members"][0]["alone"] = True
    here[23]["members"][0]["protected"] = True
    ours = one.call("enrol", households=here)
    there = households(range(20, 60), impression=2)
    there[4]["members"][0] |= {"mother": "Tout autre nom", "surname": "Duot"}
    theirs = two.call("enrol", households=there)

    done = one.call("overlap", agreement=agreement)
    assert done["state"] == "done" and done["figures"]["ours"]["people"] == 37
    linked_here = {link["person"] for link in one.call("links")}
    assert linked_here == {household[0] for household in ours[20:]} - {ours[n][0] for n in (21, 22, 23)}
    assert {link["pair"] for link in one.call("links")} == {link["pair"] for link in two.call("links")}
    assert done["figures"]["ours"]["by_prints"] >= 15 and done["figures"]["theirs"]["links"] == 17
    # Who refused appears in nothing; everybody shown has a line.
    for refused in (21, 22, 23):
        assert "person.disclosed" not in one.call("lines", person=ours[refused][0])
    assert "person.disclosed" in one.call("lines", person=ours[30][0]) and "link.made" in one.call(
        "lines", person=ours[30][0]
    )
    # Evidence of people judged different is gone on both sides.
    assert one.call("runs")[0]["left"] == two.call("runs")[0]["left"] == ["done", "results", "start"]

    # A package over the network; twice changes nothing.
    package = one.call("make", agreement=agreement)
    assert one.call("deliver", package=package) == "done" == one.call("deliver", package=package)
    assert two.call("packages")[0]["counts"]["statement"] == 17
    assert two.call("prints", person=theirs[10][0]) == 1
    assert (
        two.call("person", person=theirs[4][0])["surname"] == somebody(24)["surname"]
    )  # ours is the authority
    waiting = [each for each in two.call("proposals") if each["state"] == "open"]
    assert [(each["field"], each["person"]) for each in waiting] == [("mother", theirs[4][0])]
    assert one.call("make", agreement=agreement) == {"refused": "package-empty"}
    assert "person.received" in two.call("lines", person=theirs[10][0])

    # The other way by file; then the receipt comes back by file too.
    back = two.call("make", agreement=agreement)
    carried = tmp_path / "retour.gada"
    two.call("export_package", package=back, path=str(carried))
    got = one.call("receive", path=str(carried))
    assert got["state"] == "done" and one.call("receive", path=str(carried))["receipt"] == got["receipt"]
    assert two.call("receipt", receipt=got["receipt"]) == "done"

    # One field waits on each side; everything else is proven equal. Decided, it is equal too.
    equal = one.call("equality", agreement=agreement)
    assert equal == {"equal": True, "people": 17, "waiting": 1, "differing": []}
    assert two.call("decide", proposal=waiting[0]["id"], accept=True) == "accepted"
    mine = [each for each in one.call("proposals") if each["state"] == "open"]
    assert one.call("decide", proposal=mine[0]["id"], accept=False) == "kept"
    assert one.call("equality", agreement=agreement) == {
        "equal": True,
        "people": 17,
        "waiting": 0,
        "differing": [],
    }
    # A change on one side shows as one differing person, found without sending anybody's values.
    two.call("correct", person=theirs[15][0], changes={"father": "Quelqu'un d'autre"})
    differs = one.call("equality", agreement=agreement)
    assert differs["equal"] is False and differs["differing"] == [ours[35][0]]

    # A second run finds the same people again, the other side asking first; nothing is linked twice.
    again = two.call("overlap", agreement=agreement)
    assert again["state"] == "done" and len(two.call("links")) == 17

    # Suspended at one side, it stops on both after a contact; lifted, it flows again.
    one.call("suspend", agreement=agreement)
    assert one.call("beat") == {"Vivres": "reached"}
    assert two.call("state", digest=digest) == "suspended"
    assert (
        two.call("overlap", agreement=agreement)
        == two.call("make", agreement=agreement)
        == {"refused": "agreement-suspended"}
    )
    one.call("lift", agreement=agreement)
    one.call("beat")
    assert two.call("state", digest=digest) == "active"

    # Who withdraws is unlinked on both sides at the next contact, and what was said about them is gone.
    one.call("answer", person=ours[30][0], purpose="sharing", answer="withdrawn")
    one.call("beat")
    assert (
        two.call("statements", person=theirs[10][0]) == {} and two.call("prints", person=theirs[10][0]) == 0
    )

    # The answer was lost: the partner knows more of our journal than we think. That accuses nobody.
    assert one.call("forget_countersignatures") > 0
    assert one.call("beat") == {"Vivres": "reached"} and two.call("beat") == {"Inscription": "reached"}
    # Both journals are countersigned by the other, and both states are what the entries say.
    two.call("beat")
    one.call("beat")
    for node in nodes:
        proof = node.call("verify")
        assert proof["sound"] and proof["countersigned"] > 50, proof
        assert node.call("compare") == []


@pytest.mark.parametrize("step", ["matched", "fields", "results"])
def test_a_killed_comparison_goes_on(nodes: tuple[NodeProcess, NodeProcess], step: str) -> None:
    one, two = nodes
    _digest, agreement = agree(one, two)
    one.call("enrol", households=households(range(12)))
    two.call("enrol", households=households(range(6, 18), impression=2))
    run = one.call("begin_overlap", agreement=agreement)
    with pytest.raises(AssertionError, match="died"):
        one.call("overlap_until", run=run, step=step)
    one.kill()
    two.kill()  # the partner loses its power, too
    two.start()
    one.start()
    done = one.call("go_on_overlap", run=run)
    assert done["state"] == "done"
    assert len(one.call("links")) == len(two.call("links")) == 6
    assert one.call("go_on_overlap", run=run)["state"] == "done"


def test_limits_stop_a_comparison_on_both_sides(nodes: tuple[NodeProcess, NodeProcess]) -> None:
    one, two = nodes
    limits = {
        "people_per_day": 5,
        "queries_per_hour": 1,
        "runs_per_quarter": 2,
        "min_population": 5,
        "max_overlap": 3,
        "max_strangers": 0,
    }
    _digest, agreement = agree(one, two, limits=limits)
    one.call("enrol", households=households(range(3)))
    assert one.call("overlap", agreement=agreement) == {"refused": "overlap-population-small"}
    one.call("enrol", households=households(range(3, 12)))
    two.call("enrol", households=households(range(6, 18), impression=2))
    assert one.call("overlap", agreement=agreement) == {"refused": "overlap-too-large"}
    assert (
        [run["state"] for run in one.call("runs")]
        == [run["state"] for run in two.call("runs")]
        == ["stopped"]
    )
    assert one.call("runs")[0]["left"] == two.call("runs")[0]["left"] == []
    one.call("overlap", agreement=agreement)
    assert one.call("overlap", agreement=agreement) == {"refused": "overlap-too-often"}
    assert one.call("links") == two.call("links") == []


def test_everything_goes_by_file_where_there_is_no_network(
    nodes: tuple[NodeProcess, NodeProcess], tmp_path: Path
) -> None:
    one, two = nodes
    make_acquainted(one, two)
    digest = one.call("draft", peer=two.call("card")["id"], clauses=clauses())
    one.call("sign", digest=digest)
    first, second, third = (str(tmp_path / f"{number}.agreement") for number in range(3))
    one.call("export", digest=digest, path=first)
    assert two.call("read", path=first) is False
    two.call("sign", digest=digest)
    two.call("export", digest=digest, path=second)
    assert one.call("read", path=second) is True
    one.call("export", digest=digest, path=third)
    assert two.call("read", path=third) is True
    assert one.call("state", digest=digest) == two.call("state", digest=digest) == "active"
