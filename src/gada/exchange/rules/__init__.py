"""Decisions of the exchange without I/O: the text of an agreement, the gate, fields, differences, pairs."""

from gada.exchange.rules.fields import FIELDS, check_value, same_value
from gada.exchange.rules.gate import PersonFacts, Standing, may, may_receive, must
from gada.exchange.rules.terms import Party, Terms, read_terms

__all__ = [
    "FIELDS",
    "Party",
    "PersonFacts",
    "Standing",
    "Terms",
    "check_value",
    "may",
    "may_receive",
    "must",
    "read_terms",
    "same_value",
]
