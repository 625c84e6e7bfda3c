import io
import tracemalloc
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from gada.engine.formats.package import (
    Address,
    Limits,
    PackageReader,
    PackageWriter,
    read_manifest,
    receive_package,
)
from gada.engine.formats.package_manifest import Contents, Manifest
from gada.engine.formats.package_writer import MAGIC
from gada.engine.proof.canonical import canonical_bytes
from gada.engine.proof.digests import digest_hex
from gada.engine.proof.merkle import leaf_hash, root
from gada.engine.proof.sealing import new_sealing_key, open_stream, seal_stream
from gada.engine.proof.secrets import Cipher, new_key
from gada.engine.proof.signing import key_id_of, new_signing_key, sign
from gada.engine.refusal import Invalid, NotFound, Refusal

A, B = uuid4(), uuid4()
CIPHER = Cipher(new_key())
SECRET, RECIPIENT = new_sealing_key()
PRIVATE, PUBLIC = new_signing_key()
ADDRESS = Address(
    package_id=uuid4(),
    agreement=digest_hex(b"agreement"),
    agreement_version=2,
    sender=A,
    recipient=B,
    sequence=1,
    previous=None,
    made_at=datetime(2026, 11, 22, 14, 2, tzinfo=UTC),
    journal_head={"size": 12, "root": digest_hex(b"head")},
    about={"mode": "delivery"},
)
RECORDS = [{"kind": "person", "number": n, "given": f"Nyabol {n}", "photo": None} for n in range(40)]
BLOBS = [bytes([n]) * (n * 30 + 1) for n in range(25)]


def make(folder, *, records=RECORDS, blobs=BLOBS, address=ADDRESS, recipient_key=RECIPIENT, private=PRIVATE):
    sink = io.BytesIO()
    with PackageWriter(folder, CIPHER) as writer:
        for record in records:
            writer.add_record(record)
        for blob in blobs:
            writer.add_blob(blob)
        finished = writer.finish(
            sink, address=address, recipient_key=recipient_key, signing_key=private, key_id=key_id_of(PUBLIC)
        )
    assert list(folder.iterdir()) == []
    assert (finished.sealed_bytes, finished.sealed_digest) == (
        len(sink.getvalue()),
        digest_hex(sink.getvalue()),
    )
    return finished.manifest, sink.getvalue()


def key_of_a(manifest, key_id):
    assert (manifest.address.sender, key_id) == (A, key_id_of(PUBLIC))
    return PUBLIC


def receive(data, folder, **changes):
    values = {
        "secrets": [SECRET],
        "recipient": B,
        "public_key_for": key_of_a,
        "staging": folder / "staged",
        "cipher": CIPHER,
    }
    return receive_package(io.BytesIO(data), **values | changes)


def refusal_of(data, folder, **changes):
    with pytest.raises(Refusal) as refusal:
        receive(data, folder, **changes)
    assert list(folder.iterdir()) == []  # nothing half-applied, nothing left behind
    return refusal.value.code


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("packages")


@pytest.fixture(scope="module")
def package(folder):
    return make(folder)


@pytest.fixture(scope="module")
def data(package):
    return package[1]


def test_comes_back_whole(tmp_path, package):
    manifest, data = package
    with receive(data, tmp_path, sealed_bytes=len(data)) as reader:
        assert reader.manifest == manifest
        assert reader.manifest.contents.kinds == {"person": 40}
        assert [record.value for record in reader.records()] == RECORDS
        for blob in BLOBS:
            assert reader.blob(digest_hex(blob)) == blob
        with pytest.raises(NotFound):
            reader.blob(digest_hex(b"absent"))


def test_application_goes_on_from_a_recorded_offset_after_a_restart(tmp_path, data):
    receive(data, tmp_path).close()
    with PackageReader(tmp_path / "staged", CIPHER) as reader:
        everything = list(reader.records())
    for stop in everything:
        with PackageReader(tmp_path / "staged", CIPHER) as reader:
            rest = list(reader.records(offset=stop.next_offset, number=stop.number))
        assert rest == everything[stop.number :]
    with PackageReader(tmp_path / "staged", CIPHER) as reader:
        assert [len(batch) for batch in reader.batches(size=15)] == [15, 15, 10]


def test_what_a_killed_process_left_is_received_again(tmp_path, data):
    receive(data, tmp_path).close()
    left = (tmp_path / "staged").read_bytes()
    (tmp_path / "staged").write_bytes(left[:26] + bytes(541) + left[567:3000])  # no header yet, cut
    with pytest.raises(Invalid) as refusal:
        PackageReader(tmp_path / "staged", CIPHER)
    assert refusal.value.code == "staging-incomplete"
    with receive(data, tmp_path) as reader:
        assert len(list(reader.records())) == len(RECORDS)


def test_empty_and_repeated(tmp_path):
    _, data = make(tmp_path, records=[], blobs=[])
    with receive(data, tmp_path) as reader:
        assert list(reader.records()) == []
        assert reader.manifest.contents.records == 0
    (tmp_path / "staged").unlink()
    manifest, _ = make(tmp_path, blobs=[b"same", b"same"])
    assert manifest.contents.blobs == 1


def test_what_waits_on_disk_cannot_be_read(tmp_path, data):
    receive(data, tmp_path).close()
    assert b"Nyabol" not in (tmp_path / "staged").read_bytes()


def test_manifest_alone(data):
    arguments = {"secrets": [SECRET], "recipient": B, "public_key_for": key_of_a}
    assert read_manifest(io.BytesIO(data), **arguments).address == ADDRESS
    with pytest.raises(Invalid) as refusal:
        read_manifest(io.BytesIO(data[:150]), **arguments)
    assert refusal.value.code == "package-truncated"


def regions(data):
    body = data.index(b"\n--- ") + 5 + 43 + 1
    return [(0, body), (body, body + 16), (body + 16, len(data))]


@given(choice=st.data())
@settings(max_examples=300, deadline=None)
def test_a_flipped_bit_anywhere(folder, data, choice):
    start, end = choice.draw(st.sampled_from(regions(data)))
    at = choice.draw(st.integers(start, end - 1))
    damaged = bytearray(data)
    damaged[at] ^= 1 << choice.draw(st.integers(0, 7))
    codes = {"package-seal-broken", "package-wrong-recipient", "package-truncated"}
    assert refusal_of(bytes(damaged), folder) in codes


@given(choice=st.data())
@settings(max_examples=200, deadline=None)
def test_a_cut_anywhere(folder, data, choice):
    cut = data[: choice.draw(st.integers(0, len(data) - 1))]
    assert refusal_of(cut, folder) in {"package-truncated", "package-seal-broken"}
    assert refusal_of(cut, folder, sealed_bytes=len(data)) == "package-truncated"


def test_something_appended(folder, data):
    assert refusal_of(data + b"x", folder) == "package-seal-broken"
    assert refusal_of(data, folder, sealed_bytes=len(data) - 1) == "package-seal-broken"


def test_no_package_at_all(folder):
    assert refusal_of(b"", folder) == "package-truncated"
    assert refusal_of(b"kind,given\n" * 50, folder) == "package-seal-broken"


def test_for_somebody_else(tmp_path):
    _, other_seal = make(tmp_path, recipient_key=new_sealing_key()[1])
    assert refusal_of(other_seal, tmp_path) == "package-wrong-recipient"
    _, other_name = make(tmp_path, address=replace(ADDRESS, recipient=uuid4()))
    assert refusal_of(other_name, tmp_path) == "package-wrong-recipient"


def test_rotated_sealing_keys(tmp_path, data):
    receive(data, tmp_path, secrets=[new_sealing_key()[0], SECRET]).close()


def test_signed_by_somebody_else(tmp_path):
    _, data = make(tmp_path, private=new_signing_key()[0])
    assert refusal_of(data, tmp_path) == "package-signature"


def test_the_exchange_refuses_before_anything_is_written(tmp_path, data):
    def suspended(manifest, key_id):
        assert list(tmp_path.iterdir()) == []
        raise Refusal("agreement-suspended")

    assert refusal_of(data, tmp_path, public_key_for=suspended) == "agreement-suspended"


# What a partner could make by hand: a seal and a signature of its own over anything.


@dataclass
class Forgery:
    """The inside of a package, each part replaceable; the manifest is honest unless changed."""

    lines: list = field(default_factory=lambda: [canonical_bytes(record) for record in RECORDS])
    blobs: list = field(default_factory=lambda: list(BLOBS))
    contents: dict = field(default_factory=dict)
    address: Address = ADDRESS
    payload: bytes | None = None
    typ: str = "manifest"
    after: bytes = b""

    def inside(self):
        records = b"".join(line + b"\n" for line in self.lines)
        blobs = b"".join(len(blob).to_bytes(4, "big") + blob for blob in self.blobs)
        honest = {
            "records": len(self.lines),
            "records_bytes": len(records),
            "records_root": root(map(leaf_hash, self.lines)).hex(),
            "kinds": {"person": len(self.lines)},
            "blobs": len(self.blobs),
            "blobs_bytes": len(blobs),
            "blobs_root": root(map(leaf_hash, self.blobs)).hex(),
        }
        manifest = Manifest(self.address, Contents(**honest | self.contents))
        payload = manifest.to_bytes() if self.payload is None else self.payload
        jws = sign(PRIVATE, typ=self.typ, payload=payload, key_id=key_id_of(PUBLIC)).encode()
        beginning = MAGIC + len(payload).to_bytes(4, "big") + payload + len(jws).to_bytes(2, "big") + jws
        return beginning + records + blobs + self.after

    def sealed(self):
        return seal(zstandard.compress(self.inside()))


def seal(inside):
    sink = io.BytesIO()
    seal_stream(RECIPIENT, io.BytesIO(inside), sink)
    return sink.getvalue()


def test_an_honest_forgery_is_accepted(tmp_path):
    with receive(Forgery().sealed(), tmp_path) as reader:
        assert [record.value for record in reader.records()] == RECORDS


def test_ours_reads_as_documented(data):
    compressed = io.BytesIO()
    open_stream(SECRET, io.BytesIO(data), compressed, limit_bytes=1 << 20)
    inside = zstandard.ZstdDecompressor().decompressobj().decompress(compressed.getvalue())
    assert inside == Forgery().inside()


ZEROS = "0" * 64


@pytest.mark.parametrize(
    ("forgery", "code"),
    [
        (Forgery(typ="receipt"), "package-signature"),
        (Forgery(contents={"records_root": ZEROS}), "package-root"),
        (Forgery(contents={"blobs_root": ZEROS}), "package-root"),
        (Forgery(contents={"records": 41, "kinds": {"person": 41}}), "package-counts"),
        (Forgery(contents={"kinds": {"person": 39, "household": 1}}), "package-counts"),
        (Forgery(contents={"blobs": 24}), "package-counts"),
        (Forgery(contents={"records_bytes": 7}), "package-counts"),
        (Forgery(contents={"blobs_bytes": 10**5}), "package-counts"),
        (Forgery(contents={"blobs_bytes": 7}), "package-counts"),
        (Forgery(contents={"blobs_bytes": (4 + 1) + (4 + 31)}), "package-bomb"),
        (Forgery(after=b"x"), "package-bomb"),
        (Forgery(contents={"records": 10**9, "kinds": {"person": 10**9}}), "package-too-large"),
        (Forgery(contents={"records_bytes": 10**15}), "package-too-large"),
        (Forgery(contents={"blobs": 10**9}), "package-too-large"),
        (Forgery(lines=[b'{"kind":"person","kind":"person"}']), "package-record-malformed"),
        (Forgery(lines=[b'{"kind": "person"}']), "package-record-malformed"),
        (Forgery(lines=[b'{"kind":"person","weight":1.5}']), "package-record-malformed"),
        (Forgery(lines=[b'{"person":"kind"}']), "package-record-malformed"),
        (Forgery(lines=[b"[]"]), "package-record-malformed"),
        (Forgery(lines=[b""]), "package-record-malformed"),
        (Forgery(lines=[b"\xff"]), "package-record-malformed"),
        (Forgery(lines=[b"[" * 5000]), "package-record-malformed"),
        (Forgery(lines=[b"x" * 300_000]), "package-record-malformed"),
        (Forgery(blobs=[b"same", b"same"]), "package-blob-malformed"),
        (Forgery(payload=b""), "package-manifest-malformed"),
        (Forgery(payload=b"{}"), "package-manifest-malformed"),
        (Forgery(payload=b" " * (1 << 20)), "package-manifest-malformed"),
        (Forgery(payload=b" " * ((1 << 20) + 1)), "package-manifest-too-large"),
        (Forgery(address=replace(ADDRESS, sequence=2)), "package-manifest-malformed"),
        (Forgery(address=replace(ADDRESS, previous=ZEROS)), "package-manifest-malformed"),
        (Forgery(address=replace(ADDRESS, agreement="x")), "package-manifest-malformed"),
        (Forgery(contents={"records": -1, "kinds": {"person": -1}}), "package-manifest-malformed"),
        (Forgery(contents={"kinds": {}}), "package-manifest-malformed"),
    ],
)
def test_a_dishonest_partner(tmp_path, forgery, code):
    assert refusal_of(forgery.sealed(), tmp_path) == code


def test_a_blob_over_the_limit(tmp_path):
    forged = Forgery(blobs=[bytes(2000)]).sealed()
    assert refusal_of(forged, tmp_path, limits=Limits(blob_bytes=1999)) == "package-blob-malformed"
    with PackageWriter(tmp_path, CIPHER, limits=Limits(blob_bytes=1999, record_bytes=20)) as writer:
        with pytest.raises(Invalid):
            writer.add_blob(bytes(2000))
        for wrong in ({"kind": "person", "given": "Nyabol"}, {"person": 1}, {"kind": 1}):
            with pytest.raises(Invalid):
                writer.add_record(wrong)


def test_the_inside_is_cut_though_the_seal_is_whole(tmp_path):
    inside = Forgery().inside()
    records = inside.index(b'{"given"')
    for length, code in (
        (0, "package-truncated"),
        (5, "package-truncated"),
        (records - 1, "package-truncated"),
        (records, "package-counts"),
        (len(inside) - 1, "package-counts"),
    ):
        assert refusal_of(seal(zstandard.compress(inside[:length])), tmp_path) == code


def test_damage_under_a_whole_seal(tmp_path):
    assert refusal_of(seal(b"not compressed at all"), tmp_path) == "package-compression"
    assert refusal_of(seal(zstandard.compress(b"another format" * 9)), tmp_path) == "package-format"
    later = bytearray(Forgery().inside())
    later[5] = 2
    assert refusal_of(seal(zstandard.compress(bytes(later))), tmp_path) == "package-format"
    assert (
        refusal_of(seal(zstandard.compress(Forgery().inside()) + b"junk"), tmp_path) == "package-compression"
    )


def zeros_compressed(size):
    compressor = zstandard.ZstdCompressor(level=3).chunker()
    pieces = []
    for _ in range(size >> 20):
        pieces += compressor.compress(bytes(1 << 20))
    return b"".join([*pieces, *compressor.finish()])


def test_bombs(tmp_path):
    gigabytes = zeros_compressed(4 << 30)
    assert len(gigabytes) < 1 << 20
    honest = zstandard.compress(Forgery().inside())
    promised = Forgery(contents={"blobs_bytes": 4 << 30}).inside()
    wide = zstandard.ZstdCompressor(
        compression_params=zstandard.ZstdCompressionParameters(window_log=27)
    ).compressobj()
    wide_window = wide.compress(Forgery(blobs=[bytes(1 << 20)]).inside()) + wide.flush()
    tracemalloc.start()
    assert refusal_of(seal(gigabytes), tmp_path) == "package-format"
    assert refusal_of(seal(honest + gigabytes), tmp_path) == "package-bomb"
    assert refusal_of(seal(zstandard.compress(promised) + gigabytes), tmp_path) == "package-counts"
    assert refusal_of(seal(wide_window), tmp_path) == "package-bomb"
    assert refusal_of(Forgery().sealed(), tmp_path, limits=Limits(sealed_bytes=500)) == "package-too-large"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12 << 20


def test_memory_stays_bounded_at_ten_thousand_records(tmp_path):
    def one(number):
        return {"kind": "person", "number": number, "about": digest_hex(str(number).encode()) * 10}

    sealed, received = tmp_path / "sealed.gada", tmp_path / "staged"
    tracemalloc.start()
    with PackageWriter(tmp_path, CIPHER) as writer, sealed.open("wb") as sink:
        for number in range(10_000):
            writer.add_record(one(number))
            writer.add_blob(digest_hex(b"blob%d" % number).encode() * 10)
        writer.finish(
            sink, address=ADDRESS, recipient_key=RECIPIENT, signing_key=PRIVATE, key_id=key_id_of(PUBLIC)
        )
    with sealed.open("rb") as source:
        reader = receive_package(
            source, secrets=[SECRET], recipient=B, public_key_for=key_of_a, staging=received, cipher=CIPHER
        )
    with reader:
        count = sum(record.value == one(record.number - 1) for record in reader.records())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 10_000
    assert received.stat().st_size > 12_000_000
    assert peak < 10 << 20  # the data are 13 MB, of which the reader keeps 4


def test_manifest_of_a_later_package(tmp_path):
    first, _ = make(tmp_path)
    address = replace(ADDRESS, package_id=UUID(int=2), sequence=2, previous=first.digest)
    second, data = make(tmp_path, address=address)
    with receive(data, tmp_path) as reader:
        assert reader.manifest.address.previous == first.digest != second.digest
