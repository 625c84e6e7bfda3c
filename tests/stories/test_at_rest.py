"""Everything on disk is encrypted: plant names, phones and prints, kill, and search every byte that was left."""

from __future__ import annotations

import base64
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.biometrics.records import a_record
from tests.command.real_node import RealNode
from tests.people.drafts import word

pytestmark = [pytest.mark.slow]
PLANTED = range(100, 120)
STARTING_SECONDS = 60

# Services in a process of their own: families, prints, photographs, a search; then more families until it is killed.
PLANT = """
from gada.agencies.services import create_programme
from gada.biometrics.services import import_templates
from gada.people.models import Household, Person
from gada.people.services import correct_person, enrol_household, enrol_households
from gada.people.queries import search_people
from tests.biometrics.records import a_record
amina = who("amina")
programme = create_programme(
    name="Vivres", purpose="Assistance", by=who("admin"), at=timezone.now(), legal_basis="Mandat",
    impact_assessment="Etude", assessed_on=timezone.now().date(), assessed_by="Dina", biometrics_allowed=True,
)
families = [a_family(number) for number in range(100, 120)]
for family in families:
    enrol_household(operator=amina, site=site, household=family, programme=programme, at=timezone.now())
heads = list(Person.objects.filter(memberships__relationship="head").order_by("number"))
done = import_templates(
    operator=amina, site=site, at=timezone.now(),
    items=[(person.id, a_record({2: 100 + index})) for index, person in enumerate(heads)],
)
assert done.people == 20, done
for person in heads:
    vault.put_blob(person.id, ("photo of " + person.given).encode() * 50)
    found = search_people(amina, person.number)
    assert person in found
    at = timezone.now()
    journal.record_read(by=amina, people=[p.id for p in found], purpose="registration", page="search", at=at)
    correct_person(
        operator=amina, person_id=person.id, changes={"mother": "Balkissa" + person.given}, saw={}, at=at
    )
journal.seal(at=timezone.now())
print("planted", flush=True)
number = 120
while True:
    enrol_households(operator=amina, site=site, households=[a_family(number)], at=timezone.now())
    number += 1
"""


def forms_of(secret: bytes) -> set[bytes]:
    """The bytes themselves, in hexadecimal, and in base64 wherever they may begin in a longer text.

    Eight bytes at least: shorter ones stand somewhere in many megabytes of ciphertext by chance.
    """
    forms = {secret, secret.hex().encode(), secret.hex().upper().encode()}
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + secret)
        # The characters that hold nothing but bits of the secret: the neighbours' are not known.
        forms.add(text[-(-shift * 8 // 6) : (shift + len(secret)) * 8 // 6])
    assert min(map(len, forms)) >= 8
    return forms


def needles(texts: list[str], records: list[bytes]) -> dict[bytes, str]:
    found: dict[bytes, str] = {}
    for text in texts:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            found |= dict.fromkeys(forms_of(text.encode(encoding)), text)
    for number, record in enumerate(records):
        # The minutiae themselves: the heading of a record is the same for everybody.
        found |= dict.fromkeys(forms_of(record[30:60]), f"record {number}")
    return found


def leaks(folder: Path, wanted: dict[bytes, str]) -> list[str]:
    """Which of these were found, and in which file."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        found += [f"{text} in {path.relative_to(folder)}" for needle, text in wanted.items() if needle in content]
    return found


def planted() -> dict[bytes, str]:
    texts = [word(number * 10, first="ze") for number in PLANTED] + [f"9{number:07d}" for number in PLANTED]
    texts += [word(number, first=first) for number in PLANTED for first in ("ga", "ra")] + ["Balkissa", "photo of "]
    return needles(texts, [a_record({2: number}) for number in PLANTED])


@pytest.fixture
def node(tmp_path: Path) -> RealNode:
    return RealNode(tmp_path / "here").create("supervisor")


@pytest.fixture
def secure_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@pytest.fixture
def served(node: RealNode, secure_port: int) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    process, address = node.serve(node.folder / "serve.log", "--https", "--https-port", str(secure_port))
    yield process, address
    process.kill()
    process.wait()


def test_the_search_itself_finds_what_lies_in_clear(tmp_path: Path):
    wanted = planted()
    record = a_record({2: 105})
    name, surname = word(1070, first="ze"), word(110, first="ga")
    clear = {
        "text": f"… {name} …".encode(), "wide": name.encode("utf-16-le"), "hex": surname.encode().hex().encode(),
        "base64": base64.b64encode(b"?phone +227 90000111!"), "record": b"xx" + record,
        "coded": base64.b64encode(b"." + record),
    }
    for name, content in clear.items():
        (tmp_path / name).write_bytes(content)
    assert {leak.rpartition(" in ")[2] for leak in leaks(tmp_path, wanted)} == set(clear)


def test_services_killed_in_the_middle_leave_nothing_in_clear(node: RealNode):
    process = node.start(PLANT)
    assert process.stdout.readline() == "planted\n"
    time.sleep(0.3)
    process.kill()
    process.wait()
    process.stdout.close()
    names = {path.name for path in node.data.rglob("*") if path.is_file()}
    assert {"gada.db", "gada.db-wal", "keys.db"} <= names, "the write-ahead log is there to be searched"
    assert leaks(node.folder, planted()) == []
    assert not list(node.temporary.rglob("*")), "nothing was put into the temporary folder"
    assert b"SQLite format" not in (node.data / "gada.db").read_bytes()[:100]


def test_a_served_node_killed_in_the_middle_leaves_nothing_in_clear(node: RealNode, served):
    process, url = served
    token = node.gada("operator", "token", "--username", "amina").split()[-1]
    site = node.script("print(json.dumps(str(site.id)))")
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        for number in PLANTED:
            members = [{
                "given": word(number * 10, first="ze"), "surname": word(number, first="ga"), "relationship": "head",
                "mother": word(number, first="ra"), "phone": f"+227 9{number:07d}",
            }]
            family, key = {"site": site, "members": members}, {"Idempotency-Key": f"k{number}"}
            made = client.post("/api/households", json=family, headers=key)
            assert made.status_code == 201, made.text
            assert client.get("/api/people", params={"q": word(number * 10, first="ze")}).json()
        rows = "".join(f"r{n},h{n},head,{word(n % 20 * 10 + 1000, first='ze')},Garba\n" for n in range(40_000))
        file = ("registration_ref,household_ref,relationship,given_name,family_name\n" + rows).encode()
        sent = client.post(
            "/api/imports", data={"site": site, "source": "fichier", "dry_run": "true"}, files={"file": ("a.csv", file)}
        )
        assert sent.status_code == 200 and sent.json()["new"] == 40_000, sent.text[:300]
    process.kill()
    process.wait()
    assert leaks(node.folder, planted()) == [], (node.folder / "serve.log").read_text()[-500:]
    assert not [path for path in node.temporary.rglob("*") if path.is_file()]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="asks the system which files a process holds open")
def test_a_large_upload_waits_in_memory_not_in_a_temporary_file(node: RealNode, served, secure_port: int):
    """A temporary file without a name is on the disk all the same; over HTTPS as over HTTP."""
    process, url = served
    host, port = url.removeprefix("http://").split(":")
    node.gada("site", "certificate", "export", node.folder / "ca.pem")
    trusting = ssl.create_default_context(cafile=node.folder / "ca.pem")
    assert httpx.get(f"https://{host}:{secure_port}/sign-in/", verify=trusting).status_code == 200
    with (
        socket.create_connection((host, int(port))) as line,
        trusting.wrap_socket(socket.create_connection((host, secure_port)), server_hostname=host) as secure,
    ):
        for each in (line, secure):
            each.sendall(b"POST /api/imports HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000000\r\n\r\n")
            for _ in range(60):
                each.sendall(b"Zeinabou107x," * 8000)
        time.sleep(1)
        held = [str(path.readlink()) for path in Path(f"/proc/{process.pid}/fd").iterdir()]
    assert not [target for target in held if target.endswith("(deleted)")], held


@pytest.mark.skipif(sys.platform == "win32", reason="the system tells a child's parent differently")
def test_the_worker_ends_with_its_server(served):
    process, _ = served
    until = time.monotonic() + STARTING_SECONDS
    workers: list[str] = []
    while not workers and time.monotonic() < until:
        tasks = Path(f"/proc/{process.pid}/task")
        workers = [child for task in tasks.iterdir() for child in (task / "children").read_text().split()]
        time.sleep(0.2)
    assert workers
    process.kill()
    process.wait()
    while time.monotonic() < until and any(_lives(worker) for worker in workers):
        time.sleep(0.2)
    assert not any(_lives(worker) for worker in workers)


def _lives(process_id: str) -> bool:
    stat = Path(f"/proc/{process_id}/stat")
    return stat.exists() and stat.read_text().rpartition(") ")[2][:1] != "Z"
