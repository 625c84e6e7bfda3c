"""Overlap: which people do we share? Committed to first, found blindly, confirmed in stages (exchange.md §3)."""

from gada.exchange.services.overlap.driving import (
    answer_overlap,
    drive_overlap,
    run_called,
    start_overlap,
    stop_overlap,
    take_stop,
)

__all__ = ["answer_overlap", "drive_overlap", "run_called", "start_overlap", "stop_overlap", "take_stop"]
