"""Submissions a second from phones: sealed answers with a photo, over HTTP, by `gada serve`; SQLite and PostgreSQL.

usage: python -m bench.openrosa [--submissions 600] [--only sqlite|postgres [--kills]]

`--kills` asks something else: the server is killed (SIGKILL) again and again while everything is sent, twice at the
same moment; what was answered must be there and open, and in the end each submission is there exactly once.

Eight phones at once, each with its own key and connection, send a family of five sealed on the phone with one photo of
60 kB, in one multipart request. A submission counts when it was answered 201: sealed, on the disk, its task enqueued.
Then the worker's part, by itself: opened, read, registered, its photo made anew. Server, phones and (with PostgreSQL)
the database share the machine. `own ms` is what one submission costs the server's own processor, asked in this process:
on a busy machine only that is ours. The baseline beside it: one plain row written per transaction.
"""

from __future__ import annotations

import http.client
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench._node import fresh_node, measured, on_each_database
from bench.enrolment import plain_rows

PHONES = 8
PHOTO_BYTES = 60_000
BOUNDARY = "----------------------------gada"


def measure(database: str, count: int, *, kills: bool = False) -> dict[str, Any]:
    with fresh_node(database=database) as first:
        from gada.surveys import services
        from gada.surveys.models import Submission
        from tests.surveys.builders import a_workbook

        at = datetime.now(UTC)
        supervisor, clerk = _people(first)
        programme = _programme(first)
        version = services.publish_form(
            operator=supervisor, site=first.site, workbook=a_workbook(), at=at, programme=programme
        )
        keys = [
            services.admit_phone(operator=supervisor, site=first.site, whose=clerk, name=f"Phone {n}", at=at)[1]
            for n in range(PHONES)
        ]
        bodies = [_body(version.form.public_key, n) for n in range(count + PHONES * 2)]
        if kills:
            return {"OpenRosa killed": database, **_killed(keys, bodies)}
        with _served() as port:
            _send(port, keys, bodies[: PHONES * 2])
            started = time.perf_counter()
            answers, waits = _send(port, keys, bodies[PHONES * 2 :])
            seconds = time.perf_counter() - started
        assert answers == {201: count}, answers
        waits.sort()
        own = _own_seconds(keys[0], [_body(version.form.public_key, n) for n in range(100)])
        rows = list(Submission.objects.filter(state="arrived").values_list("id", flat=True)[:200])
        with measured() as watch:
            for row in rows:
                services.settle_submission(submission_id=row, at=datetime.now(UTC))
        registered = Submission.objects.filter(state="registered").count()
        assert registered == len(rows), registered
        plain = plain_rows(200)
        return {
            "OpenRosa": database,
            "submissions": count,
            "kB each": len(bodies[0]) // 1000,
            "submissions/s": count / seconds, "own ms": own * 1000,
            "median ms": waits[len(waits) // 2] * 1000,
            "p95 ms": waits[len(waits) * 95 // 100] * 1000,
            "settled/s": len(rows) / watch.seconds,
            "plain transactions/s": plain,
        }


def _killed(keys: list[str], bodies: list[bytes]) -> dict[str, Any]:
    """Send everything twice at once while the server dies every second; then once more, in peace."""
    from gada.surveys.models import Submission
    from gada.surveys.services.opening import open_submission

    twice = [body for body in bodies for _ in range(2)]
    answered: list[bytes] = []
    deaths = 0
    waiting = twice
    while waiting and deaths < 200:
        with _served() as port:
            killer = threading.Timer(random.Random(deaths).uniform(0.5, 2.0), lambda: _served.last.kill())
            killer.start()
            done = _send(port, keys, waiting, answered=answered)[0]
            killer.cancel()
        deaths += sum(done.values()) < len(waiting)
        waiting = waiting[sum(done.values()) :] if done else waiting
        if deaths >= 8:
            break
    kept = Submission.objects.count()
    assert kept >= len(set(answered)), (kept, len(set(answered)))
    with _served() as port:
        done, _waits = _send(port, keys, bodies)
    assert Submission.objects.count() == len(bodies), Submission.objects.count()
    assert set(done) <= {201, 202} and sum(done.values()) == len(bodies)
    for row in Submission.objects.all():
        assert len(open_submission(row).answers) > 10 and row.state == "arrived"
    return {"submissions": len(bodies), "kills": deaths, "answered before": len(set(answered)), "lost": 0, "doubled": 0}


def _own_seconds(key: str, bodies: list[bytes]) -> float:
    """Processor seconds of one submission, through every layer of Django but the socket."""
    from django.test import Client, override_settings

    from gada.project.middleware import use_secret_key

    use_secret_key()
    sending = f"multipart/form-data; boundary={BOUNDARY}"
    with override_settings(ALLOWED_HOSTS=["testserver"]), measured() as watch:
        for body in bodies:
            answer = Client().generic("POST", f"/openrosa/key/{key}/submission", body, content_type=sending)
            assert answer.status_code == 201, answer.content
    return watch.own_seconds / len(bodies)


def _people(first: Any) -> tuple[Any, Any]:
    from bench._node import an_operator

    return an_operator(first, "supervisor", username="bakr"), an_operator(first, "clerk", username="amina")


def _programme(first: Any) -> Any:
    from gada.agencies.services import create_programme

    return create_programme(
        name="Vivres", purpose="Assistance", legal_basis="Mandat", by=first.admin, at=datetime.now(UTC)
    )


def _body(public_key: str, number: int) -> bytes:
    """One multipart request, as a phone makes it."""
    from tests.surveys.builders import an_instance, answers
    from tests.surveys.phone import sealed_submission

    instance = an_instance()
    members = "".join(
        f"<members><given>Enfant {number} {n}</given><lien>enfant</lien><sexe>f</sexe><age>{n + 3}</age></members>"
        for n in range(4)
    )
    xml = answers(instance, photo="1.jpg", given=f"Moussa {number}", members=members)
    manifest, files = sealed_submission(
        public_key, form_id="famille", version="1", instance_id=instance, answers=xml, media={"1.jpg": _photo()}
    )
    parts = {
        "xml_submission_file": ("submission.xml", manifest),
        **{name: (name, body) for name, body in files.items()},
    }
    return b"".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n".encode() + body + b"\r\n"
        for name, (file, body) in parts.items()
    ) + f"--{BOUNDARY}--\r\n".encode()


def _photo() -> bytes:
    """A photo with as many bytes as a phone's small ones have."""
    from tests.surveys.builders import a_photo

    photo = a_photo((480, 640))
    return photo + bytes(max(0, PHOTO_BYTES - len(photo)))


class _served:
    """`gada serve` in a process of its own, without the worker: its port. `last` is the process."""

    last: subprocess.Popen[bytes]

    def __enter__(self) -> int:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port: int = found.getsockname()[1]
        passphrase = Path(os.environ["GADA_DATA"]).parent / "passphrase"
        passphrase.write_text("bench")
        self.process = _served.last = subprocess.Popen(
            [sys.executable, "-m", "gada", "serve", "--port", str(port), "--no-worker"],
            env={**os.environ, "GADA_PASSPHRASE_FILE": str(passphrase)}, stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                asked.request("GET", "/health")
                asked.getresponse().read()
                return port
            except OSError:
                time.sleep(0.2)
        raise RuntimeError("the server did not start")

    def __exit__(self, *_said: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


def _send(
    port: int, keys: list[str], bodies: list[bytes], *, answered: list[bytes] | None = None
) -> tuple[Counter[int], list[float]]:
    """Statuses and seconds. With `answered` a phone stops when the server is gone, and notes what was acknowledged."""
    answers: Counter[int] = Counter()
    waits: list[float] = []

    def phone(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        sending = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "X-OpenRosa-Version": "1.0"}
        for body in bodies[number :: len(keys)]:
            begun = time.perf_counter()
            try:
                connection.request("POST", f"/openrosa/key/{keys[number]}/submission", body, sending)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                if answered is None:
                    raise
                return
            answers[answer.status] += 1
            waits.append(time.perf_counter() - begun)
            if answered is not None and answer.status in (201, 202):
                answered.append(body)
        connection.close()

    threads = [threading.Thread(target=phone, args=[number]) for number in range(len(keys))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers, waits


if __name__ == "__main__":
    on_each_database("openrosa", measure, doc=__doc__, of="submissions", usual=600, flags=("kills",))
