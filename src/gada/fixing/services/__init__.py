"""Writers: a sweep is planned, printed, walked and closed; a token is spent with a family; a person judges a clash."""

from gada.fixing.services.exporting import export_tokens
from gada.fixing.services.spending import check_said, check_token, judge_token, present_token
from gada.fixing.services.sweeping import (
    carry_tokens,
    close_sweep,
    open_sweep,
    plan_sweep,
    print_tokens,
    record_visits,
    void_tokens,
    withdraw_line,
)

__all__ = [
    "carry_tokens", "check_said", "check_token", "close_sweep", "export_tokens", "judge_token", "open_sweep",
    "plan_sweep", "present_token", "print_tokens", "record_visits", "void_tokens", "withdraw_line",
]
