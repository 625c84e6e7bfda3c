"""A locked workbook that was damaged on its way gets one clear error, wherever the damage is."""

from __future__ import annotations

import io
import os
import random
from collections.abc import Callable

import openpyxl
import pytest

from gada.engine.proof.locked_workbook import lock_workbook, open_workbook
from gada.engine.refusal import Invalid

PASSWORD, LARGEST = "ACEF-2345", 10**7


@pytest.fixture(scope="module")
def locked() -> bytes:
    book, sink = openpyxl.Workbook(), io.BytesIO()
    for _ in range(100):
        book.active.append([os.urandom(30).hex()])
    book.save(sink)
    return lock_workbook(sink.getvalue(), PASSWORD)


def said_of(content: bytes) -> str:
    try:
        open_workbook(content, PASSWORD, largest_bytes=LARGEST)
    except Invalid as refusal:
        return refusal.code
    return ""


@pytest.mark.parametrize("sign", [lambda r: b"<&>"[r.randrange(3)], lambda r: r.randrange(256)])
def test_whatever_is_damaged_it_is_said(locked: bytes, sign: Callable[[random.Random], int]) -> None:
    chance, begins, ends = random.Random(3), locked.index(b"<?xml"), locked.index(b"</encryption>")
    for _ in range(40):
        content = bytearray(locked)
        content[chance.randrange(begins, ends - 40)] = sign(chance)
        assert said_of(bytes(content)) in ("", "workbook-password", "workbook-damaged")


def test_a_cut_workbook_is_damaged(locked: bytes) -> None:
    assert said_of(locked) == ""
    for length in (9, 512, 600, 2000, begins := locked.index(b"<?xml") + 300, begins + 900, len(locked) - 600):
        assert said_of(locked[:length]) in ("workbook-password", "workbook-damaged")
