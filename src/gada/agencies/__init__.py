"""Agencies: who may act, where, and what for."""
