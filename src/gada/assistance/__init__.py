"""Assistance: interventions, cycles, lists, entitlements, the desk, redemptions and refusals."""
