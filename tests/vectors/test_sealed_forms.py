"""What ODK Collect 1.22.4 sealed on a phone: the vectors that ODK Central is tested with (getodk/central-backend,
test/unit/util/crypto.js and test/data/priv.pem, Apache-2.0). The private key is published there for this use alone."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from gada.engine.proof.sealed_forms import FormOpener, initialization_vectors
from tests.surveys.phone import seal_like_a_phone
from tests.world import refused

KIND = "RSA PRIVATE KEY"
PUBLISHED_KEY = """
MIIEpAIBAAKCAQEAyYh7bSui/0xppQ+J3i5xghfao+559Rqg9X0xNbdMEsW35CzYUfmC8sOzeeUiE4pG7HIEUmiJal+mo70UMDUlywXj9z053n0g6Mmt
LlUyBw0ZGhEZWHsfBxPQixdzY/c5i7sh0dFzWVBZ7UrqBc2qjRFUYxeXqHsAxSPClTH1nW47Mr2h4juBLC7tBNZA3biZA/XTPt//hAuzv1d6MGiF3vQJ
XvFTNdfsh6Ckq4KXUsAv+07cLtON4KjrKhqsVNNGbFssTUHVL4A9N3gsuRGt329LHOKBxQUGEnhMM2MEtvk4kaVQrgCqpk1pMU/4HlFtRjOoKdAIuzzx
Il56gNdRUQIDAQABAoIBAAh4BcfGp6jWyzG2f3KovPhcjEGLSfC018K5KhI5y6aWTG34PHblZ01QUAB1UoNDsktJV0knP28K6fPDhE+qTBZF/xhqqD3j
QDjIEND7n4iQUle4FDqVoe4oNQFDUQQIZZCronYwuQotyDmihkcMJ3iaG9O2MBdSY+vk3s5qNQoSfqhGwBR64ds5ndORwNCrp55pdM2ZodKpSrJIdJ/R
vWTo/z5Oo9f8VFFWB7SzqL/BYAzFojKiaCbn0i22DgOGds3gWPJUzlSkHevoNaQClrW5ZoI0gK7qjgO5pj8vj5dx7O1EQzB/H+CmFy7vazZVuEG7ZMUV
clPa+FfFH2kt78kCgYEA76SP+e/r028Maxmf+Hsc8xjYLv/1/vEZni6mcF4c3AimwVm2oRRgPFfKSWY9YjGL4UvnLVclLs3ALM1Q/8Ppv8dOGe6mNOsv
n3E77R5Ljp0frCYDeggB6qZFlvQbgq5wSMdarnnRaZCLklcHVpTj2ieoVOjkne1i886VP1x3kdcCgYEA10oBARHTpP2x7vBFTkuC5R9ByAdJPhVaEYPB
r6D+xOt1nB33YcJDym51ByuscH1noxNE09Bf1/rt2S1b03XpH55AToqxIVc8fE7eOCXQd1oY8Pzpi2ro/jVirP1MdI3g1pTTDNiv3sJJMsiQ79QT6Q+0
LddNQuXmPcUOR8GHoRcCgYEA3XGj2cHqmaa0QwOa33Jkff8nRccg+kSw94sEIjHVWT5lWaYdLRw3EYvOUaU4c9R0/eu15B/zLBzUyJGxl6biCWWStkPh
MmVhzGRGjAbCqzZmXh2CePGNU9fx1lwcT9YBzD7rfO70pCf90Wy6SzeqlZyv4EaVe5oxJjpvj+1SUGECgYAOy681+5uoAydvXGPm9ZmRVYyXyqhl8+G0
wnFVOKNJtUTn7cdKmKdACkdQrtezA2tT8ccRJ4jutvgRrORarAfRfHa+7xktSWmGwYTUJwUkrrR4G2mRg09v6QtXCDFw8S86kA/RGjM8A+4z50TOtqyH
n+SqIdnVdydTp29LzykbEQKBgQC1FcRKIRkn6IEAHaI0QQl793vxgo/g3oJoRXLptNy63eBygd0x+qY3TD8cBMLaJs5DMC5zNGW8YQXtaADMbp0jV6aD
/7Qer/SaXk187bGhF5KfSCqjj1yxuR0+sgNnVaENMkxsyrVlUXuMivNdPAob6dtspaiEGyseFa/N8RinIg==
"""
SEALED_KEY = """
heF9tzGvB1jjjBM5AAADnTgrFwmtyjESyCNk86oiX/r+WCohyEX3f4jOswK4/IBLx9VNW4k1wbo0t9PMp4Ie/PAucyBwyqKpx6coGkk8nCeznzisLe07
fr9a6MEFOuBqKWun28M/cDUasoyg8//ytMVatSMGjv+Nkj8L7QtlMH6iDJoWZQfwvxgDeCrBn2+jr+qwdlQzxwyi5taV+zB9s+FDgJ14n8AyY3t4x0n+
qkOqEvMVKIFc4ofRXBaG5N/21Uy+qA91Ap26sVDo7g1vmG+gND/f+Mx1gBQcmM0EKHowUT5cIdrG6N/XTHVpCWkH6qxjhuWyayCGBT+Frxf+Sg==
"""
SEALED_ANSWERS_KEY = """
iyEB1LAlvVE8uaW0HuhLhzwcLceIukqfgusDNdDEE2FFxVtUtSI3FiOuNxhgI/Zbgnaabh/vqeZ3yLXwv0f66pAbN0n8kM9f84VJR18fdUp6doOz7o8I
QD7gc3ZfbRXweab/NxnahfYa9ij0Kax1LTKS05Oodk2MewkzwfBhdbf/CfiBP1HSskDio40jdW5f04GkqZsFCPUluF2DfMnwYCo0wdwf2m8o+lSNR+vr
FeEYG7LtGE4X90pVrQnJHwFWHGjSwJpg/USn5skBioDKUCv/Dva9xJ+JXUz+QSg6LOuP+SDxsrmf36WKrnE8kWfN4oaBdmIwFSStkLH9foNXUw==
"""
SEALED_ANSWERS = """
kMhJdk0mZOqvlxndUO3v4+UPvfYoc+bbkPmF3QmhoP7lP/QjHbzqw/IfZxQ54D328eCc4V6jtbrjeAXV+m1cWsCGGLW5KwTAxBjPBXzsZrUeY0RISVJ1
g9BJoXfSRAjYMrFYOM907BFUIYYxMqpVWGy1lo8ljqY+Sgq1VphkQk/TQGgOVYFALHDLOYnLKuLHvwBLQQwK3lje8CwNlf/b2rY9qfGC4P1emoiP+Yzk
Lp8eH6x/HfMvRIFoZEaom1i5s3SU4WVwe2Tno4jKD69ojMlQN6VKB7DK4xaRSs2C7zfDm63n1WCyyOAj8mASIFhb3sc3hD56HTJFUV/TH3UVlzP7oPm/
Mm7nEcU3+HdSSwm3I1qFYhsXfVRym41IlbC4Twf660/kUZrugA7Zqd5K9Un3lOVTzYowaF+m5OIOO56wff3zPBxeOVjANDKR7V6/
"""
AES_KEY = base64.b64decode("3TJoHf74zHbDwG3Ta+bcvfUr50C6yF/astfu+CdSnQU=")
INSTANCE = "uuid:99b303d9-6494-477b-a30d-d8aae8867335"


@pytest.fixture(scope="module")
def opener() -> FormOpener:
    pem = "\n".join([f"-----BEGIN {KIND}-----", PUBLISHED_KEY.strip(), f"-----END {KIND}-----", ""])
    key = load_pem_private_key(pem.encode(), None)
    return FormOpener(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def test_the_key_that_collect_sealed_opens(opener: FormOpener) -> None:
    assert opener.unseal(SEALED_KEY) == AES_KEY


def test_vectors_go_round_and_round() -> None:
    made = initialization_vectors("uuid:22525f8e-4f2d-41ed-94da-4c46a2478448", AES_KEY, 32)
    assert {turn: made[turn].hex() for turn in (0, 1, 8, 15, 23, 31)} == {
        0: "39bbb0890f3222269da68b172146477a", 1: "39bcb0890f3222269da68b172146477a",
        8: "39bcb18a103323279ea68b172146477a", 15: "39bcb18a103323279ea78c182247487b",
        23: "3abdb28b113424289ea78c182247487b", 31: "3abdb28b113424289fa88d192348497c",
    }


def test_answers_that_collect_sealed_after_a_photo_open(opener: FormOpener) -> None:
    sealed = base64.b64decode(SEALED_ANSWERS)
    key = opener.unseal(SEALED_ANSWERS_KEY)
    assert len(key) == 32
    # The photo itself is not published: any file of whole blocks may stand before the answers, were its padding right.
    with refused("form-seal-broken"):
        opener.open_files([bytes(32), sealed], sealed_key=SEALED_ANSWERS_KEY, instance_id=INSTANCE)
    photo = seal_like_a_phone(key, INSTANCE, [b"a photo"])[0]
    opened = opener.open_files([photo, sealed], sealed_key=SEALED_ANSWERS_KEY, instance_id=INSTANCE)
    assert opened[0] == b"a photo"
    assert opened[1].startswith(b"<?xml version='1.0' ?><data id=\"encrypted\" version=\"working3\"")
    assert opened[1].endswith(b"<name>bob</name><age>30</age><file>1561432532482.jpg</file></data>")


def test_cut_off_or_sealed_for_another_form(opener: FormOpener) -> None:
    for key, sealed in (
        (SEALED_ANSWERS_KEY, base64.b64decode(SEALED_ANSWERS)[:-8]), (SEALED_ANSWERS_KEY, b""),
        (SEALED_KEY, base64.b64decode(SEALED_ANSWERS)), ("AAAA", b""), ("not base64 é", b""),
    ):
        with refused("form-seal-broken"):
            opener.open_files([sealed], sealed_key=key, instance_id=INSTANCE)
