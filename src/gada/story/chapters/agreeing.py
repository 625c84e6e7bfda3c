"""Key cards, fingerprints read aloud, an agreement — and nothing without it, outside it, or while it is suspended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from gada.engine.proof.key_cards import fingerprint, read_key_card
from gada.story.plot import Agency, Story

NOWHERE = "00000000-0000-7000-8000-000000000000"
AUTHORITIES = {"phone": "newest", "place": "newest", "sex": "ours", "father": "theirs", "mother": "theirs"}


def tell(story: Story) -> None:
    telling, a, b = story.telling, story.a, story.b
    telling.chapter("3. An agreement, and nothing without it")
    with telling.step("exchange key cards, read the fingerprints aloud"):
        story.peers = {"A": _meet(a, b), "B": _meet(b, a)}
        _wrong_digits_are_refused(story)
    with telling.step("without an agreement every attempt is refused"):
        for agency in (a, b):
            agency.node.run("overlap", "run", str(uuid4()), "--by", "exchange", expect_failure=True)
            agency.node.run("package", "make", NOWHERE, "--by", "exchange", expect_failure=True)
    with telling.step("draft, sign and countersign on both sides"):
        _sign_on_both_sides(story)
    state = [_state(agency, story.digest) for agency in (a, b)]
    telling.hold("the agreement is in force on both sides", state == ["active", "active"], found=state)


def suspend_and_lift(story: Story) -> None:
    """Suspended at B, it stops on both sides; lifted, it resumes."""
    telling, a, b = story.telling, story.a, story.b
    with telling.step("suspend at B: both sides stop; lift: both resume"):
        waiting = a.node.run("package", "make", story.agreement, "--by", "exchange").splitlines()[-1]
        b.visit("dpo").submit(f"/agreements/{story.agreement}/suspend/", reason="vérification en cours")
        stopped_here = _cannot_send(b, story)
        receiving = _receiver_keeps_sealed(story, waiting)
        a.node.run("peer", "heartbeat", "--peer", story.peers["A"], "--no-witness")
        stopped_there = _cannot_send(a, story)
        b.visit("dpo").submit(f"/agreements/{story.agreement}/lift/", reason="vérification terminée")
        b.node.run("peer", "heartbeat", "--peer", story.peers["B"], "--no-witness")
        resumed = [_state(agency, story.digest) for agency in (a, b)]
        a.node.run("package", "deliver", waiting, "--by", "exchange")
    telling.hold("suspended, nothing leaves either side", stopped_here and stopped_there)
    telling.hold("suspended, what still arrives is not opened", receiving)
    telling.hold("lifted, it resumes on both sides", resumed == ["active", "active"], found=resumed)


def _meet(here: Agency, there: Agency) -> str:
    """Take the other side's card; type the digits as their officer reads them. The peer's id."""
    card = there.visit("exchange").read("/partners/card/").content
    here.visit("exchange").submit(
        "/partners/meet/",
        files={"card": ("partner.card", card, "application/json")},
        heard=fingerprint(read_key_card(card)),
        their_operator=f"Esther Zakari ({there.node.letter})",
        address=there.node.url,
    )
    known = here.node.run("peer", "list").splitlines()
    return next(line.split()[0] for line in known if there.node.name in line)


def _wrong_digits_are_refused(story: Story) -> None:
    card = story.b.visit("exchange").read("/partners/card/").content
    answer = story.a.visit("exchange").submit(
        "/partners/meet/", status=422, files={"card": ("partner.card", card, "application/json")}, heard="12345 " * 8,
        their_operator="Quelqu’un", address="",
    )
    story.telling.hold("digits that were misheard are refused", answer.status_code == 422)


def _sign_on_both_sides(story: Story) -> None:
    a, b = story.a, story.b
    officer = a.visit("exchange")
    page = officer.submit(
        "/agreements/new/",
        peer=story.peers["A"],
        purpose="Reconnaître les familles aidées par les deux agences",
        legal_basis="vital-interest",
        impact_assessment="Étude d’impact commune, mars 2026",
        programmes=[a.programme],
        prints="verify",
        prints_to="theirs",
        min_population="100",
        max_overlap="100000",
        max_strangers="200",
        valid_until=(datetime.now(UTC) + timedelta(days=300)).date().isoformat(),
        suspension="par appel entre déléguées",
        **{f"authority_{name}": authority for name, authority in AUTHORITIES.items()},
    )
    story.digest = page.url.path.rstrip("/").rsplit("/", 1)[1]
    story.agreement = _agreement_id(a, story.digest)
    path = f"/agreements/{story.digest}/"
    for agency in (a, b):
        agency.visit("exchange").submit(path, form="/sign/")
        agency.visit("dpo").submit(path, form="/countersign/")
        agency.visit("exchange").submit(path, form="/send/")
    for agency in (a, b):  # the receipts of the other side's signatures
        agency.node.run("agreement", "send", story.digest, "--by", "exchange")


def _agreement_id(agency: Agency, digest: str) -> str:
    """The id that stays through all versions."""
    lines = agency.node.run("agreement", "list").splitlines()
    return next(line.split()[1] for line in lines if line.startswith(digest))


def _state(agency: Agency, digest: str) -> str:
    lines = agency.node.run("agreement", "list").splitlines()
    return next((line.split()[-1] for line in lines if line.startswith(digest)), "unknown")


def _cannot_send(agency: Agency, story: Story) -> bool:
    said = agency.node.run("package", "make", story.agreement, "--by", "exchange", expect_failure=True)
    return "suspend" in said


def _receiver_keeps_sealed(story: Story, made: str) -> bool:
    """A does not know yet: what it still sends is refused or waits at B, and nothing of it becomes visible."""
    before = story.b.node.run("package", "list")
    story.a.node.run("package", "deliver", made, "--by", "exchange", expect_failure=True)
    after = story.b.node.run("package", "list")
    return "applied" not in after.replace(before, "")
