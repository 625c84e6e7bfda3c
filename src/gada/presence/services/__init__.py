"""Writers of presence: campaigns, who was seen, and each step about those who were not."""

from gada.presence.services.absence import (
    answer_appeal,
    decide_absence,
    give_notice,
    receive_appeal,
    warn_families,
)
from gada.presence.services.campaigns import close_roll_call, open_campaign
from gada.presence.services.following import entitle_returned, forget_sightings
from gada.presence.services.seeing import confirm_presence

__all__ = [
    "answer_appeal", "close_roll_call", "confirm_presence", "decide_absence", "entitle_returned", "forget_sightings",
    "give_notice", "open_campaign", "receive_appeal", "warn_families",
]
