"""Writers of assistance: lists, recognising, handing over, refusing, following judgements."""

from gada.assistance.services.desk import (
    recognise_collector,
    recognise_finger,
    redeem_entitlement,
    refuse_collection,
    take_step,
)
from gada.assistance.services.lists import (
    close_list,
    create_cycle,
    create_intervention,
    entitle_again,
    make_list,
    open_list,
    verify_list,
)
from gada.assistance.services.settling import settle_after_judgement

__all__ = [
    "close_list",
    "create_cycle",
    "create_intervention",
    "entitle_again",
    "make_list",
    "open_list",
    "recognise_collector",
    "recognise_finger",
    "redeem_entitlement",
    "refuse_collection",
    "settle_after_judgement",
    "take_step",
    "verify_list",
]
