import os

import pytest

from gada.engine.proof import psi
from gada.engine.refusal import Invalid

needs_library = pytest.mark.skipif(not psi.available(), reason="the extra gada[overlap] has no wheel here")


def tokens(count, start=0):
    return [number.to_bytes(16, "big") for number in range(start, start + count)]


def refusal_of(attempt):
    with pytest.raises(Invalid) as refusal:
        attempt()
    return refusal.value.code


@needs_library
def test_only_common_tokens_are_found_in_any_order():
    ours, theirs = tokens(60), tokens(60, start=40)[::-1]
    client, server = psi.Client(ours, reveal=True), psi.Server(theirs, reveal=True)
    setup, response = server.setup(), server.respond(client.request())
    assert client.common_indices(setup=setup, response=response) == tuple(range(40, 60))
    assert client.common_count(setup=setup, response=response) == 20
    for token in theirs:
        assert token not in setup + response and token.hex().encode() not in setup + response


@needs_library
def test_counting_only():
    client, server = psi.Client(tokens(30), reveal=False), psi.Server(tokens(30, start=10), reveal=False)
    setup, response = server.setup(), server.respond(client.request())
    assert client.common_count(setup=setup, response=response) == 20
    with pytest.raises(ValueError):
        client.common_indices(setup=setup, response=response)


@needs_library
def test_nothing_in_common():
    client, server = psi.Client(tokens(5), reveal=True), psi.Server(tokens(5, start=5), reveal=True)
    assert client.common_indices(setup=server.setup(), response=server.respond(client.request())) == ()


@needs_library
def test_every_run_has_its_key_and_an_audit_gets_the_same_bytes():
    client, server = psi.Client(tokens(9), reveal=True), psi.Server(tokens(9), reveal=True)
    request = client.request()
    assert psi.Client(tokens(9), reveal=True, key=client.key).request() == request
    again = psi.Server(tokens(9), reveal=True, key=server.key)
    assert (again.setup(), again.respond(request)) == (server.setup(), server.respond(request))
    assert psi.Client(tokens(9), reveal=True).request() != request
    assert len(client.key) == len(server.key) == 32 and client.key != server.key


@needs_library
def test_bad_messages():
    client, server = psi.Client(tokens(9), reveal=True), psi.Server(tokens(9), reveal=True)
    request, setup = client.request(), server.setup()
    response = server.respond(request)
    counting = psi.Client(tokens(9), reveal=False).request()
    shorter = server.respond(psi.Client(tokens(8), reveal=True).request())
    doubled = request + request
    not_points = bytes([10, 33]) + b"\x05" * 33 + request[-2:]
    for bad in (b"", os.urandom(300), request[:-5], counting, doubled, not_points):
        assert refusal_of(lambda bad=bad: server.respond(bad)) == "overlap-message"
    for bad in (b"", os.urandom(300), shorter, setup):
        assert (
            refusal_of(lambda bad=bad: client.common_indices(setup=setup, response=bad)) == "overlap-message"
        )
    for bad in (b"", os.urandom(300)):
        assert (
            refusal_of(lambda bad=bad: client.common_indices(setup=bad, response=response))
            == "overlap-message"
        )
    assert refusal_of(lambda: server.respond(bytes(5000), largest_set=5)) == "overlap-too-large"


@needs_library
def test_bad_sets_and_keys():
    assert refusal_of(lambda: psi.Client([], reveal=True)) == "overlap-tokens"
    assert refusal_of(lambda: psi.Server([b"a", b"a"], reveal=True)) == "overlap-tokens"
    assert refusal_of(lambda: psi.Client([b"a"], reveal=True, key=b"short")) == "overlap-key"
    assert refusal_of(lambda: psi.Client([b"a"], reveal=True, key=bytes(32))) == "overlap-key"


def test_without_the_library_it_refuses_and_says_so(monkeypatch):
    monkeypatch.setattr(psi, "_library", None)
    assert not psi.available()
    assert refusal_of(lambda: psi.Client([b"a"], reveal=True)) == "overlap-unavailable"
    assert refusal_of(lambda: psi.Server([b"a"], reveal=True)) == "overlap-unavailable"
