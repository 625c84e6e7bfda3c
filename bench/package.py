"""A whole package: made and sealed for a partner, and the partner's opened, checked, applied and settled.

usage: python -m bench.package [--people 10000] [--only sqlite|postgres]

The partner is made of real keys (tests/exchange/foreign.py): its package speaks of the same people, a third of them
with another mother's name and another phone number, each with a fingerprint record. The baseline beside it, in the
same process: as many plain rows inserted into a table of the same database.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench._node import an_operator, fresh_node, measured, on_each_database
from bench._people import households

MEGABYTE = 1 << 20
PRINTS = 200  # different records, given to people in turn


def measure(database: str, count: int) -> dict[str, Any]:
    with fresh_node(database=database) as first, tempfile.TemporaryDirectory() as folder:
        from django.db import connection, transaction

        from gada.agencies.services import create_programme
        from gada.exchange import services
        from gada.people.services import enrol_households
        from tests.exchange.foreign import Partner, a_link, an_agreement

        at = datetime.now(UTC)
        officer, guardian, clerk = (
            an_operator(first, *roles, username=name)
            for name, roles in (("bakr", ("exchange",)), ("dina", ("dpo",)), ("amina", ("clerk", "supervisor")))
        )
        programme = create_programme(
            name="Vivres", purpose="Assistance", by=first.admin, at=at, legal_basis="Mandat",
            impact_assessment="Etude", assessed_on=at.date(), assessed_by="Dina", biometrics_allowed=True,
        )
        people = _enrolled(enrol_households, clerk, first.site, programme, count, at)
        partner = Partner.of_kind(training=True)
        prints = {"modality": "fingerprint", "form": "template", "to": "ours", "use": "verify", "retain_days": 90}
        agreement = an_agreement(officer, guardian, partner, at=at, biometrics=prints)
        with transaction.atomic():
            links = [a_link(agreement, person.id) for person in people]
        with measured() as making:
            made = services.make_package(operator=officer, agreement_id=agreement.agreement_id, at=at)
        path = Path(folder) / "theirs.gada"
        path.write_bytes(_their_package(partner, agreement, list(zip(links, people, strict=True)), Path(folder)))
        before = _memory()
        with measured() as taking:
            received = services.receive_file(path, at=datetime.now(UTC), operator=officer)
        assert received.state == "done", received
        rows = [(str(person.id), person.given) for person in people]
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE bench_plain (id TEXT PRIMARY KEY, given TEXT)")
            with measured() as plain, transaction.atomic():
                cursor.executemany("INSERT INTO bench_plain VALUES (%s, %s)", rows)
        return {
            "package": database, "people": len(people), "sent s": making.seconds,
            "sent MB": made.sealed_bytes / MEGABYTE, "received MB": path.stat().st_size / MEGABYTE,
            "opened and applied s": taking.seconds, "own work s": taking.own_seconds,
            "people/s": len(people) / taking.seconds, "memory grew MB": _memory() - before,
            "times plain rows": taking.seconds / plain.seconds,
        }


def _enrolled(enrol: Any, clerk: Any, site: Any, programme: Any, count: int, at: datetime) -> list[Any]:
    from gada.people.models import Person

    batch, number = [], 0
    for draft in households(count):
        batch.append(draft)
        number += len(draft.members)
        if len(batch) == 100 or number >= count:
            enrol(operator=clerk, site=site, households=batch, programme=programme, at=at)
            batch = []
        if number >= count:
            break
    return list(Person.objects.order_by("number")[:count])


def _their_package(partner: Any, agreement: Any, linked: list[tuple[Any, Any]], folder: Path) -> bytes:
    from gada.engine.fingerprint.synthetic import minutiae_finger
    from gada.engine.formats.fmr import FingerView, write_fmr
    from gada.engine.proof.digests import digest_hex

    kept = [write_fmr([FingerView(2, minutiae_finger(number).impression(1))]) for number in range(PRINTS)]
    records: list[dict[str, Any]] = []
    for index, (link, person) in enumerate(linked):
        values = {
            "given": person.given, "surname": person.surname, "father": person.father, "mother": person.mother,
            "sex": person.sex, **({"phone": person.phone} if person.phone else {}),
        }
        if index % 3 == 0:
            values |= {"mother": f"{person.mother} Ba", "phone": f"+22790{index:06d}"}
        said = {"kind": "statement", "pair": link.pair, "happened_at": "2026-03-13T09:00:00.000000Z", "values": values}
        records += [said, {"kind": "prints", "pair": link.pair, "blob": digest_hex(kept[index % PRINTS])}]
    content: bytes = partner.package(agreement, records, blobs=kept, folder=folder)
    return content


def _memory() -> float:
    """Megabytes that this process has ever held; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    on_each_database("package", measure, doc=__doc__, of="people", usual=10_000)
