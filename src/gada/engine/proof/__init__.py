"""Proof: the only place that touches cryptographic libraries."""
