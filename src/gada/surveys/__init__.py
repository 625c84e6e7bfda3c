"""Surveys: forms filled in on phones without a network, over OpenRosa, and the families registered with them."""
