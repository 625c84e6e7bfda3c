"""Whatever the file, the outcome is a grey image at 500 dpi or an Invalid that says what to do."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gada.engine.fingerprint import parameters, read_image
from gada.engine.refusal import Invalid
from tests.engine.fingerprint.made import a_file, ridges

PRINT = ridges()


def refused(data: bytes, **options: object) -> str:
    with pytest.raises(Invalid) as refusal:
        read_image(data, **options)
    assert str(refusal.value).endswith(".")
    return refusal.value.code


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "JPEG", "JPEG2000"])
def test_each_format_is_read(kind):
    image = read_image(a_file(PRINT, kind))
    assert image.pixels.shape == PRINT.shape
    assert image.pixels.dtype == np.uint8
    assert np.abs(image.pixels.astype(int) - PRINT).mean() < 4
    assert image.source_dpi == 500


def test_pixels_cannot_be_changed_afterwards():
    with pytest.raises(ValueError):
        read_image(a_file(PRINT)).pixels[0, 0] = 1


def test_colour_transparent_palette_and_deep_images_become_grey():
    deep = (PRINT.astype(np.uint16) << 2) + 700  # 10 bits stored in 16
    colour = np.stack([PRINT] * 3, axis=2)
    glass = np.dstack((colour, np.where(PRINT > 245, 0, 255).astype(np.uint8)))
    palette = io.BytesIO()
    Image.fromarray(PRINT).convert("P").save(palette, "PNG")
    for data in (a_file(deep), a_file(colour), a_file(glass), palette.getvalue(), a_file(deep, "TIFF")):
        pixels = read_image(data).pixels.astype(float)
        assert np.corrcoef(pixels.ravel(), PRINT.ravel())[0, 1] > 0.98


def test_resolution_of_the_file_or_the_caller_is_brought_to_500():
    twice = np.array(Image.fromarray(PRINT).resize((640, 720)))
    assert read_image(a_file(twice, dpi=(1000, 1000))).pixels.shape == PRINT.shape
    assert read_image(a_file(twice), dpi=1000).pixels.shape == PRINT.shape
    assert read_image(a_file(PRINT, dpi=(1000, 1000)), dpi=500).pixels.shape == PRINT.shape


@pytest.mark.parametrize("dpi", [1, 72, 96, 5000])
def test_a_resolution_that_no_scanner_has_is_taken_for_absent(dpi):
    image = read_image(a_file(PRINT, "TIFF", dpi=(dpi, dpi)))
    assert image.source_dpi == 500
    assert image.pixels.shape == PRINT.shape


def test_an_impossible_resolution_from_the_caller_is_refused():
    assert refused(a_file(PRINT), dpi=1) == "image-resolution"


def a_png_header(width: int, height: int) -> bytes:
    """The beginning of a PNG that promises much and holds nothing."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = b"IDAT" + zlib.compress(b"\0" * 100)
    chunks = (struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in (header, body))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_each_bad_file_has_its_own_answer():
    random = np.random.default_rng(1)
    whole = a_file(PRINT)
    assert refused(b"") == "image-empty"
    assert refused(b"%PDF-1.7 not an image") == "image-unknown-format"
    assert refused(whole[: len(whole) // 2]) == "image-unreadable"
    assert refused(a_png_header(60000, 60000)) == "image-too-large"
    assert refused(whole + b"\0" * parameters.MOST_BYTES) == "image-too-large"
    assert refused(a_file(PRINT[:40, :40])) == "image-too-small"
    assert refused(a_file(np.full((300, 300), 250, np.uint8))) == "image-blank"
    assert refused(a_file(random.integers(0, 256, (300, 300)).astype(np.uint8))) == "image-not-a-finger"


def a_picture() -> np.ndarray:
    """What a camera sees of anything: energy falling with frequency, edges, no ridges."""
    random = np.random.default_rng(5)
    rough = np.fft.rfft2(random.normal(size=(400, 400)))
    down, across = np.meshgrid(np.fft.fftfreq(400), np.fft.rfftfreq(400), indexing="ij")
    scene = np.fft.irfft2(rough / np.maximum(np.hypot(down, across), 1 / 400) ** 1.3)
    scene = (scene - scene.min()) / np.ptp(scene) * 255
    scene[150:250, 100:300] = 255 - scene[150:250, 100:300]
    return scene.astype(np.uint8)


def test_a_photograph_is_no_fingerprint():
    assert refused(a_file(a_picture())) == "image-not-a-finger"
    assert refused(a_file(np.stack([a_picture()] * 3, axis=2), "JPEG")) == "image-not-a-finger"


@given(
    st.binary(max_size=200), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"II*\0", b"BM", b"\xff\xd8\xff"])
)
@settings(max_examples=300, deadline=None)
def test_arbitrary_bytes_are_only_ever_invalid(data, start):
    assert refused(start + data).startswith("image-")


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "JPEG", "JPEG2000"])
def test_damaged_files_are_read_or_invalid(kind):
    whole = a_file(PRINT[:120, :160], kind)
    random = np.random.default_rng(9)
    for _ in range(60):
        damaged = bytearray(whole[: int(random.integers(10, len(whole) + 1))])
        for place in random.integers(0, len(damaged), 4):
            damaged[place] = random.integers(0, 256)
        try:
            assert read_image(bytes(damaged)).pixels.ndim == 2
        except Invalid as refusal:
            assert refusal.code.startswith("image-")


def test_wsq_is_read_and_its_damage_harms_nobody():
    import wsq  # noqa: F401  (registers the format with Pillow)

    whole = a_file(PRINT, "WSQ")
    image = read_image(whole)
    assert image.pixels.shape == PRINT.shape
    assert np.corrcoef(image.pixels.ravel(), PRINT.ravel())[0, 1] > 0.95
    assert refused(whole[:3000]) == "image-unreadable"
    assert refused(b"\xff\xa0") == "image-unreadable"
    huge = whole.replace(struct.pack(">HH", 360, 320), struct.pack(">HH", 60000, 60000), 1)
    assert refused(huge) == "image-too-large"


def test_every_real_print_is_accepted(test_data):
    folder = test_data / "fingerprints"
    files = sorted((folder / "uareu").glob("*.png"))[::40] + sorted(folder.glob("fvc2002/db*/*_8.png"))
    assert files
    for path in files:
        assert read_image(path.read_bytes()).pixels.shape[0] > 200, path.name
