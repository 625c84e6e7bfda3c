"""A node changes its sealing key: the partner hears of it, by network or by file, and nothing on its way is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange.partner import NodeProcess
from tests.exchange.world import agree, households

pytestmark = pytest.mark.slow


def test_packages_arrive_before_during_and_after_a_rotation(
    nodes: tuple[NodeProcess, NodeProcess], tmp_path: Path
) -> None:
    one, two = nodes
    _digest, agreement = agree(one, two)
    ours = one.call("enrol", households=households(range(24)))
    two.call("enrol", households=households(range(4, 28), impression=2))
    assert one.call("overlap", agreement=agreement)["state"] == "done"

    on_its_way = str(tmp_path / "old.gada")
    one.call("export_package", package=one.call("make", agreement=agreement), path=on_its_way)
    before = two.call("sealed_to")["ours"]
    two.call("rotate")
    assert one.call("sealed_to")["theirs"] == before, "they have not heard of it"
    got = two.call("receive", path=on_its_way)
    assert (got["state"], got["code"]) == ("done", ""), "sealed to the key before, and opened"
    one.call("receipt", receipt=got["receipt"])

    # Whoever speaks first, one contact is enough: here the one whose partner has rotated.
    assert one.call("beat") == {"Vivres": "reached"}
    assert one.call("sealed_to")["theirs"] == two.call("sealed_to")["ours"] != before
    one.call("correct", person=ours[10][0], changes={"father": "Après la première"})
    assert one.call("deliver", package=one.call("make", agreement=agreement)) == "done"
    one.call("rotate")
    assert one.call("beat") == {"Vivres": "reached"}, "and here the one who rotated"
    assert two.call("sealed_to")["theirs"] == one.call("sealed_to")["ours"]
    assert two.call("deliver", package=two.call("make", agreement=agreement)) == "done"

    # By file; the same or an older card is no news, and nobody hands in a card of somebody unknown.
    older = two.call("card")["card"]
    two.call("rotate")
    newer = two.call("card")["card"]
    assert one.call("renew", card=newer) > 1
    assert one.call("renew", card=older) == one.call("renew", card=newer) == {"refused": "key-card-older"}
    assert one.call("renew", card=one.call("card")["card"]) == {"refused": "partner-unknown"}
    one.call("correct", person=ours[11][0], changes={"father": "Après la dernière"})
    assert one.call("deliver", package=one.call("make", agreement=agreement)) == "done"
    assert two.call("sealed_to")["kept"] == 3
    assert one.call("compare") == two.call("compare") == []
