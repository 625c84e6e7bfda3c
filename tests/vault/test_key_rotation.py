"""Sealing keys come and go: certified by the root, kept as long as something sealed to them may arrive, then gone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from gada.engine.proof.key_cards import check_succession
from gada.vault import creation
from gada.vault.cards import own_card, rotate_keys
from gada.vault.working_keys import all_working_keys, forget_old_keys, sealing_key_age, working_key
from tests.fixtures.node import CHEAP_ARGON2, CREATED_AT


def after(days: float) -> datetime:
    return CREATED_AT + timedelta(days=days)


def sealing_keys() -> list[str]:
    return [key.key_id for key in all_working_keys() if key.use == "sealing"]


def test_two_sheets_certify_a_new_sealing_key_that_partners_may_take(created):
    before, old = own_card(), working_key("sealing")
    root = creation.open_recovery(created.sheets[1:])[1]
    card = rotate_keys(root, at=after(30))
    check_succession(old=before, new=card)
    assert card == own_card() and card.sealing == working_key("sealing").public != before.sealing
    assert (card.signing, card.http) == (before.signing, before.http), "partners know us by them"
    assert old in all_working_keys() and sealing_key_age(at=after(31)) == timedelta(days=1)


def test_a_recovery_can_certify_too(created):
    before = own_card()
    root = creation.recover_node(sheets=created.sheets[:2], passphrase="une autre", at=after(40), cost=CHEAP_ARGON2)
    check_succession(old=before, new=rotate_keys(root, at=after(40)))


@pytest.mark.parametrize("rotated", [30, 300])
def test_a_replaced_key_is_kept_for_sixty_days_however_old_it_was(created, rotated):
    old = working_key("sealing").key_id
    rotate_keys(creation.open_recovery(created.sheets[:2])[1], at=after(rotated))
    new = working_key("sealing").key_id
    assert forget_old_keys(at=after(rotated + 59.9)) == 0 and sealing_keys() == [old, new]
    assert forget_old_keys(at=after(rotated + 60)) == 1 and sealing_keys() == [new]
    assert forget_old_keys(at=after(rotated + 9000)) == 0 and sealing_keys() == [new]
    assert {key.use for key in all_working_keys()} == {"signing", "sealing", "http"}


def test_rotated_each_month_three_keys_are_alive_at_most(created):
    root = creation.open_recovery(created.sheets[:2])[1]
    for month in range(1, 7):
        rotate_keys(root, at=after(30 * month))
        assert len(sealing_keys()) == min(month + 1, 3 if month > 2 else month + 1)


def test_a_serial_number_never_comes_again_after_a_restore(created):
    root, early = creation.open_recovery(created.sheets[:2])[1], own_card()
    lost = rotate_keys(root, at=after(30))
    from gada.vault import node
    from gada.vault.cards import CARD

    node.write_whole(node.data_directory() / CARD, node.seal_for_node(early.to_bytes()))  # as a restore sets it back
    check_succession(old=lost, new=rotate_keys(root, at=after(31)))
