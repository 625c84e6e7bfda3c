"""`gada serve`: the pages and the API, with the worker beside them once the node is open."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import click
import waitress
from django.core.management import call_command

from gada import vault
from gada.command._acting import FILE
from gada.command._https import Application, Certificates, Doorway, FromElsewhere, addresses_of_ours, written
from gada.command._secure_channel import RECEIVED_AT_ONCE, Contexts, make_secure
from gada.engine.refusal import Refusal
from gada.vault.purging import is_purged

LARGEST_REQUEST_BYTES = 2**28  # the largest file of an import; packages travel in pieces
CONNECTIONS = 400  # Windows waits for 512 sockets at most
LIMITS: dict[str, Any] = {
    "max_request_body_size": LARGEST_REQUEST_BYTES,
    # Waitress puts what is larger than this into a temporary file; nothing of ours may lie on a disk in clear.
    "inbuf_overflow": LARGEST_REQUEST_BYTES,
    "outbuf_overflow": LARGEST_REQUEST_BYTES,
    "ident": None,
    "channel_timeout": 120,
}


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--threads", default=8, show_default=True, help="Requests answered at the same time.")
@click.option("--worker/--no-worker", default=True, show_default=True, help="Also run the background worker.")
@click.option("--https", "secure", is_flag=True, help="Also serve phones and laptops of the network, over HTTPS.")
@click.option("--https-port", default=8443, show_default=True, help="Port for them.")
@click.option("--certificate", type=FILE, help="PEM file of a public authority; else this node's own is used.")
@click.option("--certificate-key", type=FILE, help="PEM file of its key.")
def command(
    host: str, port: int, threads: int, worker: bool, secure: bool, https_port: int, certificate: Path | None,
    certificate_key: Path | None,
) -> None:
    """Serve this node. Locked nodes wait for their passphrase on the first page.

    With --https the network sees one port: HTTPS with the certificate of `gada site certificate`, and a page over plain
    HTTP that explains how to install it. The passphrase is given on this machine.
    """
    from gada.project.wsgi import application

    keeper = Keeper(worker=worker)
    keeper.open_if_possible()
    threading.Thread(target=keeper.watch, daemon=True).start()
    server = waitress.create_server(application, host=host, port=port, threads=threads, **LIMITS)
    click.echo(f"Gada listens on http://{host}:{port}", err=True)
    if secure:
        certificates = (
            FromElsewhere(certificate, certificate_key) if certificate and certificate_key else Certificates(https_port)
        )
        _serve_network(application, server, certificates, https_port)
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
        keeper.stop()


def _serve_network(
    application: Application, server: waitress.server.BaseWSGIServer, certificates: Contexts, port: int
) -> None:
    """Open the port for others in the same loop and with the same threads."""
    shared = getattr(server, "_map", None) or server.map
    open_to_all = waitress.create_server(
        Doorway(application), map=shared, _dispatcher=server.task_dispatcher, listen=f"*:{port}",
        recv_bytes=RECEIVED_AT_ONCE, connection_limit=CONNECTIONS, cleanup_interval=5, **LIMITS,
    )
    server.adj.connection_limit = CONNECTIONS
    make_secure(open_to_all, certificates)
    for address in map(written, addresses_of_ours()):
        click.echo(f"Phones and laptops: https://{address}:{port} (first: http://{address}:{port}/install/)", err=True)
    if isinstance(certificates, Certificates) and vault.is_unlocked():
        try:
            certificates.ready()
        except Refusal as refusal:
            click.secho(str(refusal), fg="yellow", err=True)


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
