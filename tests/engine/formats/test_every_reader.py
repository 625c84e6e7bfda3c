"""Every reader of bytes from elsewhere, given random, cut and changed bytes: read, or refused in one clear sentence."""

from __future__ import annotations

import importlib
import inspect
import io
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import wsq  # noqa: F401  (registers the format with Pillow)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gada.engine import formats
from gada.engine.fingerprint import FingerprintImage, Template, image, wavelet_scalar
from gada.engine.formats.claim_169 import write_token
from gada.engine.formats.fmr import FingerView
from gada.engine.formats.minutiae_card import write_card_minutiae
from gada.engine.formats.package import read_manifest
from gada.engine.formats.package_manifest import Contents, Manifest
from gada.engine.formats.stored_image import StoredImage
from gada.engine.refusal import Invalid, Refusal
from tests.engine.fingerprint.made import a_file, ridges
from tests.engine.formats.test_an2k_minutiae import INCITS, LEGACY
from tests.engine.formats.test_cbeff import BIOAPI, XML
from tests.engine.formats.test_claim_169 import TOKENS
from tests.engine.formats.test_finger_images import RECORDS as IMAGES
from tests.engine.formats.test_finger_images import fir_2005
from tests.engine.formats.test_minutiae import RECORDS as MINUTIAE
from tests.engine.formats.test_minutiae import TEMPLATE
from tests.engine.formats.test_package import ADDRESS, PUBLIC, SECRET, B, make

WIDTH, HEIGHT = 160, 176
PRINT = ridges(width=WIDTH, height=HEIGHT)
PICTURES = {kind: a_file(PRINT, kind) for kind in ("PNG", "TIFF", "BMP", "JPEG", "JPEG2000")}
WSQ = a_file(PRINT, "WSQ")
CBEFF = [IMAGES["piv"], IMAGES["group"], IMAGES["group-3"], BIOAPI, XML]
FIR = [IMAGES["fir-2005"], IMAGES["fir-2011"], fir_2005(PRINT.tobytes(), compression=0)]


@dataclass(frozen=True, slots=True)
class Reader:
    """What reads, files that it takes, how its refusals begin, and how often it is tried (some take 60 ms)."""

    read: Callable[[bytes], object]
    valid: list[bytes]
    codes: tuple[str, ...]
    tries: int = 200


def module_of(name: str) -> object:
    """The public function of that name, wherever it is."""
    return getattr(importlib.import_module(READ_IN[name]), name)


def readers_in_the_house() -> dict[str, str]:
    """Name -> module of every public function that begins with read, unwrap or decode."""
    modules = [
        importlib.import_module(f"{formats.__name__}.{each.name}")
        for each in pkgutil.iter_modules(formats.__path__)
    ]
    return {
        name: module.__name__
        for module in [*modules, image, wavelet_scalar]
        for name, found in inspect.getmembers(module, inspect.isfunction)
        if found.__module__ == module.__name__ and re.match("read|unwrap|decode", name)
    }


READ_IN = readers_in_the_house()


def _manifest() -> bytes:
    root = "0" * 64
    contents = Contents(
        records=1, records_bytes=9, records_root=root, kinds={"person": 1}, blobs=0, blobs_bytes=0, blobs_root=root
    )
    return Manifest(ADDRESS, contents).to_bytes()


def _a_manifest(data: bytes) -> object:
    return read_manifest(io.BytesIO(data), secrets=[SECRET], recipient=B, public_key_for=lambda *_: PUBLIC)


IMAGE, FMR, STORED = ("image-",), ("fmr-",), ("fir-", "cbeff-", "an2k-", "image-")
EVERY_MINUTIAE = [*MINUTIAE.values(), INCITS, LEGACY, BIOAPI]
READERS = {
    "read_image": Reader(module_of("read_image"), [*PICTURES.values()], IMAGE),
    "decode_wsq": Reader(module_of("decode_wsq"), [WSQ], IMAGE, tries=20),
    "read_raw_image": Reader(
        lambda data: image.read_raw_image(data, width=WIDTH, height=HEIGHT), [PRINT.tobytes()], IMAGE
    ),
    "read_fir": Reader(module_of("read_fir"), FIR, STORED),
    "read_an2k": Reader(module_of("read_an2k"), [IMAGES["an2k"]], STORED),
    "read_finger_images": Reader(module_of("read_finger_images"), [*FIR, IMAGES["an2k"], *CBEFF[:3], XML], STORED),
    "unwrap_cbeff": Reader(module_of("unwrap_cbeff"), CBEFF, ("cbeff-",)),
    "unwrap_cbeff_xml": Reader(module_of("unwrap_cbeff_xml"), [XML], ("cbeff-",)),
    "read_fmr": Reader(module_of("read_fmr"), [MINUTIAE["iso-2005"]], FMR),
    "read_fmr_2011": Reader(module_of("read_fmr_2011"), [MINUTIAE["iso-2011"], MINUTIAE["iso-2011-by-hand"]], FMR),
    "read_incits_378": Reader(
        module_of("read_incits_378"), [data for name, data in MINUTIAE.items() if name.startswith("ansi")], FMR
    ),
    "read_minutiae": Reader(module_of("read_minutiae"), EVERY_MINUTIAE, ("fmr-", "cbeff-", "an2k-")),
    "read_an2k_minutiae": Reader(module_of("read_an2k_minutiae"), [INCITS, LEGACY], ("an2k-", "fmr-")),
    "read_card_minutiae": Reader(
        lambda data: module_of("read_card_minutiae")(data, compact=len(data) % 3 == 0),
        [write_card_minutiae(TEMPLATE, compact=compact) for compact in (True, False)], FMR,
    ),
    "read_manifest_bytes": Reader(module_of("read_manifest_bytes"), [_manifest()], ("package-",)),
    "decode": Reader(lambda data: module_of("decode")(data.decode("latin-1")), [b"BB8", b"%69 VD92EX0"], ("qr-",)),
    "read_plain_xml": Reader(
        module_of("read_plain_xml"), [b'<h:a xmlns:h="urn:x"><b c="1">d</b></h:a>', b"<data/>"], ("xml-",)
    ),
    "read_token": Reader(module_of("read_token"), [write_token(token) for token in TOKENS], ("qr-",)),
    "read_manifest": Reader(_a_manifest, [], ("package-", "seal-"), tries=40),
}  # fmt: skip
EVERY_READER = pytest.mark.parametrize("name", READERS)
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


def test_no_reader_is_forgotten():
    assert set(READ_IN) == set(READERS), "add the new reader to READERS, with files that it takes."


@pytest.fixture(scope="module", autouse=True)
def a_package(tmp_path_factory):
    """A sealed package is made once: it takes folders."""
    if not READERS["read_manifest"].valid:
        _, data = make(tmp_path_factory.mktemp("package"))
        READERS["read_manifest"].valid.append(data)


def check(reader: Reader, data: bytes) -> bool:
    """Whether it was read. What was read is a value; what was not is refused in one sentence."""
    try:
        found = reader.read(data)
    except Refusal as refusal:
        assert isinstance(refusal, Invalid) and refusal.code.startswith(reader.codes), refusal.code
        assert re.fullmatch(r"[A-Z][^\n]*[.]", str(refusal)), str(refusal)
        return False
    for each in found if isinstance(found, tuple | list) else (found,):
        look_into(each)
    return True


def look_into(found: object) -> None:
    """What a caller would do next must hold, or be refused likewise."""
    if isinstance(found, FingerView):
        found = found.template
    if isinstance(found, Template):
        assert found.x.min(initial=0) >= 0 and found.x.max(initial=0) <= found.width
        assert found.y.min(initial=0) >= 0 and found.y.max(initial=0) <= found.height
        assert found.kind.max(initial=0) <= 2 and found.quality.max(initial=0) <= 100
    elif isinstance(found, FingerprintImage):
        assert found.pixels.ndim == 2 and found.pixels.dtype.name == "uint8"
    elif isinstance(found, StoredImage) and found.data[:2] != b"\xff\xa0":  # each such would take a process
        try:
            look_into(found.read())
        except Invalid as refusal:
            assert refusal.code.startswith("image-")


@EVERY_READER
def test_what_it_takes_is_read(name):
    assert READERS[name].valid
    assert all(check(READERS[name], data) for data in READERS[name].valid)


@EVERY_READER
def test_nothing_and_anything_are_refused(name):
    @settings(unhurried, max_examples=READERS[name].tries)
    @given(st.binary(max_size=300), st.data())
    def any_bytes(data, draw):
        start = draw.draw(st.sampled_from(READERS[name].valid))
        begun = start[: draw.draw(st.integers(0, min(64, len(start))))]
        check(READERS[name], data)
        check(READERS[name], begun + data)

    any_bytes()
    check(READERS[name], b"")


@EVERY_READER
def test_a_file_cut_or_changed_anywhere_is_read_or_refused(name):
    @settings(unhurried, max_examples=READERS[name].tries)
    @given(st.data())
    def damaged(draw):
        check(READERS[name], draw.draw(damage(READERS[name].valid)))

    damaged()


@st.composite
def damage(draw: st.DrawFn, files: list[bytes]) -> bytes:
    """One of the files: cut, with bytes changed, with a piece doubled, left out or taken from another file."""
    data = bytearray(draw(st.sampled_from(files)))
    for _ in range(draw(st.integers(1, 4))):
        # the beginning is drawn more often: headers say how the rest is read
        at = draw(st.one_of(st.integers(0, min(80, len(data))), st.integers(0, len(data))))
        match draw(st.sampled_from(("change", "extreme", "cut", "leave out", "double", "insert", "mix"))):
            case "change" if at < len(data):
                data[at] = draw(st.integers(0, 255))
            case "extreme":
                data[at : at + 4] = draw(st.sampled_from((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff")))
            case "cut":
                del data[at:]
            case "leave out":
                del data[at : at + draw(st.integers(1, 40))]
            case "double":
                data[at:at] = data[at : at + draw(st.integers(1, 40))]
            case "insert":
                data[at:at] = draw(st.binary(max_size=8))
            case _:
                data[at:] = draw(st.sampled_from(files))[at:]
    return bytes(data)
