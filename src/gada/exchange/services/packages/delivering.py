"""Delivering a package over HTTP in pieces that resume, and the partner's side of it."""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.engine.formats.package import Limits
from gada.engine.proof.canonical import canonical_bytes, parse_canonical
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotFound, Refusal
from gada.exchange.models import Package, Peer, Upload
from gada.exchange.services.calling import call
from gada.exchange.services.packages.files import sent_path, upload_path
from gada.exchange.services.packages.receipts import take_receipt
from gada.exchange.services.packages.receiving import Received, receive_file
from gada.exchange.services.peers import peer_called
from gada.exchange.services.standing import must_send

PIECE_BYTES = 4 << 20


def deliver_package(*, operator: Operator, package_id: UUID, at: datetime) -> Package:
    """Bring a package of ours to the partner, from wherever the last try was cut. Raises Refusal."""
    authorize(operator, "package.send")
    package = package_called(package_id)
    if package.state != "made":
        return package
    agreement, peer = package.agreement, package.peer
    must_send(agreement, at=at)
    path = sent_path(package.id)
    begun = call(
        peer,
        "POST",
        "uploads",
        at=at,
        body=canonical_bytes({"sealed_digest": package.sealed_digest, "sealed_bytes": package.sealed_bytes}),
    ).json()
    upload, offset = UUID(begun["upload"]), int(begun["received"])
    with path.open("rb") as file:
        while offset < package.sealed_bytes:
            file.seek(offset)
            piece = file.read(PIECE_BYTES)
            stated = {"Content-Range": f"bytes {offset}-{offset + len(piece) - 1}/{package.sealed_bytes}"}
            said = call(
                peer,
                "PUT",
                f"uploads/{upload}",
                body=piece,
                content_type="application/octet-stream",
                headers=stated,
                at=at,
            )
            offset = int(said.json()["received"])
    answer = call(peer, "POST", f"uploads/{upload}/finish", body=b"{}", at=at).json()
    return _conclude(package, answer, at=at)


def export_package(*, operator: Operator, package_id: UUID, target: Path) -> Path:
    """Copy a package to a file, to be carried by hand: the same bytes as over the network."""
    authorize(operator, "package.send")
    package = package_called(package_id)
    if package.state == "refused":
        raise Refusal("package-was-refused", _("The partner refused this package. Send a new one."))
    shutil.copyfile(sent_path(package.id), target)
    return target


def package_path(*, operator: Operator, package_id: UUID) -> Path:
    """The sealed file of a package of ours, to be handed out."""
    authorize(operator, "package.send")
    return sent_path(package_called(package_id).id)


def receive_carried(*, operator: Operator, content: bytes, at: datetime) -> str:
    """A file somebody brought: a package, or a receipt for one of ours. Gives one sentence on what became of it."""
    authorize(operator, "package.receive")
    if content[:1] == b"{":
        package = import_receipt(
            operator=operator,
            peer=_peer_of_receipt(content),
            receipt=content.decode("utf-8", "replace"),
            at=at,
        )
        return _("The receipt for package %(number)s is kept.") % {"number": package.sequence}
    path = upload_path(new_id())
    path.write_bytes(content)  # sealed to us: nothing readable touches the disk
    try:
        received = receive_file(path, at=at, operator=operator)
    finally:
        path.unlink(missing_ok=True)
    if received.state == "waiting":
        return _("The package is kept sealed for now: %(code)s.") % {"code": received.code}
    return _("The package is taken in. Download its receipt and give it to the partner.")


def _peer_of_receipt(content: bytes) -> Peer:
    try:
        return peer_called(UUID(parse_canonical(content)["body"]["party"]))
    except (KeyError, TypeError, ValueError, Invalid):
        raise Invalid("receipt-malformed", _("This receipt cannot be read.")) from None


def import_receipt(*, operator: Operator, peer: Peer, receipt: str, at: datetime) -> Package:
    """Read the partner's receipt from a file."""
    authorize(operator, "package.receive")
    package = take_receipt(receipt, peer=peer, at=at)
    if package is None:
        raise NotFound(
            "receipt-of-damage",
            _("The file was damaged on its way: the partner could not read it. Carry it again."),
        )
    return package


@transaction.atomic
def begin_upload(*, peer: Peer, sealed_digest: str, sealed_bytes: int, at: datetime) -> Upload:
    """A partner announces a file; the same file again goes on where it was cut."""
    if (
        not isinstance(sealed_digest, str)
        or len(sealed_digest) != 64
        or type(sealed_bytes) is not int
        or sealed_bytes <= 0
    ):
        raise Invalid("upload-malformed", _("The announcement of a file cannot be read."))
    if sealed_bytes > Limits().sealed_bytes:
        raise Invalid("package-too-large", "The package is larger than this node accepts.")
    upload, _made = Upload.objects.get_or_create(
        peer=peer,
        sealed_digest=sealed_digest,
        defaults={"id": new_id(), "sealed_bytes": sealed_bytes, "begun_at": at},
    )
    return upload


def add_piece(*, peer: Peer, upload_id: UUID, start: int, piece: bytes) -> int:
    """One piece of a file; gives how much is here. A piece that does not fit changes nothing."""
    upload = _upload(peer, upload_id)
    if start != upload.received or start + len(piece) > upload.sealed_bytes:
        return int(upload.received)
    path = upload_path(upload.id)
    with path.open("r+b" if path.exists() else "wb") as file:
        file.seek(start)
        file.truncate()
        file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    Upload.objects.filter(id=upload.id, received=start).update(received=start + len(piece))
    return start + len(piece)


def finish_upload(*, peer: Peer, upload_id: UUID, at: datetime) -> Received:
    """The file is whole: take it in."""
    upload = _upload(peer, upload_id)
    path = upload_path(upload.id)
    if upload.received < upload.sealed_bytes:
        raise Refusal("upload-unfinished", _("The file is not complete yet."))
    received = receive_file(path, at=at, sender=peer)
    # Refused or waiting, the bytes were kept where they are needed; a damaged file is sent again from its start.
    path.unlink(missing_ok=True)
    upload.delete()
    return received


def package_called(package_id: UUID) -> Package:
    """A package of ours. Raises NotFound `package-unknown`."""
    package = (
        Package.objects.select_related("agreement__peer", "peer").filter(id=package_id, outgoing=True).first()
    )
    if package is None:
        raise NotFound("package-unknown", _("This package is not known here."))
    return package


def _conclude(package: Package, answer: dict[str, Any], *, at: datetime) -> Package:
    if answer.get("receipt"):
        taken = take_receipt(answer["receipt"], peer=package.peer, at=at)
        if taken is None or taken.state == "refused":
            raise Refusal(
                "package-refused", _("The partner refused the package: %(why)s."), why=answer.get("code", "")
            )
        return taken
    raise Refusal(
        "package-waits",
        _("The partner keeps the package sealed for now: %(why)s."),
        why=answer.get("code", ""),
    )


def _upload(peer: Peer, upload_id: UUID) -> Upload:
    upload = Upload.objects.filter(id=upload_id, peer=peer).first()
    if upload is None:
        raise NotFound("upload-unknown", _("This file was not announced."))
    return upload
