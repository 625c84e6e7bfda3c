"""What a node process of the tests can be asked to do: real services, real HTTP, one line of JSON each."""

from __future__ import annotations

import json
import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import django

django.setup()

import waitress
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from gada import journal
from gada.agencies.models import Agency, Operator, Programme, Site
from gada.agencies.rules import Role
from gada.agencies.services import assign_role, bootstrap_node, create_operator, create_programme
from gada.biometrics.services import import_templates
from gada.engine.fingerprint.synthetic import minutiae_finger
from gada.engine.formats.fmr import FingerView, write_fmr
from gada.engine.proof.secrets import WrapCost
from gada.engine.refusal import Refusal
from gada.exchange import services
from gada.exchange.models import (
    Agreement,
    Link,
    OverlapRun,
    Package,
    PairCase,
    PartnerPrints,
    Peer,
    Proposal,
    Statement,
)
from gada.exchange.rules.gate import state_of
from gada.exchange.services.overlap.messages import own_secrets
from gada.exchange.services.standing import standing_of
from gada.journal.comparing import compare_state
from gada.journal.logs import open_log
from gada.journal.models import Countersignature, Mention
from gada.journal.verifying import verify_log
from gada.people.drafts import AnswerDraft, DocumentDraft, HouseholdDraft, PersonDraft
from gada.people.models import Person
from gada.people.rules import birth_of
from gada.people.services import answer_purpose, correct_person, enrol_households
from gada.vault import node
from gada.vault.cards import own_card, rotate_keys
from gada.vault.creation import create_node, open_recovery

PASSPHRASE = "une phrase de test pour le noeud"
PASSWORD = "sept chèvres au bord du puits"
CHEAP = WrapCost(memory_kib=64, passes=1, lanes=1)


def open_here(identity: dict[str, Any]) -> None:
    """Create the node, or open it again after a kill."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    if node.exists():
        node.unlock(PASSPHRASE, at=timezone.now())
        return
    at = timezone.now()
    training = bool(identity.get("training", False))
    made = create_node(
        name=identity["name"],
        country=identity["country"],
        kind=identity["kind"],
        training=training,
        passphrase=PASSPHRASE,
        at=at,
        cost=CHEAP,
    )
    sheets_file().write_text(json.dumps(made.sheets), encoding="utf-8")
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        open_log(at=at)
        first = bootstrap_node(
            agency_name=identity["name"],
            country=identity["country"],
            site_name="Renk",
            admin_username="admin",
            admin_name="Admin",
            admin_password=PASSWORD,
            at=at,
        )
    for name, roles in {
        "officer": [Role.EXCHANGE, Role.SUPERVISOR],
        "guardian": [Role.DPO],
        "judge": [Role.ADJUDICATOR],
        "clerk": [Role.CLERK, Role.SUPERVISOR],
    }.items():
        made = create_operator(username=name, name=name.title(), password=PASSWORD, by=first.admin, at=at)
        for role in roles:
            assign_role(operator=made, role=role, by=first.admin, at=at)
    create_programme(
        name="Aide",
        purpose="Aide",
        legal_basis="Mandat",
        impact_assessment="Faite",
        assessed_on=at.date(),
        assessed_by="Dina",
        biometrics_allowed=True,
        minimum_age_prints=5,
        by=first.admin,
        at=at,
    )


def sheets_file() -> Path:
    """Where the custodians keep their sheets: beside the node, never in it."""
    return node.data_directory().with_name(f"{node.data_directory().name}.sheets")


def who(name: str) -> Operator:
    return Operator.objects.get(username=name)


def card() -> dict[str, str]:
    return {
        "card": services.card_file().decode(),
        "fingerprint": services.own_fingerprint(),
        "id": str(node.identity().node_id),
    }


def meet(card: str, fingerprint: str, address: str) -> str:
    peer = services.meet_peer(
        operator=who("officer"),
        card=card.encode(),
        heard=fingerprint,
        their_operator="Leur agent",
        address=address,
        at=timezone.now(),
    )
    return str(peer.id)


def rotate() -> int:
    """Two custodians bring their sheets; the serial number of the new card."""
    sheets = json.loads(sheets_file().read_text(encoding="utf-8"))
    return rotate_keys(open_recovery(sheets[1:])[1], at=timezone.now()).serial


def renew(card: str) -> int:
    return services.renew_from_file(operator=who("officer"), card=card.encode(), at=timezone.now()).keys.serial


def sealed_to() -> dict[str, Any]:
    """Which key the partner's packages go to, and which one partners should seal to here."""
    return {"theirs": Peer.objects.get().keys.sealing, "ours": own_card().sealing, "kept": len(own_secrets())}


def enrol(households: list[dict[str, Any]]) -> list[list[str]]:
    """Households of {place, members: [{given, …, fingers: {position: seed}}]}; ids of the people, by household."""
    site, programme, at = Site.objects.get(name="Renk"), Programme.objects.get(), timezone.now()
    drafts = [
        HouseholdDraft(members=tuple(_member(m) for m in h["members"]), place=h.get("place", "SS0101"))
        for h in households
    ]
    made = enrol_households(operator=who("clerk"), site=site, programme=programme, households=drafts, at=at)
    ids = [
        [str(m.person_id) for m in household.memberships.order_by("person__enrolled_at", "id")]
        for household in made
    ]
    ordered = []
    for household, draft in zip(made, drafts, strict=True):
        by_name = {m.person.given: str(m.person_id) for m in household.memberships.select_related("person")}
        ordered.append([by_name[m.given] for m in draft.members])
    prints = [
        (UUID(person), _record(member["fingers"], member.get("impression", 1)))
        for people, household in zip(ordered, households, strict=True)
        for person, member in zip(people, household["members"], strict=True)
        if member.get("fingers")
    ]
    assert len(ids) == len(ordered)
    if prints:
        import_templates(operator=who("clerk"), site=site, items=prints, at=at)
    journal.seal(at=timezone.now())
    return ordered


def draft(peer: str, clauses: dict[str, Any]) -> str:
    made = services.draft_agreement(
        operator=who("officer"), peer_id=UUID(peer), clauses=clauses, at=timezone.now()
    )
    return made.digest


def sign(digest: str) -> bool:
    services.sign_agreement(operator=who("officer"), digest=digest, at=timezone.now())
    services.countersign_agreement(operator=who("guardian"), digest=digest, at=timezone.now())
    return True


def send(digest: str) -> bool:
    return (
        services.send_agreement(operator=who("officer"), digest=digest, at=timezone.now()).active_since
        is not None
    )


def export(digest: str, path: str) -> str:
    Path(path).write_bytes(services.bundle_of(digest))
    return path


def read(path: str) -> bool:
    kept = services.receive_bundle(Path(path).read_bytes(), at=timezone.now(), operator=who("officer"))
    return kept.active_since is not None


def state(digest: str) -> str:
    agreement = Agreement.objects.select_related("peer").get(digest=digest)
    return state_of(agreement.terms, standing_of(agreement), timezone.now())


def agreement_id(digest: str) -> str:
    return str(Agreement.objects.get(digest=digest).agreement_id)


def suspend(agreement: str) -> bool:
    services.suspend_agreement(
        operator=who("guardian"), agreement_id=UUID(agreement), reason="Contrôle", at=timezone.now()
    )
    return True


def lift(agreement: str) -> bool:
    services.lift_agreement(
        operator=who("guardian"), agreement_id=UUID(agreement), reason="Contrôlé", at=timezone.now()
    )
    return True


def beat() -> dict[str, str]:
    journal.seal(at=timezone.now())
    outcome = {}
    for peer in Peer.objects.all():
        try:
            services.beat(peer, at=timezone.now(), witness=True)
            outcome[peer.name] = "reached"
        except Refusal as refusal:
            outcome[peer.name] = refusal.code
    return outcome


def forget_countersignatures() -> int:
    return Countersignature.objects.all().delete()[0]


def overlap(agreement: str) -> dict[str, Any]:
    run = services.start_overlap(operator=who("officer"), agreement_id=UUID(agreement), at=timezone.now())
    return go_on_overlap(str(run.id))


def begin_overlap(agreement: str) -> str:
    return str(
        services.start_overlap(operator=who("officer"), agreement_id=UUID(agreement), at=timezone.now()).id
    )


def overlap_until(run: str, step: str) -> str:
    """Carry a run up to a step and die there, as a power cut would."""

    def report(now: str, _number: int, _total: int) -> None:
        if now == step:
            os._exit(9)

    services.drive_overlap(UUID(run), at=timezone.now(), report=report)
    return "survived"


def go_on_overlap(run: str) -> dict[str, Any]:
    done = services.drive_overlap(UUID(run), at=timezone.now())
    return {"state": done.state, "figures": done.figures}


def runs() -> list[dict[str, Any]]:
    return [
        {
            "state": r.state,
            "reason": r.reason,
            "figures": r.figures,
            "left": sorted(r.messages.values_list("step", flat=True)),
        }
        for r in OverlapRun.objects.all()
    ]


def links() -> list[dict[str, Any]]:
    return [
        {
            "person": str(link.person_id),
            "pair": link.pair,
            "withdrawn": link.withdrawn_by,
            "given": link.person.given,
            "id": str(link.id),
        }
        for link in Link.objects.select_related("person").order_by("pair")
    ]


def cases() -> list[dict[str, Any]]:
    return [
        {
            "id": str(c.id),
            "person": str(c.person_id),
            "why": c.why,
            "pair": c.pair,
            "relations": c.relations,
            "scores": c.print_scores,
            "total": c.total,
        }
        for c in PairCase.objects.order_by("pair")
    ]


def judge(case: str, same: bool) -> str:
    return services.judge_pair(
        operator=who("judge"), case_id=UUID(case), same=same, at=timezone.now()
    ).our_answer


def make(agreement: str) -> str:
    return str(
        services.make_package(operator=who("officer"), agreement_id=UUID(agreement), at=timezone.now()).id
    )


def deliver(package: str) -> str:
    return services.deliver_package(
        operator=who("officer"), package_id=UUID(package), at=timezone.now()
    ).state


def export_package(package: str, path: str) -> int:
    services.export_package(operator=who("officer"), package_id=UUID(package), target=Path(path))
    return Path(path).stat().st_size


def receive(path: str) -> dict[str, Any]:
    got = services.receive_file(Path(path), at=timezone.now(), operator=who("officer"))
    return {"state": got.state, "code": got.code, "receipt": got.receipt, "expected": got.expected}


def receive_waiting() -> list[str]:
    return [got.state for got in services.receive_waiting(at=timezone.now())]


def receipt(receipt: str) -> str:
    return services.import_receipt(
        operator=who("officer"), peer=Peer.objects.get(), receipt=receipt, at=timezone.now()
    ).state


def packages() -> list[dict[str, Any]]:
    return [
        {
            "id": str(p.id),
            "outgoing": p.outgoing,
            "sequence": p.sequence,
            "state": p.state,
            "counts": p.counts,
            "skipped": p.skipped,
            "reason": p.reason,
        }
        for p in Package.objects.order_by("made_at")
    ]


def statements(person: str) -> dict[str, Any]:
    rows = Statement.objects.filter(link__person_id=person, package__state="done").order_by("ordinal")
    return {said.field: said.value for said in rows}


def prints(person: str) -> int:
    return PartnerPrints.objects.filter(link__person_id=person, package__state="done").count()


def proposals() -> list[dict[str, Any]]:
    rows = Proposal.objects.select_related("link").order_by("opened_at", "id")
    return [
        {
            "id": str(p.id),
            "person": str(p.link.person_id),
            "field": p.field,
            "state": p.state,
            "by": p.settled_by,
            "ours": p.ours,
            "theirs": p.theirs,
        }
        for p in rows
    ]


def decide(proposal: str, accept: bool) -> str:
    return services.decide_proposal(
        operator=who("officer"), proposal_id=UUID(proposal), accept=accept, at=timezone.now()
    ).state


def equality(agreement: str) -> dict[str, Any]:
    found = services.prove_equality(operator=who("officer"), agreement_id=UUID(agreement), at=timezone.now())
    return {
        "equal": found.equal,
        "people": found.people,
        "waiting": found.waiting,
        "differing": [str(p) for p in found.differing],
    }


def person(person: str) -> dict[str, Any]:
    row = Person.objects.get(id=person)
    return {name: getattr(row, name) for name in ("given", "surname", "father", "mother", "sex", "phone")}


def correct(person: str, changes: dict[str, Any]) -> bool:
    correct_person(operator=who("clerk"), person_id=UUID(person), changes=changes, saw={}, at=timezone.now())
    return True


def answer(person: str, purpose: str, answer: str) -> bool:
    answer_purpose(
        operator=who("clerk"), person_id=UUID(person), answer=AnswerDraft(purpose, answer), at=timezone.now()
    )
    return True


def unlink(link: str) -> str:
    return services.withdraw_link(
        operator=who("guardian"), link_id=UUID(link), reason="Erreur", at=timezone.now()
    ).withdrawn_by


def lines(person: str) -> list[str]:
    """Actions of the entries that mention a person: their disclosure lines among them."""
    return sorted(Mention.objects.filter(person_id=person).values_list("entry__action", flat=True))


def verify() -> dict[str, Any]:
    report = verify_log()
    return {
        "sound": report.sound,
        "countersigned": report.countersigned,
        "faults": [fault.code for fault in report.faults],
    }


def compare() -> list[str]:
    return [f"{d.kind} {d.model} {d.fields}" for d in compare_state().differences]


def _member(body: dict[str, Any]) -> PersonDraft:
    year = body.get("year")
    return PersonDraft(
        given=body["given"],
        surname=body.get("surname", ""),
        father=body.get("father", ""),
        mother=body.get("mother", ""),
        sex=body.get("sex", ""),
        birth=birth_of(
            year=year, month=body.get("month"), day=body.get("day"), estimated=body.get("month") is None
        )
        if year
        else PersonDraft(given="").birth,
        phone=body.get("phone", ""),
        relationship=body.get("relationship", "head"),
        documents=tuple(DocumentDraft("national-id", number) for number in body.get("documents", ())),
        answers=(
            AnswerDraft("registration", "yes"),
            AnswerDraft("prints", body.get("prints", "yes")),
            AnswerDraft("sharing", body.get("sharing", "yes")),
        ),
        needs_protection=body.get("protected", False),
        unaccompanied=body.get("alone", False),
    )


def _record(fingers: dict[str, int], impression: int) -> bytes:
    return write_fmr(
        [
            FingerView(int(position), minutiae_finger(seed).impression(impression))
            for position, seed in fingers.items()
        ]
    )


def main() -> None:
    port, identity = int(sys.argv[1]), json.loads(sys.argv[2])
    out = sys.stdout
    sys.stdout = sys.stderr
    open_here(identity)
    from gada.project.wsgi import application

    server = waitress.create_server(application, host="127.0.0.1", port=port, threads=4)
    threading.Thread(target=server.run, daemon=True).start()
    _say(out, {"ready": True})
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            said = globals()[asked["deed"]](**asked["arguments"])
        except Refusal as refusal:
            said = {"refused": refusal.code}
        except Exception as error:  # noqa: BLE001
            import traceback

            traceback.print_exc()
            said = {"failed": repr(error)}
        _say(out, said)


def _say(out: Any, said: Any) -> None:
    out.write(json.dumps(said, default=str) + "\n")
    out.flush()


if __name__ == "__main__":
    assert datetime.now(UTC)
    assert Agency
    main()
