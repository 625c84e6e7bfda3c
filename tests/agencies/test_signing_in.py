"""Signing in: the outsider learns nothing, a code works once, guessing gets slow."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest
from django.db import connections

from gada.agencies.models import Operator, SignInFailures
from gada.agencies.rules import FREE_FAILURES
from gada.agencies.services import (
    NotSignedIn,
    TooManyFailures,
    deactivate_operator,
    forget_codes,
    new_code_secret,
    set_password,
    set_up_codes,
    sign_in,
    training_code,
)
from gada.journal.models import Facts, LogEntry
from tests.world import AT, PASSWORD, a_code_secret, a_node, an_operator, refused

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


def tries(operator: Operator | str, *, password: str = PASSWORD, code: str = "", at=LATER) -> Operator:
    username = operator if isinstance(operator, str) else operator.username
    return sign_in(username=username, password=password, code=code, at=at)


def test_the_outsider_cannot_tell_a_wrong_name_from_a_wrong_password_or_code() -> None:
    amina = an_operator(name="Amina")
    secret = a_code_secret(amina)
    said = []
    for username, password, code in (
        ("nobody", PASSWORD, "000000"), (amina.username, "wrong password", pyotp.TOTP(secret).at(LATER)),
        (amina.username, PASSWORD, ""), (amina.username, PASSWORD, "abc"), ("Amina'--", "\0", "é" * 9),
    ):
        with pytest.raises(NotSignedIn) as no:
            tries(username, password=password, code=code)
        said.append((no.value.code, str(no.value), no.value.shown_code))
    assert len(set(said)) == 1


def test_name_password_and_code_open_and_the_journal_says_so() -> None:
    amina = an_operator(name="Amina")
    secret = a_code_secret(amina)
    code = pyotp.TOTP(secret).at(LATER)
    assert tries(f" {amina.username.upper()} ", code=f"{code[:3]} {code[3:]}") == amina
    entry = LogEntry.objects.filter(action="operator.signed_in").latest("recorded_at")
    assert (entry.by_type, entry.by_id) == ("operator", amina.pk)


@pytest.mark.parametrize(("shift", "good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_half_a_minute_off(shift: int, good: bool) -> None:
    amina = an_operator()
    code = pyotp.TOTP(a_code_secret(amina)).at(LATER + timedelta(seconds=shift))
    if good:
        assert tries(amina, code=code) == amina
    else:
        with pytest.raises(NotSignedIn):
            tries(amina, code=code)


def test_a_code_works_once_and_older_ones_never_again() -> None:
    amina = an_operator()
    totp = pyotp.TOTP(a_code_secret(amina))
    tries(amina, code=totp.at(LATER))
    for shift in (0, -30):
        with pytest.raises(NotSignedIn):
            tries(amina, code=totp.at(LATER + timedelta(seconds=shift)))
    assert tries(amina, code=totp.at(LATER + timedelta(seconds=30))) == amina


def test_the_code_that_set_up_the_phone_does_not_open_again() -> None:
    amina = an_operator()
    secret = a_code_secret(amina)
    with pytest.raises(NotSignedIn):
        tries(amina, code=pyotp.TOTP(secret).at(AT), at=AT)


def test_guessing_gets_slow_and_even_the_right_password_waits() -> None:
    amina = an_operator()
    totp = pyotp.TOTP(a_code_secret(amina))
    for _ in range(FREE_FAILURES):
        with pytest.raises(NotSignedIn):
            tries(amina, password="wrong")
    with pytest.raises(TooManyFailures):
        tries(amina, code=totp.at(LATER))
    after = LATER + timedelta(seconds=31)
    assert tries(amina, code=totp.at(after), at=after) == amina
    assert not SignInFailures.objects.exists()


def test_a_name_nobody_bears_waits_just_the_same() -> None:
    a_node()
    for _ in range(FREE_FAILURES):
        with pytest.raises(NotSignedIn):
            tries("nobody")
    with pytest.raises(TooManyFailures):
        tries("nobody")


def test_brute_force_of_codes_gets_at_most_a_handful_of_guesses_an_hour() -> None:
    amina = an_operator()
    a_code_secret(amina)
    judged, moment = 0, LATER
    while moment < LATER + timedelta(hours=6):
        try:
            tries(amina, code="000000", at=moment)
        except NotSignedIn:
            judged += 1
        except TooManyFailures:
            pass
        moment += timedelta(seconds=20)
    assert judged < 20  # of a million codes, three valid at a time


@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_are_all_counted() -> None:
    a_node()

    def guess(_: int) -> str:
        try:
            tries("nobody")
        except (NotSignedIn, TooManyFailures) as no:
            return no.code
        finally:
            connections.close_all()
        return "in"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(16)))
    assert answers.count("sign-in-refused") == FREE_FAILURES
    assert answers.count("sign-in-waits") == 16 - FREE_FAILURES


def test_names_that_were_tried_stand_nowhere_in_clear() -> None:
    a_node()
    with pytest.raises(NotSignedIn):
        tries("secret.username")
    entry = LogEntry.objects.get(action="operator.sign_in_refused")
    assert entry.by_type == "node"
    assert b"secret.username" not in bytes(Facts.objects.get(entry=entry).body) + bytes(entry.header)
    assert "secret.username" not in SignInFailures.objects.get().key


def test_a_closed_access_does_not_open() -> None:
    amina = an_operator()
    code = pyotp.TOTP(a_code_secret(amina)).at(LATER)
    deactivate_operator(operator=amina, by=a_node().admin, at=AT)
    with pytest.raises(NotSignedIn):
        tries(amina, code=code)


def test_a_new_password_from_the_administrator_ends_the_wait() -> None:
    amina = an_operator()
    totp = pyotp.TOTP(a_code_secret(amina))
    for _ in range(FREE_FAILURES):
        with pytest.raises(NotSignedIn):
            tries(amina, password="wrong")
    set_password(operator=amina, password="trois lunes sur la dune", by=a_node().admin, at=LATER)
    assert tries(amina, password="trois lunes sur la dune", code=totp.at(LATER)) == amina


def test_without_codes_the_password_alone_signs_nobody_in() -> None:
    amina = an_operator()
    assert not tries(amina).has_totp
    assert not LogEntry.objects.filter(action="operator.signed_in", by_id=amina.pk).exists()


def test_codes_are_set_up_by_their_first_code_once() -> None:
    amina, secret = an_operator(), new_code_secret()
    with refused("code-wrong"):
        set_up_codes(operator=amina, secret=secret, code="000000", at=AT)
    set_up_codes(operator=amina, secret=secret, code=pyotp.TOTP(secret).at(AT), at=AT)
    with refused("codes-known"):
        set_up_codes(operator=amina, secret=secret, code=pyotp.TOTP(secret).at(AT), at=AT)
    amina.refresh_from_db()
    assert secret.encode() not in bytes(amina.totp_box)
    forget_codes(operator=amina, by=a_node().admin, at=AT)
    assert not tries(amina).has_totp


def test_a_real_node_never_shows_a_code() -> None:
    amina = an_operator()
    secret = a_code_secret(amina)
    assert training_code(secret=secret, after=0, at=LATER) is None
    with pytest.raises(NotSignedIn) as no:
        tries(amina)
    assert no.value.shown_code is None


def test_a_training_node_shows_the_code_after_the_right_password_only(training_node: None) -> None:
    amina = an_operator()
    a_code_secret(amina)
    with pytest.raises(NotSignedIn) as no:
        tries(amina, password="wrong")
    assert no.value.shown_code is None
    with pytest.raises(NotSignedIn) as no:
        tries(amina)
    assert tries(amina, code=no.value.shown_code) == amina
    with pytest.raises(NotSignedIn) as again:  # a moment later the used one is not shown again
        tries(amina, at=LATER + timedelta(seconds=5))
    assert again.value.shown_code not in (None, no.value.shown_code)
