"""`gada serve`: the pages and the API, with the worker beside them once the node is open."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import click
import waitress
from django.core.management import call_command

from gada import vault
from gada.engine.refusal import Refusal
from gada.vault.purging import is_purged

LARGEST_REQUEST_BYTES = 2**28  # the largest file of an import; packages travel in pieces


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--threads", default=8, show_default=True, help="Requests answered at the same time.")
@click.option("--worker/--no-worker", default=True, show_default=True, help="Also run the background worker.")
def command(host: str, port: int, threads: int, worker: bool) -> None:
    """Serve this node. Locked nodes wait for their passphrase on the first page."""
    from gada.project.wsgi import application

    keeper = Keeper(worker=worker)
    keeper.open_if_possible()
    threading.Thread(target=keeper.watch, daemon=True).start()
    server = waitress.create_server(
        application,
        host=host,
        port=port,
        threads=threads,
        max_request_body_size=LARGEST_REQUEST_BYTES,
        # Waitress puts what is larger than this into a temporary file; nothing of ours may lie on a disk in clear.
        inbuf_overflow=LARGEST_REQUEST_BYTES,
        outbuf_overflow=LARGEST_REQUEST_BYTES,
        ident=None,
        channel_timeout=120,
    )
    click.echo(f"Gada listens on http://{host}:{port}", err=True)
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
        keeper.stop()


class Keeper:
    """Brings the database up to date and starts the worker as soon as the node is open; restarts it if it dies."""

    def __init__(self, *, worker: bool) -> None:
        self.worker = worker
        self.process: subprocess.Popen[bytes] | None = None
        self.ready = False
        self.stopped = False

    def open_if_possible(self) -> None:
        try:
            vault.node_key()
        except Refusal:
            return
        if not self.ready:
            call_command("migrate", verbosity=0)
            self.ready = True

    def watch(self) -> None:
        while not self.stopped:
            if is_purged(vault.data_directory()):
                self._end_at_once()
            self.open_if_possible()
            if self.ready and self.worker and (self.process is None or self.process.poll() is not None):
                self._start_worker()
            time.sleep(0.5)

    def _start_worker(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gada", "work", "--key-from-stdin"], stdin=subprocess.PIPE, env=dict(os.environ)
        )
        assert self.process.stdin is not None
        self.process.stdin.write(vault.node_key().hex().encode() + b"\n")
        self.process.stdin.flush()

    def _end_at_once(self) -> None:
        """The node was purged: the key in this process, and in the worker's, goes with the processes."""
        if self.process and self.process.poll() is None:
            self.process.kill()
        os._exit(0)

    def stop(self) -> None:
        self.stopped = True
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=10)
