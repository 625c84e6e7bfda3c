"""What can be done with forms on phones. Each service authorizes, decides and records, in one transaction."""

from gada.surveys.services.phones import (
    LetIn,
    admit_phone,
    shut_out_phone,
    who_signs_in_by_name,
    who_signs_in_with,
)
from gada.surveys.services.publishing import close_form, map_form, publish_form
from gada.surveys.services.receiving import Received, receive_submission
from gada.surveys.services.settling import (
    correct_submission,
    forget_erased_answers,
    forget_old_submissions,
    forget_submission,
    forget_submission_of,
    read_submission,
    set_aside_submission,
    settle_submission,
    take_up_submission,
)

__all__ = [
    "LetIn",
    "Received",
    "admit_phone",
    "close_form",
    "correct_submission",
    "forget_erased_answers",
    "forget_old_submissions",
    "forget_submission",
    "forget_submission_of",
    "map_form",
    "publish_form",
    "read_submission",
    "receive_submission",
    "set_aside_submission",
    "settle_submission",
    "shut_out_phone",
    "take_up_submission",
    "who_signs_in_by_name",
    "who_signs_in_with",
]
