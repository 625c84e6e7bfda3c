"""What was agreed is delivered: over the network, by hand, twice, cut, and with one byte flipped."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from gada.story.chapters.agreeing import suspend_and_lift
from gada.story.plot import Agency, Story


def tell(story: Story) -> None:
    telling, a, b = story.telling, story.a, story.b
    telling.chapter("5. Delivery, differences, equality")
    with telling.step("A to B over the network"):
        first = _make(a, story)
        a.node.run("package", "deliver", first, "--by", "exchange")
    with TemporaryDirectory() as folder:
        carried = Path(folder)
        with telling.step("B to A as a file, carried by hand"):
            made = _make(b, story)
            file = carried / "vers-a.gada"
            b.node.run("package", "export", made, str(file), "--by", "exchange")
            _flipped_byte(story, file)
            receipt = carried / "recu"
            a.node.run("package", "import", str(file), "--receipt", str(receipt), "--by", "exchange")
            b.node.run("package", "receipt", str(receipt), "--peer", story.peers["B"], "--by", "exchange")
        telling.figure("bytes of the package carried by hand", file.stat().st_size)
        before = _counts(a)
        with telling.step("the same file again, and the same delivery again"):
            a.node.run("package", "import", str(file), "--by", "exchange")
            a.node.run("package", "deliver", first, "--by", "exchange")
        telling.hold("delivering twice changes nothing", before == _counts(a))
    suspend_and_lift(story)
    with telling.step("settle differences: the authority, or a person at A, then at B"):
        settled = _decide_all(a, accept_every=2)
        a.node.run("package", "deliver", _make(a, story), "--by", "exchange")
        settled += _decide_all(b, accept_every=1)
        b.node.run("package", "deliver", _make(b, story), "--by", "exchange")
        settled += _decide_all(a, accept_every=1)
    telling.figure("differences decided by a person", settled)
    with telling.step("prove the settled values equal"):
        said = [
            agency.node.run("overlap", "equality", story.agreement, "--by", "exchange").splitlines()[0]
            for agency in (a, b)
        ]
    telling.figure("equality as both sides prove it", said[0])
    telling.hold(
        "both sides prove their settled values equal",
        all(line.startswith("equal:") for line in said),
        found=said,
    )


def _make(agency: Agency, story: Story) -> str:
    return agency.node.run("package", "make", story.agreement, "--by", "exchange").splitlines()[-1]


def _counts(agency: Agency) -> list[str]:
    """Packages and people as the node knows them."""
    lines = agency.node.run("package", "list").splitlines()
    return sorted(line for line in lines if " from " in line)


def _flipped_byte(story: Story, file: Path) -> None:
    """The same file with one byte changed is refused whole; the good one is still welcome."""
    bytes_ = bytearray(file.read_bytes())
    bytes_[len(bytes_) // 2] ^= 0x01
    bad = file.with_name("abime.gada")
    bad.write_bytes(bytes_)
    before = _counts(story.a)
    said = story.a.node.run("package", "import", str(bad), "--by", "exchange", expect_failure=True)
    story.telling.hold("one flipped byte is refused, nothing half-applied", before == _counts(story.a), found=said)


def _decide_all(agency: Agency, *, accept_every: int) -> int:
    """A person looks at each difference: theirs is taken over every so often, ours is kept otherwise."""
    officer, decided = agency.visit("exchange"), 0
    while waiting := officer.api("GET", "differences"):
        for each in waiting:
            decided += 1
            accept = decided % accept_every == 0
            officer.api("POST", f"differences/{each['proposal']}", json={"accept": accept})
    return decided
