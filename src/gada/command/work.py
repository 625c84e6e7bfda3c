"""`gada work`: the one background process — seals the journal, keeps contact with partners, runs tasks."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable

import click
from django.core.management import call_command
from django.db import close_old_connections, connection
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from gada import journal, vault
from gada.command._opening import open_node
from gada.people.services import finish_erasures
from gada.vault.working_keys import forget_old_keys

SEAL_EVERY_SECONDS = 5  # design §5: a position within ten seconds
HEARTBEAT_EVERY_SECONDS = 60  # exchange.md §1
EXPIRE_EVERY_SECONDS = 3600
logger = logging.getLogger("gada.work")


@click.command()
@click.option("--key-from-stdin", is_flag=True, hidden=True, help="Used by `gada serve`.")
@click.option("--once", is_flag=True, help="Run what waits, then stop.")
def command(key_from_stdin: bool, once: bool) -> None:
    """Run background work until stopped. A task whose worker was killed is taken up again."""
    if key_from_stdin:
        vault.unlock_with(bytes.fromhex(sys.stdin.readline().strip()))
    else:
        open_node()
    take_up_again()
    finish_erasures()
    forget_old_keys(at=timezone.now())
    erase_what_expired()
    if once:
        call_command("db_worker", batch=True, interval=0.0, startup_delay=False)
        journal.seal(at=timezone.now())
        return
    stop = threading.Event()
    turns = (
        ("seal", SEAL_EVERY_SECONDS, seal_once),
        ("heartbeat", HEARTBEAT_EVERY_SECONDS, greet_partners),
        ("expire", EXPIRE_EVERY_SECONDS, erase_what_expired),
    )
    for name, seconds, turn in turns:
        threading.Thread(target=_every, args=(seconds, turn, stop), name=name, daemon=True).start()
    if key_from_stdin:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        call_command("db_worker", interval=0.5, startup_delay=False)
    finally:
        stop.set()


def take_up_again() -> int:
    """Tasks left running belong to a worker that died: a node has one worker, and this is it."""
    running = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING)
    return running.update(status=TaskResultStatus.READY, started_at=None)


def seal_once() -> None:
    journal.seal(at=timezone.now())


def greet_partners() -> None:
    from gada.exchange.services import beat_all, receive_waiting

    beat_all(at=timezone.now())
    receive_waiting(at=timezone.now())


def erase_what_expired() -> None:
    from gada.console.services import count_due, forget_copies
    from gada.exchange.services import erase_expired

    erase_expired(at=timezone.now())
    forget_copies(at=timezone.now())
    count_due(at=timezone.now())


def _every(seconds: float, turn: Callable[[], None], stop: threading.Event) -> None:
    while not stop.wait(seconds):
        try:
            turn()
        except Exception:
            logger.exception("background turn failed: %s", turn.__name__)
        finally:
            close_old_connections()
    connection.close()


def _end_with_parent() -> None:
    # The parent holds our standard input open; when it is gone, so are we.
    sys.stdin.read()
    import os

    os._exit(0)
