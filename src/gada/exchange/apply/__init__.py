"""Facts → rows of the exchange."""

from gada.exchange.apply import agreements, links, packages, peers, statements
from gada.exchange.models import (
    Agreement,
    Link,
    Notice,
    Package,
    PairCase,
    PartnerPrints,
    Peer,
    Proposal,
    RefusedPackage,
    Statement,
)

REBUILT = (
    Peer,
    Agreement,
    Notice,
    Package,
    RefusedPackage,
    Link,
    PairCase,
    Statement,
    PartnerPrints,
    Proposal,
)

__all__ = ["REBUILT", "agreements", "links", "packages", "peers", "statements"]
