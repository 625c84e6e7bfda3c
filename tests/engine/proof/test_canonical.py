import json
import unicodedata

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from gada.engine.proof.canonical import LARGEST_INTEGER, canonical_bytes, normalise_text, parse_canonical
from gada.engine.refusal import Invalid

texts = st.text(st.characters(exclude_categories=["Cs"])).map(normalise_text)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_agrees_with_the_reference_and_comes_back(value):
    data = canonical_bytes(value)
    assert data == rfc8785.dumps(value)
    assert parse_canonical(data) == value


def test_the_example_of_the_rfc_without_its_floats():
    # RFC 8785 §3.2.2, strings and literals.
    value = {"string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/", "literals": [None, True, False]}
    assert (
        canonical_bytes(value)
        == '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'.encode()
    )


def test_keys_sort_by_utf16_as_in_the_rfc():
    # RFC 8785 §3.2.3, with its Hebrew letter spelt in NFC.
    keys = ["\u20ac", "\r", "\u05d3", "1", "\U0001f600", "\u0080", "\u00f6"]
    ordered = list(json.loads(canonical_bytes(dict.fromkeys(keys, 0))))
    assert ordered == ["\r", "1", "\u0080", "\u00f6", "\u05d3", "\u20ac", "\U0001f600"]
    assert list(json.loads(canonical_bytes({"\ue000": 0, "\U0001f600": 0}))) == ["\U0001f600", "\ue000"]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1.0, "canonical-float"),
        ({"a": [float("nan")]}, "canonical-float"),
        (2**53, "canonical-integer"),
        (-(2**53), "canonical-integer"),
        (unicodedata.normalize("NFD", "é"), "canonical-text"),
        ("\ud800", "canonical-text"),
        ({"e\u0301": 1}, "canonical-text"),
        ({1: 1}, "canonical-key"),
        ({"a": b"x"}, "canonical-type"),
    ],
)
def test_refuses(value, code):
    with pytest.raises(Invalid) as refusal:
        canonical_bytes(value)
    assert refusal.value.code == code


def test_refuses_depth_in_both_directions():
    deep: object = 0
    for _ in range(33):
        deep = [deep]
    for attempt in (lambda: canonical_bytes(deep), lambda: parse_canonical(b"[" * 33 + b"]" * 33)):
        with pytest.raises(Invalid, match="deeply"):
            attempt()
    with pytest.raises(Invalid):
        parse_canonical(b"[" * 400_000, largest_bytes=1 << 20)


@pytest.mark.parametrize(
    "data",
    [b"", b" 1", b"1 ", b"-0", b"1.0", b"1e3", b"NaN", b"Infinity", b'{"b":1,"a":2}', b'{"a":1,"a":1}',
     b'"\\u0041"', b"\xff", b'{"a": 1}', b'"\\/"', b"9" * 5000, b"\xef\xbb\xbf1"],
)  # fmt: skip
def test_parse_refuses_what_is_not_the_one_encoding(data):
    with pytest.raises(Invalid):
        parse_canonical(data)


def test_parse_refuses_size():
    with pytest.raises(Invalid) as refusal:
        parse_canonical(b'"' + b"a" * 100 + b'"', largest_bytes=100)
    assert refusal.value.code == "canonical-too-large"


def test_normalise_text():
    assert canonical_bytes(normalise_text("e\u0301")) == '"é"'.encode()
