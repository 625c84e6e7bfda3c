"""JSON: lists and their progress; at the desk find, recognise, hand over, refuse."""

from ninja import Router

from gada.assistance.api import desk, lists

router = Router(tags=["assistance"])
router.add_router("", lists.router)
router.add_router("", desk.router)
