import base64
from datetime import UTC, datetime, timedelta

import pytest

from gada.engine.proof.digests import sha256
from gada.engine.proof.http_signatures import content_digest, sign_request, verify_request
from gada.engine.proof.signing import new_signing_key
from gada.engine.refusal import Invalid

PRIVATE, PUBLIC = new_signing_key()
AT = datetime(2026, 11, 22, 14, 2, tzinfo=UTC)
URL = "https://node-b.example:8443/exchange/packages/7?part=2"
HEADERS = {"Content-Type": "application/octet-stream", "Content-Range": "bytes 0-3/9", "Accept": "*/*"}
BODY = b"body"


def signed(method="PUT", url=URL, headers=HEADERS, body=BODY, private=PRIVATE, at=AT):
    return sign_request(method, url, headers, sha256(body), private=private, key_id="key-a", at=at)


def check(headers, method="PUT", url=URL, body=BODY, at=AT, **more):
    keys = {"key-a": PUBLIC}
    return verify_request(method, url, headers, sha256(body), public_key_for=keys.get, at=at, **more)


def refusal_of(*arguments, **named):
    with pytest.raises(Invalid) as refusal:
        check(*arguments, **named)
    return refusal.value.code


def test_signed_and_verified():
    one, two = check(signed()), check(signed())
    assert (one.key_id, one.created) == ("key-a", AT)
    assert one.nonce != two.nonce and len(one.nonce) >= 16
    assert check(signed("GET", headers={}, body=b""), method="GET", body=b"").key_id == "key-a"


def test_header_names_in_any_case():
    assert check({name.lower(): value for name, value in signed().items()})
    assert check({name.upper(): value for name, value in signed().items()})


def test_a_proxy_may_end_tls():
    assert check(signed(), url=URL.replace("https", "http"))


@pytest.mark.parametrize(
    "change",
    [{"method": "POST"}, {"url": URL.replace("7", "8", 1)}, {"url": URL.replace("part=2", "part=3")},
     {"url": URL.replace("node-b", "node-c")}, {"url": URL.replace("8443", "8444")}, {"url": "no url"}],
)  # fmt: skip
def test_another_request(change):
    assert refusal_of(signed(), **change) == "request-signature"


@pytest.mark.parametrize(
    "header", ["Content-Type", "Content-Range", "Content-Digest", "Signature", "Signature-Input"]
)
def test_covered_headers(header):
    headers = signed()
    assert refusal_of(headers | {header: "bytes 1-2/3"}) == "request-signature"
    del headers[header]
    assert refusal_of(headers) == "request-signature"


def test_headers_slipped_in_later():
    bare = signed(headers={})
    for header in ("Idempotency-Key", "content-range"):
        assert refusal_of(bare | {header: "5"}) == "request-signature"


def test_headers_that_clients_and_servers_add():
    assert check(signed(headers={}) | {"Content-Length": "4", "Content-Type": "text/plain", "Host": "x"})


def test_another_body():
    assert refusal_of(signed(), body=b"BODY") == "request-body"


def test_another_body_with_its_own_digest():
    forged = signed() | {"Content-Digest": content_digest(sha256(b"BODY"))}
    assert refusal_of(forged, body=b"BODY") == "request-signature"


@pytest.mark.parametrize("seconds", [-400 * 86400, -301, 301, 400 * 86400])
def test_clock(seconds):
    assert refusal_of(signed(), at=AT + timedelta(seconds=seconds)) == "request-clock"


def test_clock_within_the_window():
    assert check(signed(), at=AT + timedelta(seconds=299))
    assert check(signed(), at=AT - timedelta(seconds=299))
    assert refusal_of(signed(), at=AT + timedelta(seconds=11), window_seconds=10) == "request-clock"


def test_unknown_and_wrong_keys():
    assert refusal_of(signed(private=new_signing_key()[0])) == "request-signature"
    with pytest.raises(Invalid):
        verify_request("PUT", URL, signed(), sha256(BODY), public_key_for=lambda _: None, at=AT)


def test_parameters_are_signed():
    headers = signed()
    for old, new in (
        ("nonce=", 'nonce="x";n='),
        (f"created={int(AT.timestamp())}", "created=1"),
        ('"@method" ', ""),
    ):
        assert old in headers["Signature-Input"]
        changed = headers["Signature-Input"].replace(old, new)
        assert refusal_of(headers | {"Signature-Input": changed}) == "request-signature"


def test_unsigned_and_garbled():
    assert refusal_of(HEADERS) == "request-signature"
    junk = base64.b64encode(bytes(64)).decode()
    assert refusal_of(signed() | {"Signature": f"gada=:{junk}:"}) == "request-signature"
    assert refusal_of(signed() | {"Signature": "é"}) == "request-signature"
    assert refusal_of(signed() | {"Signature-Input": "gada=()"}) == "request-signature"
