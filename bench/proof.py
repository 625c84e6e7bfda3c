"""Proof measured: trees, signatures, boxes, canonical JSON, a package of 10 000 records, an overlap.

usage: python -m bench.proof [--records 10000] [--tokens 2000]

The package is made, sealed, received and read; its peak of memory is that of a process of its own, over
what the same process needs before it begins.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import rfc8785

from gada.engine.formats.package import Address, PackageWriter, receive_package
from gada.engine.proof import psi, secrets, signing
from gada.engine.proof.canonical import canonical_bytes
from gada.engine.proof.digests import digest_hex, sha256
from gada.engine.proof.merkle import Frontier, Tree, leaf_hash, verify_inclusion
from gada.engine.proof.sealing import new_sealing_key

PERSON = {
    "kind": "person",
    "schema": 1,
    "given": "Nyabol",
    "family": "Deng Garang",
    "birth": {"year": 1990, "month": 5},
    "languages": ["nus", "din", "français"],
}
MAXIMUM_RSS = "VmHWM:"


def rate(name: str, count: int, work: Callable[[], object]) -> None:
    started = time.perf_counter()
    work()
    print(f"{name:<58} {count / (time.perf_counter() - started):>12,.0f} /s")


def trees(count: int = 100_000) -> None:
    entries = [number.to_bytes(200, "big") for number in range(count)]
    leaves = [leaf_hash(entry) for entry in entries]
    rate("tree: leaves hashed and appended", count, lambda: Frontier().extend(map(leaf_hash, entries)).root())
    tree = Tree(leaves)
    top, some = tree.root(), range(0, count, 10)
    rate(
        f"tree: inclusion among {count:,} proved and verified",
        len(some),
        lambda: [
            verify_inclusion(leaves[at], index=at, size=count, proof=tree.inclusion_proof(at), root=top)
            or exit(1)
            for at in some
        ],
    )


def keys(count: int = 5_000) -> None:
    private, public = signing.new_signing_key()
    key_id, body = signing.key_id_of(public), canonical_bytes(PERSON)
    signed = signing.sign(private, typ="head", payload=body, key_id=key_id)
    rate("signatures made", count, lambda: [
        signing.sign(private, typ="head", payload=body, key_id=key_id) for _ in range(count)
    ])  # fmt: skip
    rate("signatures verified", count, lambda: [
        signing.verify(public, signed, typ="head", payload=body) for _ in range(count)
    ])  # fmt: skip
    key = secrets.new_key()
    rate("facts sealed and opened", count, lambda: [
        secrets.open_sealed(key, secrets.seal(key, body, context=b"facts"), context=b"facts") for _ in range(count)
    ])  # fmt: skip
    rate("canonical JSON of a person", count, lambda: [canonical_bytes(PERSON) for _ in range(count)])
    rate("  the peer: rfc8785 alone, without our checks", count, lambda: [
        rfc8785.dumps(PERSON) for _ in range(count)
    ])  # fmt: skip
    started = time.perf_counter()
    secrets.wrap(key, "correct horse battery staple")
    print(f"{'one guess of a passphrase':<58} {time.perf_counter() - started:>12.2f} s")


def package(records: int) -> None:
    """One package: 1 record and 2 blobs of 400 random bytes (like two fingers) per person."""
    node, partner = uuid4(), uuid4()
    secret, recipient = new_sealing_key()
    private, public = signing.new_signing_key()
    address = Address(
        uuid4(),
        digest_hex(b"agreement"),
        1,
        node,
        partner,
        1,
        None,
        datetime.now(UTC),
        {},
        {"mode": "delivery"},
    )
    cipher, before = secrets.Cipher(secrets.new_key()), peak_megabytes()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        started = time.perf_counter()
        with PackageWriter(folder, cipher) as writer, (folder / "a.gada").open("wb") as sink:
            for number in range(records):
                fingers = [writer.add_blob(b"".join(sha256(b"%d %d %d" % (number, finger, part))
                           for part in range(13))) for finger in (1, 2)]  # fmt: skip
                writer.add_record(PERSON | {"person": str(number), "fingers": fingers})
            done = writer.finish(
                sink,
                address=address,
                recipient_key=recipient,
                signing_key=private,
                key_id=signing.key_id_of(public),
            )
        made = time.perf_counter()
        with (folder / "a.gada").open("rb") as source:
            reader = receive_package(
                source, secrets=[secret], recipient=partner, public_key_for=lambda *_: public,
                staging=folder / "staged", cipher=cipher, sealed_bytes=done.sealed_bytes,
            )  # fmt: skip
        verified = time.perf_counter()
        with reader:
            read = sum(
                len(reader.blob(digest)) for each in reader.records() for digest in each.value["fingers"]
            )
        assert read == records * 2 * 13 * 32
        print(f"package of {records:,} people, {2 * records:,} blobs, {done.sealed_bytes / 1e6:.1f} MB:")
        print(f"  made and sealed {made - started:.2f} s, received and verified {verified - made:.2f} s, "
              f"read with every blob {time.perf_counter() - verified:.2f} s")  # fmt: skip
    if before:
        print(f"  peak memory {peak_megabytes():.0f} MB, of which {before:.0f} MB before it began")


def peak_megabytes() -> float:
    """The most this process has held in memory; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    lines = status.read_text("ascii").splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(MAXIMUM_RSS)), 0)


def overlap(count: int) -> None:
    if not psi.available():
        print("overlap: the extra gada[overlap] is not installed")
        return
    ours = [sha256(b"%d" % number)[:16] for number in range(count)]
    theirs = [sha256(b"%d" % number)[:16] for number in range(count // 2, count // 2 + count)]
    started = time.perf_counter()
    client, server = psi.Client(ours, reveal=True), psi.Server(theirs, reveal=True)
    setup, request = server.setup(), client.request()
    response = server.respond(request)
    found = client.common_indices(setup=setup, response=response)
    assert found == tuple(range(count // 2, count))
    size = (len(setup) + len(request) + len(response)) / 1e6
    print(
        f"overlap of {count:,} with {count:,} tokens: {time.perf_counter() - started:.2f} s, {size:.2f} MB exchanged"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--tokens", type=int, default=2_000)
    parser.add_argument("--only-package", action="store_true")
    chosen = parser.parse_args()
    if chosen.only_package:
        package(chosen.records)
        return
    trees()
    keys()
    sys.stdout.flush()
    subprocess.run(
        [sys.executable, "-m", "bench.proof", "--only-package", "--records", str(chosen.records)], check=True
    )
    overlap(chosen.tokens)


if __name__ == "__main__":
    main()
